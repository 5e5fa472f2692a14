/**
 * Where log lines go: gathered, then written in blocks of whole lines. A reader of our pipe that is gone costs lines, never time; so does
 * one that is slow where the descriptor does not block.
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Most octets of one write: a pipe takes so many without tearing a line apart. */
const BLOCK_OCTETS = 4096
/** Waiting lines are written when they are this long together. */
const WAITING_OCTETS = 2048
/** What waits for a reader that is slow; beyond, the oldest lines go. */
const MOST_OCTETS = 1024 * 1024

export class LogWriter {
  /** null for the standard streams, which cannot be opened again. */
  readonly #path: string | null
  #descriptor: number
  #lines: Buffer[] = []
  #octets = 0
  /** Of the first line, octets that are out already. */
  #begun = 0

  /** A descriptor that is open, or the path of a file that is appended to. @throws {Error} when the file cannot be opened */
  constructor(destination: number | string) {
    this.#path = typeof destination === 'string' ? destination : null
    this.#descriptor = typeof destination === 'string' ? opened(destination) : destination
  }

  /** One line with its end. */
  write(line: string): void {
    const octets = Buffer.from(line)
    this.#lines.push(octets)
    this.#octets += octets.length
    if (this.#octets >= WAITING_OCTETS) this.flush()
  }

  /** Writes what the reader takes. */
  flush(): void {
    while (this.#lines.length > 0) {
      const block = this.#block()
      let written = 0
      try {
        written = writeSync(this.#descriptor, block)
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'EINTR') continue
        if (code === 'EAGAIN' || code === 'EBUSY') this.#makeRoom()
        // Nobody reads any more, or the disk is full: these lines are lost, later ones are tried again.
        else this.#forget()
        return
      }
      this.#took(written)
    }
  }

  /** Opens the file by its name again. */
  reopen(): void {
    this.flush()
    if (this.#path === null) return
    const before = this.#descriptor
    this.#descriptor = opened(this.#path)
    closeSync(before)
  }

  close(): void {
    this.flush()
    if (this.#path !== null) closeSync(this.#descriptor)
  }

  /** Whole lines as far as they fit, one at least. */
  #block(): Buffer {
    const lines = [this.#lines[0]!.subarray(this.#begun)]
    let octets = lines[0]!.length
    for (let i = 1; i < this.#lines.length; i++) {
      octets += this.#lines[i]!.length
      if (octets > BLOCK_OCTETS) break
      lines.push(this.#lines[i]!)
    }
    return lines.length === 1 ? lines[0]! : Buffer.concat(lines)
  }

  #took(written: number): void {
    let left = written + this.#begun
    let whole = 0
    while (whole < this.#lines.length && this.#lines[whole]!.length <= left) left -= this.#lines[whole++]!.length
    this.#octets -= written
    this.#lines.splice(0, whole)
    this.#begun = left
  }

  /** A line that is half out stays, for its other half. */
  #makeRoom(): void {
    const first = this.#begun > 0 ? 1 : 0
    let gone = 0
    while (this.#octets > MOST_OCTETS && first + gone < this.#lines.length)
      this.#octets -= this.#lines[first + gone++]!.length
    this.#lines.splice(first, gone)
  }

  #forget(): void {
    this.#lines = []
    this.#octets = 0
    this.#begun = 0
  }
}

function opened(path: string): number {
  mkdirSync(dirname(path), { recursive: true })
  return openSync(path, 'a')
}
