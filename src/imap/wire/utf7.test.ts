import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeUtf7, encodeUtf7 } from './utf7.ts'

const cases: [name: string, text: string, octets: string][] = [
  ['nothing', '', ''],
  ['ASCII', 'Sent Items', 'Sent Items'],
  ['an ampersand', 'R&D', 'R&-D'],
  ['an ampersand beside a letter', 'ä&ö', '&AOQ-&-&APY-'],
  ['Latin letters', 'Entwürfe', 'Entw&APw-rfe'],
  ['the example of the RFC', '~peter/mail/台北/日本語', '~peter/mail/&U,BTFw-/&ZeVnLIqe-'],
  ['beyond the BMP', '💌', '&2D3cjA-'],
  ['a control character', 'a\tb', 'a&AAk-b'],
]
for (const [name, text, octets] of cases) {
  test(`utf7 writes ${name}`, () => assert.equal(encodeUtf7(text), octets))
  test(`utf7 reads ${name}`, () => assert.equal(decodeUtf7(octets), text))
}

const wrong: [name: string, octets: string][] = [
  ['a shift that does not end', 'a&AOQ'],
  ['a lone ampersand', 'R&D'],
  ['a digit that is not base64', '&A!Q-'],
  ['a slash in base64', '&/w-'],
  ['padding', '&AOQ=-'],
  ['half a character', '&AA-'],
  ['bits left over', '&AOR-'],
  ['printable ASCII in base64', '&AGE-'],
  ['half a surrogate pair', '&2D0-'],
  ['8-bit', 'Entw\xfcrfe'],
  ['a raw control character', 'a\x01'],
]
for (const [name, octets] of wrong) test(`utf7 does not read ${name}`, () => assert.equal(decodeUtf7(octets), null))

test('utf7 reads shifts that follow each other', () => assert.equal(decodeUtf7('&AOQ-&AOQ-'), 'ää'))

test('utf7: what is written is read back, and is printable ASCII', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const octets = encodeUtf7(text)
      assert.match(octets, /^[\x20-\x7e]*$/)
      assert.equal(decodeUtf7(octets), text)
    }),
  )
})

test('utf7: what is read without superfluous shifts is written the same', () => {
  const octets = fc.string({
    unit: fc.constantFrom('&', '-', 'A', 'O', 'Q', 'U', ',', '+', ' ', '2', 'D', '3', 'c', 'j'),
  })
  fc.assert(
    fc.property(octets, given => {
      const text = decodeUtf7(given)
      if (text !== null && !/-&[^-]/.test(given)) assert.equal(encodeUtf7(text), given)
    }),
    { numRuns: 1000 },
  )
})
