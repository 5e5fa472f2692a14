import { type FileHandle, open } from 'node:fs/promises'
import { LineEnds } from '#mail/line-ends.ts'
import { CHUNK_OCTETS, type Labels, problemOf, type SourceEvent } from './source.ts'

/** A message that is a file of its own. */
export type MessageFile = {
  readonly path: string
  readonly place: string
  /** Octets that the message has, when that is known: a file with as many is taken as it is; else bare line feeds become CRLF. */
  readonly exact: number | null
  labels(modifiedAt: number): Labels
}

/** Files that are opened while the one before them is still worked on. */
const AHEAD = 8

/** Reads the files one after the other; `read` is told of each that is done. */
export async function* readMessageFiles(
  files: Iterable<MessageFile> | AsyncIterable<MessageFile>,
  read: (messages: number) => void,
): AsyncIterable<readonly SourceEvent[]> {
  const ahead: Promise<Opened>[] = []
  const next = async function* () {
    const { events, rest } = await ahead.shift()!
    yield events
    if (rest !== null) yield* rest.read()
    read(1)
  }
  try {
    for await (const file of files) {
      ahead.push(begin(file))
      if (ahead.length === AHEAD) yield* next()
    }
    while (ahead.length > 0) yield* next()
  } finally {
    for (const each of ahead) await (await each).rest?.close()
  }
}

/** Small files, nearly all, are read to their end at once. */
type Opened = { readonly events: readonly SourceEvent[]; readonly rest: Rest | null }

async function begin({ path, place, exact, labels }: MessageFile): Promise<Opened> {
  let file: FileHandle | null = null
  try {
    file = await open(path, 'r')
    const { size, mtimeMs } = await file.stat()
    const rest = new Rest(file, place, size, size === exact ? null : new LineEnds(), labels(Math.round(mtimeMs)))
    const events: SourceEvent[] = [{ kind: 'begin', place }, ...(await rest.chunk())]
    if (!rest.isDone) return { events, rest }
    await file.close()
    return { events, rest: null }
  } catch (error) {
    await file?.close()
    return { events: [{ kind: 'broken', place, problem: problemOf(error) }], rest: null }
  }
}

class Rest {
  isDone = false
  readonly #file: FileHandle
  readonly #place: string
  readonly #size: number
  readonly #lineEnds: LineEnds | null
  readonly #labels: Labels
  #at = 0

  constructor(file: FileHandle, place: string, size: number, lineEnds: LineEnds | null, labels: Labels) {
    this.#file = file
    this.#place = place
    this.#size = size
    this.#lineEnds = lineEnds
    this.#labels = labels
  }

  async *read(): AsyncIterable<readonly SourceEvent[]> {
    try {
      while (!this.isDone) yield await this.chunk()
    } catch (error) {
      yield [{ kind: 'broken', place: this.#place, problem: problemOf(error) }]
    } finally {
      await this.close()
    }
  }

  async chunk(): Promise<readonly SourceEvent[]> {
    const room = Buffer.allocUnsafeSlow(Math.min(CHUNK_OCTETS, this.#size - this.#at))
    const { bytesRead } = await this.#file.read(room, 0, room.length, this.#at)
    this.#at += bytesRead
    this.isDone = bytesRead === 0 || this.#at >= this.#size
    const bytes = room.subarray(0, bytesRead)
    const data: SourceEvent = { kind: 'data', bytes: this.#lineEnds?.convert(bytes) ?? bytes }
    return this.isDone ? [data, { kind: 'end', labels: this.#labels }] : [data]
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}
