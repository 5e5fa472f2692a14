import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { octetsOfToken, Tokenizer, tokensOf } from './tokens.ts'

const cases: [name: string, text: string, tokens: string[]][] = [
  ['nothing', '', []],
  ['words with the space before them', 'THE QUICK FOX', ['THE', ' QUICK', ' FOX']],
  ['an address', 'JOHN@EXAMPLE.COM', ['JOHN', '@', 'EXAMPLE', '.', 'COM']],
  ['letters and digits', 'A1', ['A', '1']],
  ['scripts without spaces, by character', ' 会議A', [' 会', '議', 'A']],
  ['marks with their letters', 'E\u0301A', ['E\u0301A']],
  ['halves of a pair', '\ud83d\ude00', ['\ud83d', '\ude00']],
  ['letters that no word has side by side', 'LOCALQZHOST', ['LOCALQ', 'ZHOST'].flatMap(part => tokensOf(part))],
]
for (const [name, text, tokens] of cases) test(`tokensOf: ${name}`, () => assert.deepEqual(tokensOf(text), tokens))

const text = fc
  .array(
    fc.constantFrom(
      'A',
      'TH',
      'E',
      ' ',
      ' Q',
      'ZX',
      '12',
      '5',
      '-',
      '.',
      'Я',
      'ЖЕ',
      '会',
      '\u0301',
      '\ud83d',
      '\ude00',
      '\0',
      'ا',
    ),
  )
  .map(parts => parts.join(''))

test('tokensOf: a part of a text is cut as it is in there', () => {
  fc.assert(
    fc.property(text, fc.nat(), fc.nat(), (whole, a, b) => {
      const from = a % (whole.length + 1)
      const part = whole.slice(from, from + (b % 12))
      const ends = (of: string, start: number) => {
        let at = start
        return tokensOf(of).map(token => (at += token.length))
      }
      const inside = ends(whole, 0).filter(end => end > from && end < from + part.length)
      assert.deepEqual(ends(part, from).slice(0, -1), inside)
    }),
  )
})

test('Tokenizer: pieces make no difference', () => {
  fc.assert(
    fc.property(fc.array(text), pieces => {
      const found: string[] = []
      const tokenizer = new Tokenizer((of, from, to) => found.push(of.slice(from, to)))
      for (const piece of pieces) tokenizer.write(piece)
      tokenizer.end()
      assert.deepEqual(found, tokensOf(pieces.join('')))
    }),
  )
})

test('octetsOfToken: a text is in another when its octets are', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(octetsOfToken(a).includes(octetsOfToken(b)), a.includes(b))
    }),
  )
})
