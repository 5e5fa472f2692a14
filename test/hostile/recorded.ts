/** Sessions that clients really have, taken from the transcripts, to be spoilt. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Random } from './random.ts'

const folder = new URL('../transcripts/', import.meta.url)

/** Command lines of each transcript, literals as non-synchronising ones. */
export function recordedSessions(): readonly (readonly string[])[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.txt'))
    .map(name =>
      readFileSync(new URL(name, folder), 'utf8')
        .split('\n')
        .flatMap(line => /^[A-Z]: (.*)$/.exec(line)?.[1] ?? [])
        .map(command =>
          Buffer.from(command, 'utf8')
            .toString('latin1')
            .replace(/\{\{(.*?)\}\}/gs, (_, literal: string) => {
              const octets = literal.replaceAll('\\r', '\r').replaceAll('\\n', '\n')
              return `{${octets.length}+}\r\n${octets}`
            }),
        )
        .filter(command => !/^(idle|logout|authenticate|login|starttls|compress|unauthenticate)\b/i.test(command)),
    )
    .filter(commands => commands.length > 0)
}

const spices = [
  '"',
  '\\',
  '(',
  ')',
  '{',
  '}',
  '{4294967296}',
  '{10+}\r\n',
  '~{3}\r\n',
  '*',
  '%',
  '\0',
  '\r',
  '\n',
  '\r\n',
  ' ',
  '  ',
  '[',
  ']',
  '<',
  '0',
  '4294967296',
  '99999999999999999999',
  '\xff',
  'NIL',
  '$',
  ':',
  ',',
  '<0.4294967295>',
  '=?utf-8?q?=00?=',
]

/** A few octets changed, dropped, doubled, or put where they do not belong. */
export function spoilt(text: string, random: Random): string {
  let out = text
  for (let times = 1 + random.below(4); times > 0; times--) {
    const at = random.below(out.length + 1)
    const to = at + random.below(Math.min(20, out.length - at + 1))
    const act = random.below(5)
    if (act === 0) out = out.slice(0, at) + random.of(spices) + out.slice(at)
    else if (act === 1) out = out.slice(0, at) + out.slice(to)
    else if (act === 2) out = out.slice(0, to) + out.slice(at)
    else if (act === 3) out = out.slice(0, at) + String.fromCharCode(random.below(256)) + out.slice(at + 1)
    else out = out.slice(0, at) + random.of(spices).repeat(1 + random.below(50)) + out.slice(at)
  }
  return out
}
