import type { Octets } from '#base/bytes.ts'
import type { Args } from './reader.ts'
import type { Partial, Section } from './syntax.ts'
import { astring } from './writer.ts'

/**
 * BODY[...] and BINARY[...], from the bracket on. RFC 9051 §6.4.5
 *
 *   section(args)       [1.2.HEADER.FIELDS (From To)]
 *   sectionPath(args)   [1.2], the only form BINARY has
 *   partial(args)       <0.1024>, or null when it is not there
 *   formatSection(s)    '[1.2.HEADER.FIELDS (From To)]', as the answer names it
 */

const TEXT = /[A-Za-z.]+/y

export function section(args: Args): Section {
  args.expect('[')
  const { path, open } = partNumbers(args)
  // After a path's last dot, or with no path at all, comes a name.
  const name = open ? args.match(TEXT)?.toUpperCase() : undefined
  const found = name === undefined ? whole(args, path, open) : named(args, path, name)
  args.expect(']')
  return found
}

export function sectionPath(args: Args): readonly number[] {
  args.expect('[')
  const { path, open } = partNumbers(args)
  if (open && path.length > 0) args.fault('part number expected')
  args.expect(']')
  return path
}

export function partial(args: Args): Partial | null {
  if (!args.take('<')) return null
  const start = args.number64()
  args.expect('.')
  const count = args.number64() || args.fault('octets to fetch must not be 0')
  args.expect('>')
  return { start, count }
}

export function formatSection(asked: Section): Octets {
  const { path, text } = asked
  const names = text === 'ALL' ? path : [...path, text]
  const fields = 'fields' in asked ? ` (${asked.fields.map(astring).join(' ')})` : ''
  return `[${names.join('.')}${fields}]`
}

/** `open`: something may still follow: no number was there, or a dot came after the last. */
function partNumbers(args: Args): { path: number[]; open: boolean } {
  const path: number[] = []
  while (/^\d$/.test(args.peek())) {
    path.push(args.nzNumber())
    if (!args.take('.')) return { path, open: false }
  }
  return { path, open: true }
}

function whole(args: Args, path: readonly number[], open: boolean): Section {
  if (open && path.length > 0) args.fault('section expected')
  return { path, text: 'ALL' }
}

function named(args: Args, path: readonly number[], name: string): Section {
  switch (name) {
    case 'HEADER':
    case 'TEXT':
      return { path, text: name }
    case 'MIME':
      return path.length > 0 ? { path, text: name } : args.fault('MIME needs a part number')
    case 'HEADER.FIELDS':
    case 'HEADER.FIELDS.NOT': {
      args.skipSpaces()
      const fields = args.list(() => args.astring())
      return fields.length > 0 ? { path, text: name, fields } : args.fault('header field names expected')
    }
    default:
      return args.fault('unknown section')
  }
}
