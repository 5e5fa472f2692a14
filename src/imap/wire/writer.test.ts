import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesOf, type Octets } from '#base/bytes.ts'
import { Flag } from '#ports/metadata.ts'
import { Framer } from './framer.ts'
import { Args } from './reader.ts'
import * as write from './writer.ts'

const cases: [name: string, written: Octets, wanted: Octets][] = [
  ['a plain string', write.string('abc'), '"abc"'],
  ['an empty string', write.string(''), '""'],
  ['quotes and backslashes', write.string('a"b\\c'), '"a\\"b\\\\c"'],
  ['a line end makes a literal', write.string('a\r\nb'), '{4}\r\na\r\nb'],
  ['8-bit makes a literal', write.string('\xc3\xa4'), '{2}\r\n\xc3\xa4'],
  ['NUL is replaced', write.string('a\0'), '{2}\r\na?'],
  ['NIL', write.nstring(null), 'NIL'],
  ['NIL as text', write.nstring('NIL'), '"NIL"'],
  ['an atom', write.astring('Date'), 'Date'],
  ['NIL is not left bare', write.astring('nil'), '"nil"'],
  ['digits are not left bare', write.astring('1a'), '"1a"'],
  ['an empty astring', write.astring(''), '""'],
  ['quoted replaces line ends', write.quoted('a\r\nb'), '"a??b"'],
  ['the inbox', write.mailboxName('INBOX', false), 'INBOX'],
  ['a name in modified UTF-7', write.mailboxName('Entwürfe', false), '"Entw&APw-rfe"'],
  ['a name in UTF-8', write.mailboxName('Entwürfe', true), '"Entw\xc3\xbcrfe"'],
  ['a name with quotes', write.mailboxName('a"b', true), '"a\\"b"'],
  ['no flags', write.flags(0, ''), '()'],
  ['flags', write.flags(Flag.seen | Flag.deleted, ['$Junk', 'x']), '(\\Seen \\Deleted $Junk x)'],
  ['keywords as text', write.flags(0, '$junk x'), '($junk x)'],
  ['recent', write.flags(Flag.answered, '', true), '(\\Answered \\Recent)'],
  ['recent alone', write.flags(0, '', true), '(\\Recent)'],
  ['an internal date', write.internalDate(0, 0), '"01-Jan-1970 00:00:00 +0000"'],
  ['no UIDs', write.uidSet([]), ''],
  ['one UID', write.uidSet([7]), '7'],
  ['a run of UIDs', write.uidSet(Uint32Array.of(1, 2, 3, 7, 9, 10)), '1:3,7,9:10'],
  ['saved', write.sequenceSet('saved'), '$'],
  ['star', write.sequenceSet([[1, Number.POSITIVE_INFINITY]]), '1:*'],
  ['a literal header', write.literalHeader(12), '{12}\r\n'],
  ['a literal8 header', write.literalHeader(12, true), '~{12}\r\n'],
  ['a list', write.list(['a', 'b']), '(a b)'],
  ['words', write.responseText(null, 'Hello'), 'Hello'],
  ['a code', write.responseText(['APPENDUID', 1, 2], 'Done'), '[APPENDUID 1 2] Done'],
  ['a code without words', write.responseText(['READ-ONLY'], ''), '[READ-ONLY] Done'],
  ['words that look like a code', write.responseText(null, '[x] y'), '- [x] y'],
  ['words with line ends', write.responseText(null, 'a\r\nb OK'), 'a?b OK'],
  ['a code with a bracket', write.responseText(['X', 'a]b'], 'c'), '[X a?b] c'],
]
for (const [name, written, wanted] of cases) test(`writer: ${name}`, () => assert.equal(written, wanted))

/** Reads a string as a peer would. */
function read(octets: Octets): Octets {
  const framer = new Framer({ commandOctets: 10_000, literalOctets: 10_000 })
  framer.push(bytesOf(`x ${octets}\r\n`))
  for (let event = framer.next(); event !== null; event = framer.next()) {
    if (event.kind === 'literal') framer.decide('buffer')
    else if (event.kind === 'frame') {
      const args = new Args(event.frame)
      args.space()
      const value = args.astring()
      args.end()
      return value
    }
  }
  throw new Error('not a frame')
}

test('writer: strings are read back, NUL apart', () => {
  const octets = fc.string({ unit: fc.integer({ min: 1, max: 255 }).map(c => String.fromCharCode(c)) })
  fc.assert(
    fc.property(octets, text => {
      assert.equal(read(write.string(text)), text)
      assert.equal(read(write.astring(text)), text)
    }),
  )
})

test('writer: names are read back', () => {
  const name = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(name, fc.boolean(), (text, utf8) => {
      fc.pre(!/[\0-\x1f\x7f]/.test(text) && !/^inbox/i.test(text))
      const args = Args.of(write.mailboxName(text, utf8), utf8)
      assert.equal(args.mailboxName(), text)
      args.end()
    }),
  )
})
