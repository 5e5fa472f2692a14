import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesOf } from '#base/bytes.ts'
import { limits } from '#base/limits.ts'
import { assertSound, parseInPieces } from '#test/mime-sound.ts'
import type { Part } from './facts.ts'
import { parseMessage } from './message.ts'

/** `TYPE/SUBTYPE "body" lines`, with what is inside in brackets. */
function show(part: Part, message: string): string {
  const name = `${part.type}/${part.subtype}`
  if (part.kind === 'multipart') return `${name}[${part.parts.map(child => show(child, message)).join(' ')}]`
  const body = JSON.stringify(message.slice(...part.body))
  return part.kind === 'message' ? `${name}[${show(part.message, message)}]` : `${name} ${body} ${part.lines}`
}

const MIXED = 'Content-Type: multipart/mixed; boundary=b\n\n'
const cases: [name: string, message: string, shown: string][] = [
  ['empty', '', 'TEXT/PLAIN "" 0'],
  ['header alone', 'A: b', 'TEXT/PLAIN "" 0'],
  ['body alone', '\nhello\n', 'TEXT/PLAIN "hello\\n" 1'],
  ['CRLF', 'A: b\r\n\r\none\r\ntwo', 'TEXT/PLAIN "one\\r\\ntwo" 1'],
  ['type that cannot be read', 'Content-Type: nonsense\n\nx', 'TEXT/PLAIN "x" 0'],
  ['type in any case', 'content-type: Text/HTML\n\nx', 'TEXT/HTML "x" 0'],
  ['mbox line', 'From a@b  Sat Jan  3 01:05:34 1996\nContent-Type: text/html\n\nx', 'TEXT/HTML "x" 0'],
  ['byte order mark', '\xef\xbb\xbfContent-Type: text/html\n\nx', 'TEXT/HTML "x" 0'],
  [
    'two parts',
    `${MIXED}pre\n--b\n\none\n\n--b\n\ntwo\n--b--\nepi`,
    'MULTIPART/MIXED[TEXT/PLAIN "one\\n" 1 TEXT/PLAIN "two" 0]',
  ],
  ['CRLF before the boundary', `${MIXED}--b\r\n\r\none\r\n--b--\r\n`, 'MULTIPART/MIXED[TEXT/PLAIN "one" 0]'],
  ['white space after the boundary', `${MIXED}--b \t\n\none\n--b-- \n`, 'MULTIPART/MIXED[TEXT/PLAIN "one" 0]'],
  ['no close', `${MIXED}--b\n\none\n`, 'MULTIPART/MIXED[TEXT/PLAIN "one\\n" 1]'],
  ['ends in the delimiter', `${MIXED}--b\n\none\n--b`, 'MULTIPART/MIXED[TEXT/PLAIN "one" 0 TEXT/PLAIN "" 0]'],
  ['after the close nothing begins', `${MIXED}--b\n\none\n--b--\n--b\n\ntwo`, 'MULTIPART/MIXED[TEXT/PLAIN "one" 0]'],
  ['empty part', `${MIXED}--b\n--b\n\n--b--`, 'MULTIPART/MIXED[TEXT/PLAIN "" 0 TEXT/PLAIN "" 0]'],
  ['header without empty line', `${MIXED}--b\nContent-Type: text/html\n--b--`, 'MULTIPART/MIXED[TEXT/HTML "" 0]'],
  ['no parts', `${MIXED}hello\n`, 'TEXT/PLAIN "hello\\n" 1'],
  ['closed at once', `${MIXED}--b--\n`, 'TEXT/PLAIN "--b--\\n" 1'],
  ['no boundary', 'Content-Type: multipart/mixed\n\n--b\n\nx', 'TEXT/PLAIN "--b\\n\\nx" 2'],
  [
    'dashes that are no boundary',
    `${MIXED}--b\n\n--\n---\n--c\n-b\n--b--`,
    'MULTIPART/MIXED[TEXT/PLAIN "--\\n---\\n--c\\n-b" 3]',
  ],
  [
    'folded boundary',
    'Content-Type: multipart/mixed; boundary="foo\n bar"\n\n--foo bar\n\nx\n--foo bar--',
    'MULTIPART/MIXED[TEXT/PLAIN "x" 0]',
  ],
  [
    'a line only has to begin with the boundary',
    `${MIXED}--bxyz\n\none\n--b--xyz\n`,
    'MULTIPART/MIXED[TEXT/PLAIN "one" 0]',
  ],
  [
    'boundary that begins with the outer one',
    `${MIXED}--b\nContent-Type: multipart/alternative; boundary=bb\n\n--bb\n\none\n--bb--\n--b\n\ntwo\n--b--`,
    'MULTIPART/MIXED[MULTIPART/ALTERNATIVE[TEXT/PLAIN "one" 0] TEXT/PLAIN "two" 0]',
  ],
  [
    'boundary that the outer one begins with',
    'Content-Type: multipart/mixed; boundary=bb\n\n--bb\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--bb\n\ntwo\n--bb--',
    'MULTIPART/MIXED[MULTIPART/MIXED[TEXT/PLAIN "one" 0] TEXT/PLAIN "two" 0]',
  ],
  [
    'the same boundary again inside',
    `${MIXED}--b\n${MIXED}--b\n\none\n--b--\n--b\n\ntwo\n--b--`,
    'MULTIPART/MIXED[MULTIPART/MIXED[TEXT/PLAIN "one" 0] TEXT/PLAIN "two" 0]',
  ],
  [
    'an outer boundary ends what is inside',
    `${MIXED}--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\none\n--b\n\ntwo\n--b--`,
    'MULTIPART/MIXED[MULTIPART/MIXED[TEXT/PLAIN "one" 0] TEXT/PLAIN "two" 0]',
  ],
  [
    'embedded message',
    'Content-Type: message/rfc822\n\nSubject: x\nContent-Type: text/html\n\nin\n',
    'MESSAGE/RFC822[TEXT/HTML "in\\n" 1]',
  ],
  [
    'embedded message/global',
    'Content-Type: message/global\nContent-Transfer-Encoding: 8bit\n\n\nin',
    'MESSAGE/GLOBAL[TEXT/PLAIN "in" 0]',
  ],
  [
    'embedded message cut in its header',
    `${MIXED}--b\nContent-Type: message/rfc822\n\nSubject: x\n--b--`,
    'MULTIPART/MIXED[MESSAGE/RFC822[TEXT/PLAIN "" 0]]',
  ],
  [
    'encoded message',
    'Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\neA==\n',
    'APPLICATION/OCTET-STREAM "eA==\\n" 1',
  ],
  ['other message types', 'Content-Type: message/delivery-status\n\nx', 'MESSAGE/DELIVERY-STATUS "x" 0'],
  [
    'digest',
    'Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\none\n--b\nContent-Type: text/plain\n\ntwo\n--b--',
    'MULTIPART/DIGEST[MESSAGE/RFC822[TEXT/PLAIN "one" 0] TEXT/PLAIN "two" 0]',
  ],
]
for (const [name, message, shown] of cases) {
  test(`parseMessage: ${name}`, () => {
    const facts = parseMessage(bytesOf(message))
    assert.equal(show(facts.structure, message), shown)
    assertSound(facts, message.length)
    for (const sizes of [[1], [2], [3, 1], [7]]) assert.deepEqual(parseInPieces(bytesOf(message), sizes), facts)
  })
}

test('parseMessage: what the header says', () => {
  const facts = parseMessage(
    bytesOf(
      'Date: Sat, 24 Mar 2007 23:00:00 +0200\r\nSubject: Re: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n folded\r\nFrom: A <a@b>\r\nSender: \r\n' +
        'To: c@d\r\nTo: e@f\r\nCc: g: h@i;\r\nMessage-ID: <m@x>\r\nIn-Reply-To: <p@x>\r\nReferences: <r@x>\r\n <"p"@x>\r\n' +
        'Content-Type: text/plain\r\nContent-Disposition: inline; filename=x\r\nContent-Language: de, en\r\nContent-MD5: Q2hlY2s=\r\n' +
        'Content-ID: <c@x>\r\nContent-Description: what it is\r\nContent-Transfer-Encoding: Quoted-Printable\r\n' +
        'Content-Location: http://a/\r\n b\r\n\r\nHello =C3=BC\r\n> quoted\r\n',
    ),
  )
  const a = { name: 'A', route: null, mailbox: 'a', host: 'b' }
  assert.deepEqual(facts.envelope.sender, [a])
  assert.deepEqual(facts.envelope.replyTo, [a])
  assert.deepEqual(
    facts.envelope.to.map(to => to.mailbox),
    ['c', 'e'],
  )
  assert.equal(facts.envelope.subject, 'Re: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= folded')
  assert.deepEqual(facts.envelope.bcc, [])
  assert.deepEqual(facts.references, ['<r@x>', '<p@x>'])
  assert.deepEqual(facts.sort, {
    sentAt: Date.UTC(2007, 2, 24, 21),
    sentZone: 120,
    subject: 'Re: Grüße folded',
    baseSubject: 'GRU\u0308SSE FOLDED',
    isReply: true,
    from: 'a',
    to: 'c',
    cc: 'g',
    displayFrom: 'A',
    displayTo: 'c@d',
  })
  assert.equal(facts.preview, 'Hello ü')
  const { structure } = facts
  assert.ok(structure.kind === 'leaf')
  assert.deepEqual(
    [
      structure.disposition,
      structure.language,
      structure.md5,
      structure.id,
      structure.description,
      structure.encoding,
      structure.location,
    ],
    [
      { type: 'inline', params: [['filename', 'x']] },
      ['de', 'en'],
      'Q2hlY2s=',
      '<c@x>',
      'what it is',
      'QUOTED-PRINTABLE',
      'http://a/b',
    ],
  )
})

test('parseMessage: fields that are absent and fields that are empty', () => {
  const { envelope } = parseMessage(bytesOf('Subject:\r\nMessage-ID: \r\n\r\n'))
  assert.deepEqual([envelope.subject, envelope.messageId, envelope.date, envelope.inReplyTo], ['', '', null, null])
})

test('parseMessage: without References the first id of In-Reply-To is the ancestor', () => {
  assert.deepEqual(parseMessage(bytesOf('In-Reply-To: yours of <a@b> and <c@d>\n\n')).references, ['<a@b>'])
  assert.deepEqual(parseMessage(bytesOf('References: none\nIn-Reply-To: <a@b>\n\n')).references, ['<a@b>'])
})

const nested = (depth: number) =>
  `${Array.from({ length: depth }, (_, i) => `Content-Type: multipart/mixed; boundary=b${i}x\n\n--b${i}x\n`).join('')}\ntext\n`

function depthOf(part: Part): number {
  if (part.kind === 'multipart') return 1 + Math.max(...part.parts.map(depthOf))
  return part.kind === 'message' ? 1 + depthOf(part.message) : 0
}

test('parseMessage: depth at the limit is looked into, one more is opaque', () => {
  const at = parseMessage(bytesOf(nested(limits.mimeDepth)))
  const past = parseMessage(bytesOf(nested(limits.mimeDepth + 1)))
  assert.equal(depthOf(at.structure), limits.mimeDepth)
  assert.equal(depthOf(past.structure), limits.mimeDepth)
  let leaf = past.structure
  while (leaf.kind === 'multipart') leaf = leaf.parts[0]!
  assert.equal(`${leaf.type}/${leaf.subtype}`, 'APPLICATION/OCTET-STREAM')
})

test('parseMessage: parts past the limit belong to the last', () => {
  const count = (parts: number) => {
    const message = bytesOf(`${MIXED}${'--b\n\nx\n'.repeat(parts)}--b--\n`)
    const { structure } = parseMessage(message)
    assert.ok(structure.kind === 'multipart')
    return [structure.parts.length, structure.parts.at(-1)!.body[1] - structure.parts.at(-1)!.body[0]]
  }
  // The root is a part too.
  assert.deepEqual(count(limits.mimeParts - 1), [limits.mimeParts - 1, 1])
  assert.deepEqual(count(limits.mimeParts), [limits.mimeParts - 1, 'x\n--b\n\nx'.length])
})

test('parseMessage: a header past the limit is kept and not looked at', () => {
  const filler = 'X: y\n'.repeat(Math.ceil(limits.mimeHeaderOctets / 5))
  const message = bytesOf(`Subject: seen\n${filler}To: a@b\n\nbody`)
  const facts = parseMessage(message)
  assert.equal(facts.envelope.subject, 'seen')
  assert.deepEqual(facts.envelope.to, [])
  assert.equal(facts.header[1], message.length - 4)
  assert.deepEqual(parseInPieces(message, [65_536]), facts)
})

const previews: [name: string, message: string, preview: string][] = [
  [
    'plain rather than HTML',
    'Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>h</p>\n--b\n\np\n--b--',
    'p',
  ],
  ['HTML before a footer', `${MIXED}--b\nContent-Type: text/html\n\n<p>h</p>\n--b\n\nfooter\n--b--`, 'h'],
  [
    'HTML when plain is blank',
    'Content-Type: multipart/alternative; boundary=b\n\n--b\n\n \n--b\nContent-Type: text/html\n\n<p>h</p>\n--b--',
    'h',
  ],
  ['no attachment', `${MIXED}--b\nContent-Disposition: attachment\n\nx\n--b--`, ''],
  ['quotes left out', '\nOn Monday A wrote:\n> said\n> more\n\nYes.\n', 'Yes.'],
  ['only quotes', '\n> said\n> more\n', 'said more'],
  ['links left out', '\nsee https://example.org/x?y for more', 'see for more'],
  ['only a link', '\nhttps://example.org/', 'https://example.org/'],
  ['lines drawn', '\n-----\nTitle\n=====\n', 'Title'],
  ['as long as allowed', `\n${'a'.repeat(200)}`, 'a'.repeat(200)],
  ['too long', `\n${'a'.repeat(201)}`, 'a'.repeat(200)],
  ['style first', `Content-Type: text/html\n\n<style>${'x {} '.repeat(10_000)}</style><p>text`, 'text'],
  ['not text', 'Content-Type: image/png\n\nx', ''],
]
for (const [name, message, preview] of previews) {
  test(`preview: ${name}`, () => assert.equal(parseMessage(bytesOf(message)).preview, preview))
}

test('preview: is not cut inside a character', () => {
  const of = (text: string) => parseMessage(Buffer.from(`Content-Type: text/plain; charset=utf-8\n\n${text}`)).preview
  assert.equal(of('😀'.repeat(300)), '😀'.repeat(200))
  assert.equal(of(`${'a'.repeat(199)}e\u0301b`), 'a'.repeat(199))
  assert.equal(of(`${'a'.repeat(198)}e\u0301b`), `${'a'.repeat(198)}e\u0301`)
})

const fragment = fc.oneof(
  fc.constantFrom(
    '--b\n',
    '--b--\n',
    '--c\r\n',
    '--c--\r\n',
    '\n',
    '\r\n',
    '\r',
    'text',
    '--',
    '\0',
    '\xff',
    ' ',
    '--bc\n',
  ),
  fc.constantFrom(
    'Content-Type: multipart/mixed; boundary=b\n',
    'Content-Type: multipart/digest; boundary="c"\r\n',
    'Content-Type: message/rfc822\n',
    'Content-Transfer-Encoding: base64\n',
    'From: a <b@c>, "d\r\n',
    'Subject: =?utf-8?q?=C3=BC?=\n',
  ),
  fc.string({ unit: 'binary-ascii', maxLength: 20 }),
)

test('parseMessage: sound whatever comes, and the same in any pieces', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 40 }), sizes, (parts, cuts) => {
      const message = bytesOf(parts.join(''))
      const facts = parseMessage(message)
      assertSound(facts, message.length)
      assert.deepEqual(parseInPieces(message, cuts), facts)
    }),
    { numRuns: 1500 },
  )
})
