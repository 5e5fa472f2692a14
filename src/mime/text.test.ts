import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesOf, utf8Octets } from '#base/bytes.ts'
import { foldText } from './fold.ts'
import { HtmlText } from './html.ts'
import { TextMatcher, textIncludes } from './matcher.ts'
import { parseMessage } from './message.ts'
import { searchText } from './text.ts'

const html: [name: string, source: string, text: string][] = [
  ['tags go', '<p>a</p><p>b</p>', 'a b'],
  ['inline tags do not split', 'w<b>or</b>d', 'word'],
  ['breaks split', 'a<br>b<td>c', 'a b c'],
  ['references', 'caf&eacute; &amp; &#8364;&#x20ac; &nosuch; &lt;b&gt;', 'café & €€ &nosuch; <b>'],
  ['style and script', '<style>x{}</style>a<script>if (a<b) c()</script>b', 'ab'],
  ['comments', 'a<!-- b > c -->d', 'ad'],
  ['attributes', '<a href="x>y" title=\'z\'>t</a>', 't'],
  ['impossible reference', '&#99999999999;', '\ufffd'],
  ['stray brackets', '1 < 2 > 0', '1 < 2 > 0'],
  ['unclosed tag', 'a <b', 'a'],
]
for (const [name, source, text] of html) {
  test(`HtmlText: ${name}`, () => {
    const reader = new HtmlText()
    assert.equal((reader.write(source) + reader.end()).replace(/\s+/g, ' ').trim(), text)
  })
}

test('HtmlText: the pieces do not matter', () => {
  const piece = fc.constantFrom(
    '<b>',
    '</b>',
    '<p x="1">',
    'text ',
    '&amp;',
    '&#38;',
    '<style>',
    '</style>',
    '<!--',
    '-->',
    'a'.repeat(700),
    '<',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.integer({ min: 1, max: 1500 }), (pieces, size) => {
      const source = pieces.join('')
      const whole = new HtmlText()
      const cut = new HtmlText()
      let out = ''
      for (let at = 0; at < source.length; at += size) out += cut.write(source.slice(at, at + size))
      assert.equal(out + cut.end(), whole.write(source) + whole.end())
    }),
  )
})

const equal: [a: string, b: string][] = [
  ['hello', 'HELLO'],
  ['Grüße', 'GRÜSSE'],
  ['ü', 'u\u0308'],
  ['ﬁn', 'FIN'],
  ['Москва', 'МОСКВА'],
  ['ΣΑΣ', 'σας'],
  ['ａｂ', 'AB'],
  ['ǆ', 'Ǆ'],
  ['한', '\u1112\u1161\u11ab'],
]
for (const [a, b] of equal) test(`foldText: ${a} is ${b}`, () => assert.equal(foldText(a), foldText(b)))

test('foldText: what is folded stays as it is', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), text => assert.equal(foldText(foldText(text)), foldText(text))))
})

const matches: [name: string, text: string, needle: string, found: boolean][] = [
  ['inside', 'some text', 'ME TE', true],
  ['not there', 'some text', 'texts', false],
  ['nothing is everywhere', '', '', true],
  ['over a line end', 'some\r\n  text', 'some text', true],
  ['umlauts in any case', 'GRÜSSE', 'grüße', true],
  ['long needle', `x${'ab'.repeat(50)}c`, `${'ab'.repeat(40)}C`, true],
  ['long needle not there', 'ab'.repeat(100), `${'ab'.repeat(40)}c`, false],
]
for (const [name, text, needle, found] of matches) {
  test(`textIncludes: ${name}`, () => assert.equal(textIncludes(text, needle), found))
}

test('TextMatcher: finds across pieces what it finds in the whole', () => {
  const letters = fc.string({
    unit: fc.constantFrom('a', 'b', ' ', '\n', 'u', '\u0308', '\u0323', '😀', 'ß'),
    maxLength: 60,
  })
  fc.assert(
    fc.property(
      letters,
      fc.nat(60),
      fc.integer({ min: 0, max: 50 }),
      fc.integer({ min: 1, max: 7 }),
      (text, from, length, size) => {
        const needle = text.slice(from, from + length)
        const matcher = new TextMatcher(needle)
        for (let at = 0; at < text.length; at += size) matcher.feed(text.slice(at, at + size))
        assert.equal(matcher.end() || matcher.found, textIncludes(text, needle))
      },
    ),
    { numRuns: 2000 },
  )
})

const MESSAGE = `Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: multipart/mixed; boundary=x\r\n
--x
Content-Type: text/plain; charset=koi8-r
Content-Transfer-Encoding: base64

${Buffer.from('\xcd\xcf\xd3\xcb\xd7\xc1', 'latin1').toString('base64')}
--x
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<p>caf=C3=A9 =
noir <b>w</b>ord</p>
--x
Content-Type: application/pdf; name*=utf-8''r%C3%A9sum%C3%A9.pdf
Content-Transfer-Encoding: base64

c2VjcmV0
--x
Content-Type: message/rfc822

Subject: =?iso-8859-1?Q?Fa=E7ade?=

embedded ${utf8Octets('ñ')}
--x
Content-Type: text/plain
Content-Transfer-Encoding: x-unknown

undecodable
--x--
`
const searches: [needle: string, inText: boolean, inBody: boolean][] = [
  ['grüsse', true, false],
  ['МОСКВА', true, true],
  ['café noir word', true, true],
  ['résumé.pdf', true, true],
  ['secret', false, false],
  ['façade', true, true],
  ['EMBEDDED Ñ', true, true],
  ['undecodable', true, true],
  ['subject: gr', true, false],
  ['москва caf', false, false],
]
for (const [needle, inText, inBody] of searches) {
  test(`searchText: "${needle}"`, async () => {
    const bytes = bytesOf(MESSAGE)
    const { structure } = parseMessage(bytes)
    const found = async (header: boolean) => {
      const matcher = new TextMatcher(needle)
      for await (const piece of searchText(structure, (start, end) => bytes.subarray(start, end), header))
        matcher.feed(piece)
      return matcher.end() || matcher.found
    }
    assert.equal(await found(true), inText)
    assert.equal(await found(false), inBody)
  })
}
