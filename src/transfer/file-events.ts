import { open } from 'node:fs/promises'
import { LineEnds } from '#mail/line-ends.ts'
import { CHUNK_OCTETS, type Labels, problemOf, type SourceEvent } from './source.ts'

export type FileFacts = { readonly octets: number; readonly modifiedAt: number }

/**
 * A message that is a file of its own. `exact`: the octets that the message has are known, and when the file has as many they are taken as
 * they are; else bare line feeds become CRLF.
 */
export async function* readMessageFile(
  path: string,
  place: string,
  exact: number | null,
  labels: (facts: FileFacts) => Labels,
): AsyncIterable<readonly SourceEvent[]> {
  let file: Awaited<ReturnType<typeof open>> | null = null
  try {
    file = await open(path, 'r')
    const { size, mtimeMs } = await file.stat()
    const end: SourceEvent = { kind: 'end', labels: labels({ octets: size, modifiedAt: Math.round(mtimeMs) }) }
    const convert = size === exact ? null : new LineEnds()
    let events: SourceEvent[] = [{ kind: 'begin', place }]
    // Small files, nearly all, are one event.
    for (let at = 0; at < size; ) {
      const room = Buffer.allocUnsafe(Math.min(CHUNK_OCTETS, size - at))
      const { bytesRead } = await file.read(room, 0, room.length, at)
      if (bytesRead === 0) break
      at += bytesRead
      const bytes = room.subarray(0, bytesRead)
      events.push({ kind: 'data', bytes: convert === null ? bytes : convert.convert(bytes) })
      if (at >= size) break
      yield events
      events = []
    }
    yield [...events, end]
  } catch (error) {
    yield [{ kind: 'broken', place, problem: problemOf(error) }]
  } finally {
    await file?.close()
  }
}
