/** Help pages, made from the verbs' declarations. */
import { type Option, type Options, usageOf, type Verb } from './verb.ts'

const WIDTH = 96

export function helpOfAll(verbs: readonly Verb[]): string {
  return [
    'Rookery is a mail-access server: IMAP for clients, LMTP for delivery, kept in one folder.',
    '',
    'Usage: rookery VERB [arguments] [options]',
    '',
    'Verbs:',
    ...columns(verbs.map(each => [each.name, each.summary])),
    '',
    'Options of all verbs:',
    ...columns([
      ['--help', 'Help for the verb, with examples'],
      ['--version', 'The version'],
    ]),
    '',
    'Begin with:',
    ...examples([
      ['rookery start', 'a server to try, on loopback, with an account and sample mail'],
      ['rookery user add --help', 'what a verb can do'],
    ]),
    '',
  ].join('\n')
}

/** Verbs that share first words: `rookery user --help`. */
export function helpOfGroup(group: string, verbs: readonly Verb[]): string {
  return [
    `Usage: rookery ${group} VERB [arguments] [options]`,
    '',
    'Verbs:',
    ...columns(verbs.map(each => [each.name, each.summary])),
    '',
  ].join('\n')
}

export function helpOf(each: Verb): string {
  const lines = [`${each.summary}.`, '', `Usage: ${usageOf(each)}`]
  if (each.details !== undefined) lines.push('', ...each.details.split('\n').flatMap(line => wrap(line, WIDTH)))
  if (each.arguments !== undefined && each.arguments.length > 0) {
    lines.push('', 'Arguments:', ...columns(each.arguments.map(argument => [argument.name, argument.doc])))
  }
  lines.push('', 'Options:', ...columns([...optionRows(each.options), ['--help', 'This page']]))
  if (each.examples.length > 0) lines.push('', 'Examples:', ...examples(each.examples))
  lines.push('')
  return lines.join('\n')
}

const optionRows = (options: Options): [string, string][] =>
  Object.entries(options).map(([name, option]) => [optionText(name, option), option.doc])

export const optionText = (name: string, { short, value }: Option): string =>
  `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`

const examples = (rows: readonly (readonly [string, string])[]) =>
  rows.flatMap(([command, why]) => [`  # ${why}`, `  ${command}`])

/** Left column as wide as its widest cell within reason; a wider cell gets a line of its own. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const left = Math.min(30, Math.max(...rows.map(([cell]) => cell.length)))
  return rows.flatMap(([cell, text]) => {
    const [first = '', ...rest] = wrap(text, WIDTH - left - 4)
    const indent = ' '.repeat(left + 4)
    const head = cell.length > left ? [`  ${cell}`, `${indent}${first}`] : [`  ${cell.padEnd(left)}  ${first}`]
    return [...head, ...rest.map(line => indent + line)]
  })
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines
}
