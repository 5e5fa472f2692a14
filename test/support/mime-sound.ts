import assert from 'node:assert/strict'
import { limits } from '#base/limits.ts'
import type { Address, Envelope, MessageFacts, Part, Range } from '#mime/facts.ts'
import { MessageParser } from '#mime/message.ts'

/** What must hold of the facts of any octets whatever. */
export function assertSound(facts: MessageFacts, octets: number): void {
  assert.equal(facts.octets, octets)
  const { structure } = facts
  assert.deepEqual(facts.header, structure.header)
  assert.deepEqual(structure.header[0], 0)
  assert.deepEqual(structure.body, [facts.header[1], octets])
  assertPart(structure, [0, octets], 0)
  assertEnvelope(facts.envelope)
  assert.ok([...facts.preview].length <= limits.previewCharacters)
  assert.ok(facts.preview.isWellFormed() && facts.sort.subject.isWellFormed())
  for (const id of facts.references) assert.match(id, /^<[^<>]+>$/)
  assert.deepEqual(JSON.parse(JSON.stringify(facts)), facts)
}

function assertPart(part: Part, within: Range, depth: number): void {
  assert.ok(depth <= limits.mimeDepth)
  const { header, body } = part
  assert.ok(within[0] <= header[0] && header[0] <= header[1], `header ${header} in ${within}`)
  assert.ok(
    header[1] <= body[0] && body[0] <= body[1] && body[1] <= within[1],
    `body ${body} after ${header} in ${within}`,
  )
  for (const octets of textsOf(part)) assertQuotable(octets)
  assert.match(part.type, /^[!-~]+$/)
  assert.equal(part.type, part.type.toUpperCase())
  const isMessage = part.type === 'MESSAGE' && (part.subtype === 'RFC822' || part.subtype === 'GLOBAL')
  assert.equal(part.kind === 'multipart', part.type === 'MULTIPART')
  assert.equal(part.kind === 'message', isMessage)
  if (part.kind === 'multipart') {
    assert.ok(part.parts.length > 0)
    let from = body[0]
    for (const child of part.parts) {
      assertPart(child, [from, body[1]], depth + 1)
      from = child.body[1]
    }
    return
  }
  assert.ok(part.lines >= 0 && part.lines <= body[1] - body[0])
  if (part.kind !== 'message') return
  assertEnvelope(part.envelope)
  assert.deepEqual([part.message.header[0], part.message.body[1]], body)
  assertPart(part.message, body, depth + 1)
}

function textsOf(part: Part): string[] {
  const { type, subtype, params, disposition, language, location } = part
  const all = [type, subtype, ...params.flat(), ...language, location ?? '']
  if (disposition !== null) all.push(disposition.type, ...disposition.params.flat())
  if (part.kind !== 'multipart') all.push(part.id ?? '', part.description ?? '', part.encoding, part.md5 ?? '')
  return all
}

function assertEnvelope(envelope: Envelope): void {
  const { date, subject, inReplyTo, messageId, ...lists } = envelope
  for (const text of [date, subject, inReplyTo, messageId]) assertQuotable(text ?? '')
  for (const list of Object.values(lists)) assertAddresses(list)
}

function assertAddresses(list: readonly Address[]): void {
  let inGroup = false
  for (const address of list) {
    for (const text of Object.values(address)) assertQuotable(text ?? '')
    if (address.host !== null) assert.notEqual(address.mailbox, null)
    else {
      assert.equal(address.mailbox === null, inGroup)
      inGroup = !inGroup
    }
  }
}

function assertQuotable(octets: string): void {
  if (/[\0\r\n]|[^\0-\xff]/.test(octets)) assert.fail(`not to be quoted: ${JSON.stringify(octets.slice(0, 200))}`)
}

/** The facts of a message that comes in pieces of these sizes, over and over. */
export function parseInPieces(message: Uint8Array, sizes: readonly number[]): MessageFacts {
  const parser = new MessageParser()
  for (let at = 0, i = 0; at < message.length; i++) {
    const end = at + Math.max(1, sizes[i % sizes.length]!)
    // A copy that is overwritten: nothing may be kept of it.
    const piece = new Uint8Array(message.subarray(at, end))
    parser.write(piece)
    piece.fill(0x2d)
    at = end
  }
  return parser.end()
}
