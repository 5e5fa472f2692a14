import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesOf, octetsOf } from '#base/bytes.ts'
import { decodeTransfer, transferDecoder } from './transfer.ts'

const cases: [encoding: string, name: string, body: string, decoded: string][] = [
  ['7BIT', 'as it is', 'a=20b', 'a=20b'],
  ['8BIT', 'as it is', '\xff\0', '\xff\0'],
  ['BINARY', 'as it is', '\r\n', '\r\n'],
  ['7-BIT', 'as it is', 'x', 'x'],
  ['BASE64', 'plain', 'aGVsbG8=', 'hello'],
  ['BASE64', 'lines', 'aGVs\r\nbG8=\r\n', 'hello'],
  ['BASE64', 'garbage between', 'aG!V-s*bG 8=', 'hello'],
  ['BASE64', 'no padding', 'aGVsbG8', 'hello'],
  ['BASE64', 'glued together', 'aGVsbG8=aGVsbG8=', 'hellohello'],
  ['BASE64', 'one sextet left', 'aGVsb', 'hel'],
  ['BASE64', 'only padding', '====', ''],
  ['BASE64', 'nothing', '', ''],
  ['QUOTED-PRINTABLE', 'plain', 'a=20b=3D', 'a b='],
  ['QUOTED-PRINTABLE', 'soft break', 'ab=\r\ncd', 'abcd'],
  ['QUOTED-PRINTABLE', 'soft break, bare LF', 'ab=\ncd', 'abcd'],
  ['QUOTED-PRINTABLE', 'soft break with space after', 'ab= \t\r\ncd', 'abcd'],
  ['QUOTED-PRINTABLE', 'space at the end of a line', 'ab \t\r\ncd ', 'ab\r\ncd'],
  ['QUOTED-PRINTABLE', 'space within', 'a  b', 'a  b'],
  ['QUOTED-PRINTABLE', 'lower case', '=c3=bc', '\xc3\xbc'],
  ['QUOTED-PRINTABLE', 'no hex', 'a=ZZ=', 'a=ZZ'],
  ['QUOTED-PRINTABLE', 'half a hex', '=4', '=4'],
  ['QUOTED-PRINTABLE', 'equals and space', '= x', '= x'],
  ['QUOTED-PRINTABLE', '8-bit', '\xff=\xff', '\xff=\xff'],
  ['QUOTED-PRINTABLE', 'long run of spaces', `${' '.repeat(3000)}x`, `${' '.repeat(3000)}x`],
]
for (const [encoding, name, body, decoded] of cases) {
  test(`decodeTransfer: ${encoding} ${name}`, () => {
    assert.equal(octetsOf(decodeTransfer(encoding, bytesOf(body))!), decoded)
  })
}

test('decodeTransfer: an unknown encoding is told apart', () => {
  assert.equal(decodeTransfer('X-UUENCODE', bytesOf('x')), null)
  assert.equal(transferDecoder('X-GZIP64'), null)
})

const octets = fc.uint8Array({ maxLength: 300 })
const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 20 })

function inPieces(encoding: string, body: Uint8Array, cuts: readonly number[]): string {
  const decoder = transferDecoder(encoding)!
  let out = ''
  for (let at = 0, i = 0; at < body.length; i++) {
    const size = cuts[i % cuts.length]!
    out += octetsOf(decoder.write(body.subarray(at, at + size)))
    at += size
  }
  return out + octetsOf(decoder.end())
}

test('BASE64: what is encoded is decoded, in pieces of any size', () => {
  fc.assert(
    fc.property(octets, sizes, (bytes, cuts) => {
      const body = Buffer.from(
        Buffer.from(bytes)
          .toString('base64')
          .replace(/(.{20})/g, '$1\r\n'),
      )
      assert.equal(inPieces('BASE64', body, cuts), octetsOf(bytes))
    }),
  )
})

test('QUOTED-PRINTABLE: what is encoded is decoded, in pieces of any size', () => {
  fc.assert(
    fc.property(octets, sizes, (bytes, cuts) => {
      const hex = [...bytes].map(octet => `=${octet.toString(16).toUpperCase().padStart(2, '0')}`)
      const body = Buffer.from(hex.map((code, i) => (i % 20 === 19 ? `${code}=\r\n` : code)).join(''))
      assert.equal(inPieces('QUOTED-PRINTABLE', body, cuts), octetsOf(bytes))
    }),
  )
})

test('decoding does not depend on where the pieces are cut', () => {
  const piece = fc.constantFrom(
    '=',
    ' ',
    '\t',
    '\r',
    '\n',
    '4',
    'a',
    'Z',
    '=41',
    '=\r\n',
    '\xff',
    ' '.repeat(1023),
    'aGVs',
  )
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }),
      sizes,
      fc.constantFrom('BASE64', 'QUOTED-PRINTABLE'),
      (parts, cuts, encoding) => {
        const body = bytesOf(parts.join(''))
        assert.equal(inPieces(encoding, body, cuts), octetsOf(decodeTransfer(encoding, body)!))
      },
    ),
    { numRuns: 500 },
  )
})
