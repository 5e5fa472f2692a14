/** Where a verb gets a password from: standard input, the person at the terminal, or chance. */
import { randomInt } from 'node:crypto'
import { Exit, Failure, UsageFault } from './exits.ts'
import type { Terminal } from './terminal.ts'

/** Longest password that is taken, octets; exactly this many pass. */
const LONGEST = 1024

export const secretOptions = {
  'password-stdin': { doc: 'Read the password from standard input (one line)' },
  generate: { doc: 'Make a password and print it once' },
} as const

type Chosen = { readonly 'password-stdin': boolean; readonly generate: boolean }

/** `generated` is what has to be shown to somebody. */
export async function secretFrom(
  options: Chosen,
  terminal: Terminal,
  login: string,
): Promise<{ readonly secret: string; readonly generated: boolean }> {
  if (options.generate && options['password-stdin'])
    throw new UsageFault('--generate and --password-stdin exclude each other')
  if (options.generate) return { secret: generateSecret(), generated: true }
  if (options['password-stdin']) return { secret: checked(await firstLine(terminal.input)), generated: false }
  if (!terminal.interactive) {
    throw new UsageFault('there is no terminal to ask at: give --password-stdin or --generate')
  }
  const secret = checked(await terminal.askSecret(`Password for ${login}: `))
  if ((await terminal.askSecret('The same again: ')) !== secret)
    throw new Failure(Exit.no, 'the two passwords differ; nothing was changed')
  return { secret, generated: false }
}

/** 20 letters and digits that are not mistaken for each other, in four groups: 98 bits. */
export function generateSecret(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
  const group = () => Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('')
  return [group(), group(), group(), group()].join('-')
}

function checked(secret: string): string {
  if (secret === '') throw new Failure(Exit.usage, 'the password is empty')
  if (Buffer.byteLength(secret) > LONGEST)
    throw new Failure(Exit.usage, `the password is longer than ${LONGEST} octets`)
  if (/[\x00-\x1f\x7f\ufffd]/.test(secret)) {
    throw new Failure(Exit.usage, 'the password has control characters, more than one line, or is not UTF-8')
  }
  return secret
}

/** All of the input without the newline at its end. */
async function firstLine(input: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let octets = 0
  for await (const chunk of input) {
    chunks.push(chunk)
    octets += chunk.length
    if (octets > LONGEST + 2) break
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}
