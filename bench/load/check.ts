/** Reading answers when the clock has stopped: what they hold, and whether that is right. */
import { createHash } from 'node:crypto'
import { expect } from './lab.ts'
import type { Answer } from './session.ts'

export type Fetched = { readonly text: string; readonly literals: readonly Buffer[] }

/** The FETCH replies, which must be `count`. */
export function fetched(answer: Answer, count: number): Fetched[] {
  const all = answer.replies().filter(({ text }) => /^\* \d+ FETCH /.test(text))
  expect('the number of FETCH replies', all.length, count)
  return all
}

/** The UIDs of FETCH replies, in order. */
export const uidsOf = (all: readonly Fetched[]): number[] => all.map(({ text }) => Number(/UID (\d+)/.exec(text)?.[1]))

/** The numbers of an untagged SEARCH or SORT reply, in the order they came. */
export function found(answer: Answer, word: 'SEARCH' | 'SORT'): number[] {
  const line = answer.replies().find(({ text }) => text.startsWith(`* ${word}`))
  return line ? (line.text.slice(word.length + 2).match(/\d+/g) ?? []).map(Number) : []
}

export const digestOf = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex')

/** Two long lists are the same; names the first place where they are not. */
export function expectSame(what: string, seen: readonly number[], expected: readonly number[]): void {
  const at = expected.findIndex((value, index) => seen[index] !== value)
  if (at >= 0) expect(`${what}, at place ${at} of ${expected.length}`, seen[at], expected[at])
  expect(`the length of ${what}`, seen.length, expected.length)
}
