import { bytesOf } from '#base/bytes.ts'
import { StoreFault } from '#base/errors.ts'
import { lines as first } from './dictionary-1.ts'

/** What compressor and decompressor both know before they begin, by its number. 0: nothing. New mail is stored with the newest. */
const dictionaries: readonly (Buffer | null)[] = [null, bytesOf(first.join(''))]

export const NEWEST_DICTIONARY = dictionaries.length - 1

/** @throws {StoreFault} `corrupt` for a number that this program does not know */
export function dictionaryOf(number: number): Buffer | null {
  const found = dictionaries[number]
  if (found === undefined) throw new StoreFault('corrupt', 'a stored body asks for an unknown dictionary')
  return found
}
