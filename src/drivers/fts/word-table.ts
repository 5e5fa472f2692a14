import { octetsOfToken } from './tokens.ts'

/**
 * Numbers for words, from 0 in the order in which they first come. A word is looked up where it stands in its text: a map would need a
 * string of its own for each time that each word comes, which takes more time than all other work on it.
 */
export class WordTable {
  /** The UTF-16 units of all words, one after the other. */
  #units = new Uint16Array(4096)
  #starts = new Uint32Array(1024)
  #count = 0
  /** Numbers plus one, by hash; at most half of the places are taken. */
  #places = new Uint32Array(2048)

  get count(): number {
    return this.#count
  }

  get memory(): number {
    return this.#units.length * 2 + this.#starts.length * 4 + this.#places.length * 4
  }

  /** The number of the word in the text from `from` to `to`. */
  number(text: string, from: number, to: number): number {
    const mask = this.#places.length - 1
    let place = hash(text, from, to) & mask
    for (;;) {
      const number = this.#places[place]! - 1
      if (number < 0) return this.#add(text, from, to, place)
      if (this.#is(number, text, from, to)) return number
      place = (place + 1) & mask
    }
  }

  octets(number: number): Buffer {
    const units = this.#units.subarray(this.#starts[number]!, this.#starts[number + 1]!)
    // Written as UTF-16LE, as the machine has them.
    return octetsOfToken(Buffer.from(units.buffer, units.byteOffset, units.byteLength).toString('utf16le'))
  }

  #is(number: number, text: string, from: number, to: number): boolean {
    const units = this.#units
    let at = this.#starts[number]!
    if (this.#starts[number + 1]! - at !== to - from) return false
    for (let i = from; i < to; i++) if (units[at++] !== text.charCodeAt(i)) return false
    return true
  }

  #add(text: string, from: number, to: number, place: number): number {
    const number = this.#count++
    const start = this.#starts[number]!
    if (start + to - from > this.#units.length) this.#units = grown(this.#units, start + to - from)
    for (let i = from; i < to; i++) this.#units[start + i - from] = text.charCodeAt(i)
    if (number + 2 > this.#starts.length) this.#starts = grown(this.#starts, number + 2)
    this.#starts[number + 1] = start + to - from
    this.#places[place] = number + 1
    if (this.#count * 2 > this.#places.length) this.#spread()
    return number
  }

  #spread(): void {
    const places = new Uint32Array(this.#places.length * 2)
    const mask = places.length - 1
    for (let number = 0; number < this.#count; number++) {
      let place = hashOf(this.#units, this.#starts[number]!, this.#starts[number + 1]!) & mask
      while (places[place] !== 0) place = (place + 1) & mask
      places[place] = number + 1
    }
    this.#places = places
  }
}

/** Sender-chosen words could share a hash: a number that nobody outside knows goes into it. */
const SALT = Math.floor(Math.random() * 0x7fff_ffff)

function hash(text: string, from: number, to: number): number {
  let sum = SALT
  for (let i = from; i < to; i++) sum = mixed(sum, text.charCodeAt(i))
  return spread(sum)
}

function hashOf(units: Uint16Array, from: number, to: number): number {
  let sum = SALT
  for (let i = from; i < to; i++) sum = mixed(sum, units[i]!)
  return spread(sum)
}

const mixed = (sum: number, unit: number): number => Math.imul(sum ^ unit, 0x0100_0193) ^ (sum >>> 15)
const spread = (sum: number): number => (sum ^ (sum >>> 13)) >>> 0

function grown<Numbers extends Uint16Array | Uint32Array>(numbers: Numbers, length: number): Numbers {
  const larger = new (numbers.constructor as new (length: number) => Numbers)(Math.max(length, numbers.length * 2))
  larger.set(numbers)
  return larger
}
