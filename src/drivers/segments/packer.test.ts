import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { dictionaryOf, NEWEST_DICTIONARY } from './dictionary.ts'
import { PackedBody, unpack } from './packed-body.ts'
import { decodeIndex, FIRST_FRAME_OCTETS, FRAME_OCTETS, indexStart, type PackedIndex } from './packed-index.ts'
import { Packer, pack } from './packer.ts'

/** The body through a packer in chunks of these sizes, the last for what is left. */
function packed(body: Uint8Array, chunks: readonly number[] = []): Buffer {
  const packer = new Packer()
  const parts: Uint8Array[] = []
  let at = 0
  for (const size of chunks) {
    parts.push(...packer.write(Buffer.from(body.subarray(at, at + size))))
    at += size
  }
  parts.push(...packer.write(body.subarray(at)), ...packer.finish())
  return Buffer.concat(parts)
}

const indexOf = (stored: Uint8Array): PackedIndex => decodeIndex(stored.subarray(indexStart(stored, stored.length)))
const runsOf = (stored: Uint8Array) =>
  indexOf(stored).pieces.flatMap(piece => ('lines' in piece ? [[piece.chars, piece.end, piece.lines]] : []))

/** Base64 as mail has it. */
const wrapped = (content: Uint8Array, chars = 76, end = '\r\n'): string =>
  Buffer.from(content)
    .toString('base64')
    .replace(new RegExp(`.{1,${chars}}`, 'g'), `$&${end}`)

const noise = (octets: number): Buffer => {
  const out: Buffer[] = []
  for (let i = 0; i * 32 < octets; i++) out.push(createHash('sha256').update(`${i}`).digest())
  return Buffer.concat(out).subarray(0, octets)
}

const header = 'From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\n'
const line = `${wrapped(noise(57))}`

const bodies: [name: string, body: string, runs: number[][]][] = [
  ['nothing', '', []],
  ['no line end at all', 'x'.repeat(10_000), []],
  ['text', `${header}${'Some words of text.\r\n'.repeat(500)}`, []],
  ['lines of 76', header + wrapped(noise(5700)), [[76, 2, 100]]],
  ['lines of 76 and a rest with padding', header + wrapped(noise(5701)), [[76, 2, 100]]],
  ['bare LF', header + wrapped(noise(5710), 76, '\n'), [[76, 1, 100]]],
  ['lines of 60', header + wrapped(noise(4500), 60), [[60, 2, 100]]],
  ['lines of 1000', header + wrapped(noise(7500), 1000), [[1000, 2, 10]]],
  ['padding on a full line', header + wrapped(noise(57 * 9 + 56)), [[76, 2, 9]]],
  ['no line end after the last line', (header + wrapped(noise(570))).slice(0, -2), [[76, 2, 9]]],
  ['too few lines to be worth it', header + line.repeat(3), []],
  ['as few lines as are worth it', header + line.repeat(4), [[76, 2, 4]]],
  [
    'a blank in the middle of a line',
    header + line.repeat(20) + line.replace(/^..../, 'AB C') + line.repeat(20),
    [
      [76, 2, 20],
      [76, 2, 20],
    ],
  ],
  ['the alphabet for URLs', header + `${'-_'.repeat(38)}\r\n`.repeat(20), []],
  [
    'bits after the end in a padded line',
    `${header}${line.repeat(9)}${`${'A'.repeat(73)}B==\r\n`}${line.repeat(9)}`,
    [
      [76, 2, 9],
      [76, 2, 9],
    ],
  ],
  [
    'line ends that change',
    header + line.repeat(9) + line.repeat(9).replaceAll('\r', ''),
    [
      [76, 2, 9],
      [76, 1, 9],
    ],
  ],
  [
    'two parts',
    `${header}${wrapped(noise(5701))}--b\r\n${header}${wrapped(noise(999))}--b--\r\n`,
    [
      [76, 2, 100],
      [76, 2, 17],
    ],
  ],
  ['lines as long as base64 that are none', `${'All of these are words. '.repeat(3)}four\r\n`.repeat(200), []],
  ['an armoured message', `${wrapped(noise(4800), 64)}=ab12\r\n`, [[64, 2, 100]]],
]

suite('packed bodies come back exactly', () => {
  for (const [name, text, runs] of bodies) {
    test(name, () => {
      const body = Buffer.from(text, 'latin1')
      const stored = packed(body)
      assert.deepEqual(Buffer.from(unpack(stored, body.length)), body)
      assert.deepEqual(runsOf(stored), runs)
      for (const size of [1, 7, 77, 1000]) {
        const chunks = Array.from({ length: Math.floor(body.length / size) }, () => size)
        assert.ok(packed(body, chunks).equals(stored), `chunks of ${size} make a difference`)
      }
    })
  }

  test('whatever it is, in whatever chunks, and each range of it', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)),
      fc.string({ maxLength: 200 }).map(text => Buffer.from(text)),
      fc.constantFrom(header, '\r\n', '\n', '\r', '=', '--b\r\n', line).map(text => Buffer.from(text)),
      fc
        .tuple(fc.nat(3000), fc.constantFrom(40, 60, 64, 72, 76, 77, 80, 998), fc.constantFrom('\r\n', '\n'))
        .map(([octets, chars, end]) => Buffer.from(wrapped(noise(octets), chars, end))),
      fc.nat(80_000).map(octets => Buffer.from('lorem ipsum dolor\r\n'.repeat(octets / 19))),
      fc.nat(80_000).map(noise),
    )
    const body = fc.array(piece, { maxLength: 8 }).map(pieces => Buffer.concat(pieces))
    const chunks = fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 20 })
    fc.assert(
      fc.property(body, chunks, fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 10 }), (body, chunks, ranges) => {
        const stored = packed(body, chunks)
        assert.ok(body.equals(unpack(stored, body.length)))
        const opened = PackedBody.of(stored, body.length)
        for (const [a, b] of ranges) {
          const [start, end] = [a % (body.length + 1), b % (body.length + 1)].sort((x, y) => x - y) as [number, number]
          const [first, last] = opened.framesFor(start, end)
          const contents = opened.contents(first, last, stored.subarray(opened.stretch(first, last)[0]))
          assert.ok(body.subarray(start, end).equals(opened.read(start, end, first, contents)), `${start}-${end}`)
        }
        const whole = pack(body)
        if (whole !== null) assert.ok(body.equals(unpack(whole, body.length)))
      }),
      { numRuns: 60 },
    )
  })
})

test('a range of a large body needs few frames', () => {
  const body = Buffer.from(header + wrapped(noise(3_000_000)))
  const stored = packed(body, Array(80).fill(50_000))
  const opened = PackedBody.of(stored, body.length)
  assert.deepEqual(opened.framesFor(0, header.length), [0, 1])
  const [first, last] = opened.framesFor(2_000_000, 2_065_536)
  assert.ok(last - first <= 2)
  const [from, to] = opened.stretch(first, last)
  assert.ok(to - from <= 2 * FRAME_OCTETS)
  assert.deepEqual(opened.framesFor(5, 5), [0, 0])
})

test('noise is stored as it is; base64 of noise loses its quarter', () => {
  assert.equal(pack(noise(200_000)), null)
  const body = Buffer.from(header + wrapped(noise(200_000)))
  const stored = pack(body)!
  assert.ok(stored.length < body.length * 0.733, `${stored.length / body.length}`)
  assert.deepEqual(
    indexOf(stored).frames.map(({ compressed }) => compressed),
    [false, false, false, false],
  )
  assert.equal(indexOf(stored).frames[0]!.stored, FIRST_FRAME_OCTETS)
})

test('the packed form of a small body has memory of its own', () => {
  const stored = pack(Buffer.from('Subject: hello\r\n'.repeat(50)))!
  assert.equal(stored.buffer.byteLength, stored.byteLength)
})

test('damage is noticed wherever it is', () => {
  const body = Buffer.from(header + 'Some words of text.\r\n'.repeat(500))
  const stored = packed(body)
  for (let at = 0; at < stored.length; at++) {
    const damaged = Buffer.from(stored)
    damaged[at]! ^= 0x10
    let found: Uint8Array | null = null
    try {
      found = unpack(damaged, body.length)
    } catch (error) {
      assert.equal((error as { failure?: unknown }).failure, 'corrupt', `octet ${at}: ${error}`)
    }
    // Some bits of a frame's own header say nothing.
    if (found !== null) assert.deepEqual(Buffer.from(found), body)
  }
  assert.throws(() => unpack(stored, body.length - 1), { failure: 'corrupt' })
  assert.throws(() => unpack(stored.subarray(1), body.length), { failure: 'corrupt' })
})

test('lines that spoil base64 again and again cost no more than text', () => {
  const body = Buffer.from((line.repeat(5) + line.replace(/^./, '*')).repeat(20_000))
  const began = process.cpuUsage()
  const stored = packed(body, Array(150).fill(65_536))
  const { user } = process.cpuUsage(began)
  assert.ok(indexOf(stored).pieces.length <= 2_002)
  assert.ok(user < 3_000_000, `${user} µs`)
  assert.ok(body.equals(unpack(stored, body.length)))
})

test('dictionaries stay what they are, for mail is stored with them', () => {
  const digests = Array.from({ length: NEWEST_DICTIONARY }, (_, i) =>
    createHash('sha256')
      .update(dictionaryOf(i + 1)!)
      .digest('hex'),
  )
  assert.deepEqual(digests, ['f10043244e71fdc44f8efd471091887dfadaf38b0bb7719c724a211b4babff16'])
  assert.throws(() => dictionaryOf(NEWEST_DICTIONARY + 1), { failure: 'corrupt' })
})

test('random octets of every length around the edges of frames', () => {
  for (const octets of [1, 127, 128, FIRST_FRAME_OCTETS, FIRST_FRAME_OCTETS + FRAME_OCTETS]) {
    for (const body of [-1, 0, 1].map(more => randomBytes(octets + more))) {
      assert.ok(body.equals(unpack(packed(body), body.length)), `${body.length}`)
    }
  }
})
