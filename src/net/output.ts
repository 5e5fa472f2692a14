/**
 * What a connection will send: gathered while code of this turn of the loop runs, then handed to the socket in few large pieces. The
 * socket's own queue does the rest.
 */
import type { Socket } from 'node:net'
import { asBuffer, type Octets } from '#base/bytes.ts'
import { deflateBatch } from './deflate.ts'
import { passed } from './garbage.ts'

/** Gathered octets that are sent without waiting for the end of the turn. */
const BATCH_OCTETS = 64 * 1024

/** Those of this thread with something gathered: one tick flushes them all, without a closure for each. */
let gathering: Output[] = []

function flushAll(): void {
  const ready = gathering
  gathering = []
  for (const output of ready) output.flush()
}

export class Output {
  #socket: Socket
  readonly #owner: { held(): void }
  #text: Octets = ''
  #pieces: (Octets | Uint8Array)[] | null = null
  #gathered = 0
  #listed = false
  #written = 0
  #drain: PromiseWithResolvers<void> | null = null
  deflates = false

  /** `held` is called when a flush leaves octets in the socket's queue. */
  constructor(socket: Socket, owner: { held(): void }) {
    this.#socket = socket
    this.#owner = owner
  }

  /** After TLS came between; the old socket's queue must be empty. */
  moveTo(socket: Socket): void {
    this.#socket = socket
    this.#written = 0
  }

  write(data: Octets | Uint8Array): void {
    if (data.length === 0) return
    if (typeof data === 'string') this.#text += data
    else {
      this.#pieces ??= []
      if (this.#text !== '') this.#pieces.push(this.#text)
      this.#text = ''
      this.#pieces.push(data)
    }
    this.#gathered += data.length
    if (this.#gathered >= BATCH_OCTETS) this.flush()
    else if (!this.#listed) {
      this.#listed = true
      if (gathering.push(this) === 1) process.nextTick(flushAll)
    }
  }

  flush(): void {
    this.#listed = false
    if (this.#gathered === 0) return
    const pieces = this.#pieces
    const text = this.#text
    this.#pieces = null
    this.#text = ''
    this.#gathered = 0
    if (!this.#socket.writable) return
    if (this.deflates) {
      const batch = joined(pieces, text)
      passed(batch.length)
      this.#send(deflateBatch(batch))
    } else if (pieces === null) this.#send(text)
    else {
      this.#socket.cork()
      for (const piece of pieces) this.#send(piece)
      if (text !== '') this.#send(text)
      this.#socket.uncork()
    }
    if (this.#socket.writableLength > 0) this.#owner.held()
  }

  #send(piece: Octets | Uint8Array): void {
    this.#written += piece.length
    passed(piece.length)
    if (typeof piece === 'string') this.#socket.write(piece, 'latin1')
    else this.#socket.write(piece)
  }

  /** Octets not yet taken by the operating system. */
  get backlog(): number {
    return this.#gathered + this.#socket.writableLength
  }

  /** Octets the operating system has taken; grows while the peer reads. */
  get taken(): number {
    return this.#written - this.#socket.writableLength
  }

  /** Waits while the socket is full and at least `highWater` octets wait; `undefined` when there is no need. */
  drained(highWater: number): Promise<void> | undefined {
    if (this.backlog < highWater) return undefined
    this.flush()
    if (this.#socket.writableLength < highWater || !this.#socket.writableNeedDrain) return undefined
    this.#drain ??= Promise.withResolvers<void>()
    return this.#drain.promise
  }

  /** Resolves when everything has been taken, or the socket is no more. */
  emptied(): Promise<void> {
    this.flush()
    return new Promise(resolve => this.#socket.write('', 'latin1', () => resolve()))
  }

  /** Of the socket: its queue is empty. */
  drain(): void {
    this.#drain?.resolve()
    this.#drain = null
  }

  /** Ends all waiting; nothing is sent any more. */
  close(reason: Error): void {
    this.#drain?.reject(reason)
    this.#drain = null
    this.#text = ''
    this.#pieces = null
    this.#gathered = 0
  }
}

function joined(pieces: readonly (Octets | Uint8Array)[] | null, text: Octets): Buffer {
  const [only] = pieces ?? []
  // A page of a body: not copied once more.
  if (pieces?.length === 1 && text === '' && typeof only === 'object') return asBuffer(only)
  const last = Buffer.from(text, 'latin1')
  if (pieces === null) return last
  const parts = pieces.map(piece => (typeof piece === 'string' ? Buffer.from(piece, 'latin1') : asBuffer(piece)))
  return Buffer.concat([...parts, last])
}
