import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Flag } from '#ports/metadata.ts'
import type { Quoting } from '#ports/transfer.ts'
import { MboxLines } from './mbox-lines.ts'
import { MboxParser } from './mbox-parser.ts'
import type { SourceEvent } from './source.ts'

const FROM = 'From ann@example.org Thu Jan  1 00:00:07 1970\n'

type Read = { text: string; flags?: number; keywords?: string[]; uid?: number; at?: number | null }

/** Messages as they come, and what was complained about as a text that begins with '!'. */
function read(text: string, { quoting = 'mboxrd', chunk = text.length }: { quoting?: Quoting; chunk?: number } = {}) {
  const parser = new MboxParser('x', quoting)
  const bytes = Buffer.from(text, 'latin1')
  const events: SourceEvent[] = []
  for (let at = 0; at < bytes.length; at += chunk) events.push(...parser.push(bytes.subarray(at, at + chunk)))
  events.push(...parser.end())
  const messages: Read[] = []
  let data = ''
  for (const event of events) {
    if (event.kind === 'begin') data = ''
    else if (event.kind === 'data') data += Buffer.from(event.bytes).toString('latin1')
    else if (event.kind === 'broken') messages.push({ text: `! ${event.place}` })
    else if (event.kind === 'end') {
      const { flags, keywords, uid, receivedAt } = event.labels
      messages.push({
        text: data,
        ...(flags === 0 ? {} : { flags }),
        ...(keywords.length === 0 ? {} : { keywords: [...keywords] }),
        ...(uid === null ? {} : { uid }),
        ...(receivedAt === 7000 ? {} : { at: receivedAt }),
      })
    }
  }
  return messages
}

const cases: [name: string, mbox: string, messages: Read[], quoting?: Quoting][] = [
  ['nothing', '', []],
  ['one message', `${FROM}Subject: a\n\nbody\n\n`, [{ text: 'Subject: a\r\n\r\nbody\r\n' }]],
  [
    'two messages; the empty line between is of none',
    `${FROM}Subject: a\n\nbody\n\n${FROM}Subject: b\n\n\nx\n`,
    [{ text: 'Subject: a\r\n\r\nbody\r\n' }, { text: 'Subject: b\r\n\r\n\r\nx\r\n' }],
  ],
  [
    'line ends that are CRLF already',
    `${FROM}A: b\n\nbody\n\n`.replaceAll('\n', '\r\n'),
    [{ text: 'A: b\r\n\r\nbody\r\n' }],
  ],
  ['a last line without its end', `${FROM}A: b\n\nbody`, [{ text: 'A: b\r\n\r\nbody\r\n' }]],
  [
    'no empty line before the next message',
    `${FROM}A: b\n\nx\n${FROM}A: c\n\ny\n`,
    [{ text: 'A: b\r\n\r\nx\r\n' }, { text: 'A: c\r\n\r\ny\r\n' }],
  ],
  ['header alone', `${FROM}A: b\n\n${FROM}A: c\n\n\n`, [{ text: 'A: b\r\n' }, { text: 'A: c\r\n\r\n' }]],
  ['no header', `${FROM}\nbody\n\n`, [{ text: '\r\nbody\r\n' }]],
  ['nothing at all in a message', `${FROM}\n${FROM}\n`, [{ text: '' }, { text: '' }]],
  [
    'From in prose begins nothing, not even behind an empty line',
    `${FROM}A: b\n\nFrom now on\n\nFrom here\n`,
    [{ text: 'A: b\r\n\r\nFrom now on\r\n\r\nFrom here\r\n' }],
  ],
  [
    'a bare From line behind an empty line',
    `From \nA: b\n\nx\n\nFrom -\nA: c\n\ny\n`,
    [
      { text: 'A: b\r\n\r\nx\r\n', at: null },
      { text: 'A: c\r\n\r\ny\r\n', at: null },
    ],
  ],
  [
    'mboxrd takes one mark away',
    `${FROM}A: b\n\n>From x\n>>From y\n>x\n`,
    [{ text: 'A: b\r\n\r\nFrom x\r\n>From y\r\n>x\r\n' }],
  ],
  [
    'mboxo knows one mark',
    `${FROM}A: b\n\n>From x\n>>From y\n`,
    [{ text: 'A: b\r\n\r\nFrom x\r\n>>From y\r\n' }],
    'mboxo',
  ],
  ['none leaves all', `${FROM}A: b\n\n>From x\n`, [{ text: 'A: b\r\n\r\n>From x\r\n' }], 'none'],
  [
    'marks of UW, Dovecot and mutt',
    `${FROM}X-IMAPbase: 1234567890 0000000009 a b\nStatus: RO\nX-Status: AFTD\nA: b\nX-Keywords: $Work   later  \nX-UID: 7\n\nStatus: in the body\n`,
    [{ text: 'A: b\r\n\r\nStatus: in the body\r\n', flags: 31, keywords: ['$Work', 'later'], uid: 7 }],
  ],
  ['old but not seen', `${FROM}Status: O\nA: b\n\n`, [{ text: 'A: b\r\n' }]],
  [
    'keywords over several lines',
    `${FROM}X-Keywords: a\n b\n\tc\nA: b\n c\n\n`,
    [{ text: 'A: b\r\n c\r\n', keywords: ['a', 'b', 'c'] }],
  ],
  [
    'keywords that no keyword can be',
    `${FROM}X-Keywords: a(b "c"\nA: b\n\n`,
    [{ text: 'A: b\r\n', keywords: ['a_b', '_c_'] }],
  ],
  [
    'marks of Thunderbird',
    `From \nX-Mozilla-Status: 0007\nX-Mozilla-Status2: 00000000\nX-Mozilla-Keys: $label1   \nA: b\n\n`,
    [{ text: 'A: b\r\n', flags: Flag.seen | Flag.answered | Flag.flagged, keywords: ['$label1'], at: null }],
  ],
  [
    "the message's own fields come back",
    `${FROM}Status: O\nX-Kept-Status: RO\nX-Kept-X-Kept-X-UID: 9\nX-Kept-Other: a\n\n`,
    [{ text: 'Status: RO\r\nX-Kept-X-UID: 9\r\nX-Kept-Other: a\r\n' }],
  ],
  [
    "UW's notes are no mail",
    `${FROM}Subject: FOLDER INTERNAL DATA\nX-IMAP: 1 2\nStatus: RO\n\nnotes\n\n${FROM}A: b\n\nx\n`,
    [{ text: 'A: b\r\n\r\nx\r\n' }],
  ],
  [
    'what comes before the first message is told of, once',
    `junk\nmore\n\n${FROM}A: b\n\nx\n`,
    [{ text: '! x@0' }, { text: 'A: b\r\n\r\nx\r\n' }],
  ],
  [
    'a length that is the file’s',
    `${FROM}Content-Length: 7\nContent-Type: a\nX-Kept-Content-Length: 9\n\n`,
    [{ text: 'Content-Type: a\r\nContent-Length: 9\r\n' }],
  ],
  ['a UID that is none', `${FROM}X-UID: 0\nA: b\n\n`, [{ text: 'A: b\r\n' }]],
]
for (const [name, mbox, messages, quoting = 'mboxrd'] of cases) {
  test(`mbox: ${name}`, () => {
    assert.deepEqual(read(mbox, { quoting }), messages)
    for (const chunk of [1, 2, 7]) assert.deepEqual(read(mbox, { quoting, chunk }), messages, `in chunks of ${chunk}`)
  })
}

test('mbox: a line of megabytes passes in pieces and stays whole', () => {
  const long = 'y'.repeat(3_000_000)
  const mbox = `${FROM}A: b\n\n>From ${long}\nend\n\n${FROM}A: c\n\n${long}`
  const messages = read(mbox, { chunk: 100_000 })
  assert.deepEqual(
    messages.map(each => each.text.length),
    [`A: b\r\n\r\nFrom ${long}\r\nend\r\n`.length, `A: c\r\n\r\n${long}\r\n`.length],
  )
  assert.ok(messages[0]!.text.startsWith('A: b\r\n\r\nFrom y'))
})

/** Lines that an mbox could trip over, and octets of any kind. */
const line = fc.oneof(
  fc.constantFrom(
    '',
    'From ',
    FROM.trimEnd(),
    '>From x',
    '>>From x',
    'Status: RO',
    'status: x',
    'X-Kept-Status: y',
    'X-UID: 3',
    'content-length: 1',
    'X-Keywords: a',
    ' folded',
    'A: b',
  ),
  fc.uint8Array({ maxLength: 20 }).map(bytes =>
    Buffer.from(bytes)
      .toString('latin1')
      .replace(/[\r\n]/g, '.'),
  ),
)

test('mbox: whole lines of any content come back', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(line, { maxLength: 8 }), { maxLength: 5 }),
      fc.integer({ min: 1, max: 50 }),
      (mails, chunk) => {
        const texts = mails.map(lines => lines.map(each => `${each}\r\n`).join(''))
        const mbox = texts.map(text => {
          const lines = new MboxLines()
          const bytes = Buffer.from(text, 'latin1')
          const pieces: string[] = []
          for (let at = 0; at < bytes.length; at += chunk)
            pieces.push(lines.push(bytes.subarray(at, at + chunk)).toString('latin1'))
          return `${FROM}Status: O\n${pieces.join('')}${lines.end().toString('latin1')}\n`
        })
        assert.deepEqual(
          read(mbox.join(''), { chunk }).map(each => each.text),
          texts,
        )
      },
    ),
    { numRuns: 500 },
  )
})
