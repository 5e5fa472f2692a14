/** Messages whose octets follow from an id, so that what is found can be told whole from the id alone. */

export type MessageId = { readonly id: string; readonly octets: number }

/** A message of about so many octets: words that pack well and digits that do not. */
export function messageFor({ id, octets }: MessageId): Buffer {
  const head = [
    'From: Crash <crash@example.org>',
    `Subject: ${id}`,
    `Message-ID: <${id}@crash.example.org>`,
    `X-Crash: ${id} ${octets}`,
    '',
    '',
  ].join('\r\n')
  let state = 2166136261
  for (const octet of Buffer.from(id)) state = Math.imul(state ^ octet, 16777619) >>> 0
  const lines: string[] = []
  for (let length = head.length; length < octets; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const line = `${state.toString(36)} the quick brown fox ${(state ^ 0x5bd1e995).toString(16)} jumps over ${lines.length}`
    lines.push(line)
    length += line.length + 2
  }
  return Buffer.from(`${head}${lines.join('\r\n')}\r\n`, 'latin1')
}

/** Which message this is; throws unless it is there to the last octet. What a delivery puts before it is allowed. */
export function messageIn(octets: Buffer, mayHavePrefix: boolean): MessageId {
  const text = octets.toString('latin1')
  const [, id, size] = /^X-Crash: (\S+) (\d+)\r$/m.exec(text) ?? []
  if (id === undefined) throw new Error(`no message of ours: ${JSON.stringify(text.slice(0, 200))}`)
  const found = { id, octets: Number(size) }
  const expected = messageFor(found)
  const start = octets.length - expected.length
  const prefix = start > 0 ? text.slice(0, start) : ''
  const fits = mayHavePrefix ? /^((Return-Path|Delivered-To|Received):[^\r]*\r\n)*$/.test(prefix) : start === 0
  if (start < 0 || !fits || !octets.subarray(start).equals(expected))
    throw new Error(`message ${id} is not whole: ${octets.length} octets, ${expected.length} were sent`)
  return found
}
