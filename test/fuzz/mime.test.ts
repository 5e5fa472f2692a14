import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesOf, octetsOf } from '#base/bytes.ts'
import { readAddresses } from '#mime/addresses.ts'
import { charsetDecoder, decodeCharset } from '#mime/charsets.ts'
import { readDate } from '#mime/dates.ts'
import type { MessageFacts } from '#mime/facts.ts'
import { foldText } from '#mime/fold.ts'
import { fields, selectFields } from '#mime/header.ts'
import { TextMatcher } from '#mime/matcher.ts'
import { parseMessage } from '#mime/message.ts'
import { readStructured } from '#mime/parameters.ts'
import { sectionRange } from '#mime/structure.ts'
import { baseSubject } from '#mime/subject.ts'
import { searchText } from '#mime/text.ts'
import { decodeTransfer } from '#mime/transfer.ts'
import { decodeHeader, decodeParam } from '#mime/words.ts'
import { realMail, type Sample, trickyMail } from '#test/corpus.ts'
import { assertSound, parseInPieces } from '#test/mime-sound.ts'

// FUZZ_RUNS damaged messages (the usual 4,000 take about ten seconds in all); FUZZ_SEED repeats a run.
const runs = Number(process.env.FUZZ_RUNS ?? 4_000)
const seed = process.env.FUZZ_SEED
const parameters = (share = 1) => ({
  numRuns: Math.ceil(runs * share),
  ...(seed === undefined ? {} : { seed: Number(seed) }),
})

const tricky = trickyMail()
const real = realMail(12)

const crlf = (message: Buffer) => bytesOf(octetsOf(message).replace(/\r?\n/g, '\r\n'))

/** Everything that serves a message to a client, once. */
async function assertServed(message: Uint8Array, facts: MessageFacts): Promise<void> {
  assertSound(facts, message.length)
  const header = message.subarray(...facts.header)
  assert.ok(selectFields(header, ['subject', 'to'], false).length <= header.length)
  for (const path of [[], [1], [1, 1], [2], [2, 1, 1]]) {
    for (const text of ['ALL', 'HEADER', 'TEXT', 'MIME'] as const) {
      const range = sectionRange(facts.structure, facts.header, message.length, path, text)
      if (range !== null) assert.ok(range[0] >= 0 && range[0] <= range[1] && range[1] <= message.length)
    }
  }
  for await (const piece of searchText(facts.structure, (start, end) => message.subarray(start, end), true)) {
    assert.equal(typeof piece, 'string')
  }
}

async function assertSample({ name, message }: Sample): Promise<void> {
  for (const form of [message, crlf(message)]) {
    try {
      const facts = parseMessage(form)
      await assertServed(form, facts)
      assert.deepEqual(parseInPieces(form, [1 + (form.length % 97), 4096, 13]), facts)
    } catch (cause) {
      throw new Error(name, { cause })
    }
  }
}

test('odd mail of other projects is sound, in pieces too', { skip: tricky === null }, async () => {
  for (const sample of tricky ?? []) {
    await assertSample(sample)
    if (sample.message.length < 10_000)
      assert.deepEqual(parseInPieces(sample.message, [1]), parseMessage(sample.message))
  }
})

test('real mail is sound, in pieces too', { skip: real === null }, async () => {
  let subjects = 0
  for (const sample of real ?? []) {
    await assertSample(sample)
    const { envelope, sort } = parseMessage(sample.message)
    if (envelope.from.length > 0 && envelope.date !== null && sort.sentAt !== null) subjects++
  }
  assert.ok(subjects > (real?.length ?? 0) * 0.97, `${subjects} of ${real?.length} have a sender and a date`)
})

/** A piece of one message put over, into or in place of a piece of another, or noise. */
type Damage = {
  from: number
  length: number
  source: number
  take: number
  noise: Uint8Array
  kind: 'cut' | 'put' | 'over' | 'noise'
}

const fraction = fc.double({ min: 0, max: 1, noNaN: true })
const damage: fc.Arbitrary<Damage> = fc.record({
  from: fraction,
  length: fc.nat(200),
  source: fraction,
  take: fraction,
  noise: fc.uint8Array({ maxLength: 20 }),
  kind: fc.constantFrom('cut', 'put', 'over', 'noise'),
})

function apply(message: Buffer, other: Buffer, { from, length, take, noise, kind }: Damage): Buffer {
  const start = Math.floor(from * message.length)
  const at = Math.floor(take * other.length)
  const piece =
    kind === 'cut' ? Buffer.alloc(0) : kind === 'noise' ? Buffer.from(noise) : other.subarray(at, at + length)
  return Buffer.concat([message.subarray(0, start), piece, message.subarray(start + (kind === 'put' ? 0 : length))])
}

test('damaged mail is sound, and the same in pieces', { skip: tricky === null }, async () => {
  const pool = (tricky ?? []).map(sample => sample.message).filter(message => message.length < 20_000)
  await fc.assert(
    fc.asyncProperty(
      fraction,
      fc.array(damage, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 500 }),
      async (which, damages, size) => {
        const pick = (at: number) => pool[Math.min(pool.length - 1, Math.floor(at * pool.length))]!
        let message = pick(which)
        for (const one of damages) message = apply(message, pick(one.source), one)
        const facts = parseMessage(message)
        await assertServed(message, facts)
        assert.deepEqual(parseInPieces(message, [size, 1]), facts)
      },
    ),
    parameters(),
  )
})

const odd = fc.array(
  fc.constantFrom(
    ...[
      '=?',
      '?=',
      '=?utf-8?q?',
      '=?gb2312?B?',
      '=C3',
      '=',
      '"',
      '\\',
      '<',
      '>',
      '@',
      ',',
      ';',
      ':',
      '(',
      ')',
      '[',
      ']',
      '*',
      "'",
      '%',
      '%C3',
    ],
    ...[
      '\r\n ',
      '\n',
      '\0',
      '\xff',
      '\xc3\xbc',
      ' ',
      '\t',
      'a',
      're:',
      '[fwd:',
      '(fwd)',
      'filename',
      '*0',
      '*1*',
      'Jan',
      '12',
      '2007',
      '+0200',
    ],
  ),
  { maxLength: 60 },
)

test('no header value is too strange', () => {
  fc.assert(
    fc.property(odd, pieces => {
      const value = pieces.join('')
      const text = decodeHeader(value)
      baseSubject(text)
      foldText(text)
      readAddresses(value)
      readDate(value)
      const { params } = readStructured(value)
      decodeParam(params, 'filename')
      for (const field of fields(`A: ${value}`)) decodeHeader(field.value)
    }),
    parameters(2),
  )
})

test('no charset label and no octets are too strange', () => {
  const label = fc.oneof(
    fc.constantFrom(
      'utf-8',
      'utf-7',
      'utf-16',
      'utf-32',
      'iso-2022-jp',
      'iso-2022-kr',
      'hz-gb-2312',
      'gb18030',
      'big5',
      'euc-jp',
      'koi8-r',
      '',
    ),
    fc.string({ maxLength: 20 }),
  )
  fc.assert(
    fc.property(label, fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 10 }), (name, bytes, size) => {
      assert.equal(typeof decodeCharset(name, bytes), 'string')
      const decoder = charsetDecoder(name)
      for (let at = 0; at < bytes.length; at += size) decoder.write(bytes.subarray(at, at + size))
      decoder.end()
    }),
    parameters(),
  )
})

/** About so many octets of each, for which time that grows with the square would be minutes. */
const SIZE = 2_000_000
const of = (unit: string, size = SIZE) => unit.repeat(Math.ceil(size / unit.length))
const multipart = 'Content-Type: multipart/mixed; boundary=b\n\n'
const nest = Array.from(
  { length: 60 },
  (_, i) => `Content-Type: multipart/mixed; boundary=${'b'.repeat(i + 1)}\n\n--${'b'.repeat(i + 1)}\n`,
)
const evil: [name: string, message: string][] = [
  ['encoded words that never end', `Subject: ${of('=?')}\n\n`],
  ['encoded words that never end, with charset', `Subject: ${of('=?utf-8?q?')}\n\n`],
  ['many encoded words', `Subject: ${of('=?utf-8?q?a?= ')}\n\n`],
  ['marks of lists', `Subject: ${of('[a]')}\n\n`],
  ['marks of lists that never end', `Subject: ${of('[')}\n\n`],
  ['replies', `Subject: ${of('re: ')}\n\n`],
  ['forwards', `Subject: ${of('[fwd: ')}x${of(']')}\n\n`],
  ['forwards behind', `Subject: ${of('(fwd)')}\n\n`],
  ['addresses', `To: ${of('a@b,')}\n\n`],
  ['brackets', `To: ${of('<')}\n\n`],
  ['brackets that close', `To: ${of('<>')}\n\n`],
  ['comments', `To: ${of('(')}\n\n`],
  ['quotes', `To: ${of('"')}\n\n`],
  ['literals', `To: ${of('[')}\n\n`],
  ['groups', `To: ${of('a:;')}\n\n`],
  ['words', `To: ${of('a ')}\n\n`],
  ['at signs', `To: ${of('@ ')}\n\n`],
  ['To again and again', `${of('To: a@b\n')}\n`],
  ['ids', `References: ${of('<')}\n\n`],
  ['ids that are whole', `References: ${of('<a@b>')}\n\n`],
  ['white space', `Subject: a${of(' ')}b\n\n`],
  ['folds', `Subject: a${of('\n ')}b\n\n`],
  ['carriage returns', `Subject: a${of('\r')}b\n\n`],
  ['date of comments', `Date: ${of('(')}\n\n`],
  ['parameters', `Content-Type: text/plain;${of('a=b;')}\n\n`],
  ['continuations', `Content-Type: text/plain;${of('a*0=b;')}\n\n`],
  ['parameter comments', `Content-Type: text/plain; a=${of('(')}\n\n`],
  ['parameter spaces', `Content-Type: text/plain; a=${of(' ')}x\n\n`],
  ['parameter words', `Content-Type: text/plain; a=${of('a ')}\n\n`],
  ['languages', `Content-Language: ${of('(,')}\n\n`],
  ['fields', `${of('a:b\n')}\n`],
  ['lines without colon', `${of('a\n')}\n`],
  ['one line', of('a')],
  ['lines like delimiters', `${multipart}${of('--c\n')}`],
  ['delimiters', `${multipart}${of('--b\n')}`],
  ['close delimiters', `${multipart}${of('--b--\n')}`],
  ['deep nesting of like boundaries', `${nest.join('')}${of(`--${'b'.repeat(70)}c\n`)}`],
  ['deeper and deeper', of(multipart.replace('\n\n', '\n\n--b\n'))],
  ['message in message', of('Content-Type: message/rfc822\n\n')],
  ['tags', `Content-Type: text/html\n\n${of('<b>')}`],
  ['tags that never end', `Content-Type: text/html\n\n${of('<a ')}`],
  ['references', `Content-Type: text/html\n\n${of('&')}`],
  ['a long reference', `Content-Type: text/html\n\n&#${of('0')}`],
  ['comments in HTML', `Content-Type: text/html\n\n${of('<!--')}`],
  ['deep elements', `Content-Type: text/html\n\n${of('<div>')}`],
  ['quoted lines', `\n${of('>\n')}`],
  ['colons and quotes', `\n${of('a:\n\n')}>`],
  ['links', `\n${of('http://')}`],
  ['equal signs', `Content-Transfer-Encoding: quoted-printable\n\n${of('=')}`],
  ['spaces in quoted-printable', `Content-Transfer-Encoding: quoted-printable\n\n${of(' ')}`],
  ['padding', `Content-Transfer-Encoding: base64\n\n${of('=')}`],
  ['combining marks', `\n${of('\xcc\x81')}`],
]
for (const [name, text] of evil) {
  test(`time is in proportion: ${name}`, { timeout: 20_000 }, async () => {
    const message = bytesOf(text)
    const began = performance.now()
    const facts = parseMessage(message)
    const matcher = new TextMatcher(`${'a'.repeat(5_000)}b`)
    for await (const piece of searchText(facts.structure, (start, end) => message.subarray(start, end), true))
      matcher.feed(piece)
    const ms = performance.now() - began
    assertSound(facts, message.length)
    assert.ok(ms < 4_000, `${Math.round(ms)} ms`)
  })
}

test('a needle that repeats itself costs no more than another', () => {
  const matcher = new TextMatcher(`${'a'.repeat(50_000)}b`)
  const began = performance.now()
  for (let i = 0; i < 40; i++) assert.equal(matcher.feed('a'.repeat(50_000)), false)
  assert.ok(performance.now() - began < 2_000)
  assert.equal(matcher.feed('b.'), true)
})

test('decoding is what the encoder took', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), bytes => {
      const body = Buffer.from(bytes).toString('base64').replace(/.{76}/g, '$&\r\n')
      assert.deepEqual(decodeTransfer('BASE64', bytesOf(body)), Buffer.from(bytes))
    }),
    parameters(0.1),
  )
})
