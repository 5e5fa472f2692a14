import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesOf, type Octets, octetsOf } from '#base/bytes.ts'
import { SyntaxFault } from '#base/errors.ts'
import { type Frame, Framer, type FramerLimits, type LiteralAnnounced } from './framer.ts'

const roomy: FramerLimits = { commandOctets: 1000, literalOctets: 1000 }

type Decide = (literal: LiteralAnnounced, soFar: Frame) => 'buffer' | 'stream' | 'refuse'
const buffer: Decide = () => 'buffer'

const showFrame = ({ tag, pieces }: Frame): string =>
  [
    tag ?? '?',
    ...pieces.map(piece =>
      typeof piece === 'string'
        ? piece
        : piece.kind === 'streamed'
          ? `<streamed ${piece.octets}>`
          : `<${piece.binary ? '~' : ''}${octetsOf(piece.bytes)}>`,
    ),
  ].join('|')

/** Everything the framer says of an input, one line an event; neighbouring data chunks are one. */
function run(input: readonly Octets[], decide: Decide = buffer, limits = roomy): string[] {
  const framer = new Framer(limits)
  const said: string[] = []
  let data = ''
  for (const chunk of input) {
    framer.push(bytesOf(chunk))
    for (let event = framer.next(); event !== null; event = framer.next()) {
      if (event.kind === 'frame') said.push(showFrame(event.frame))
      else if (event.kind === 'fault') said.push(`fault ${event.reason} ${event.tag}`)
      else if (event.kind === 'literal') {
        const { octets, sync, binary } = event.literal
        const choice = decide(event.literal, event.soFar)
        said.push(`${choice} ${binary ? '~' : ''}${octets}${sync ? '' : '+'} after ${showFrame(event.soFar)}`)
        framer.decide(choice)
      } else {
        data += octetsOf(event.chunk)
        if (event.last) {
          said.push(`data ${data}`)
          data = ''
        }
      }
    }
  }
  return said
}

const cases: [name: string, input: Octets, said: string[], decide?: Decide][] = [
  ['one command', 'a1 NOOP\r\n', ['a1| NOOP']],
  ['a bare LF ends a line', 'a1 NOOP\na2 NOOP\n', ['a1| NOOP', 'a2| NOOP']],
  ['empty lines are skipped', '\r\n\n\r\na1 NOOP\r\n', ['a1| NOOP']],
  ['a tag alone', 'DONE\r\n', ['DONE']],
  ['no tag', ' NOOP\r\n', ['?| NOOP']],
  ['+ is no tag', '+ NOOP\r\n', ['?|+ NOOP']],
  ['a tag may hold ]', 'a] NOOP\r\n', ['a]| NOOP']],
  ['pipelined commands', 'a1 NOOP\r\na2 CHECK\r\na3 ', ['a1| NOOP', 'a2| CHECK']],
  [
    'literals are held',
    'a LOGIN {3}\r\nbob {6+}\r\nsecret\r\n',
    ['buffer 3 after a| LOGIN ', 'buffer 6+ after a| LOGIN |<bob>| ', 'a| LOGIN |<bob>| |<secret>'],
  ],
  ['literal-minus form', 'a X {1-}\r\nq\r\n', ['buffer 1+ after a| X ', 'a| X |<q>']],
  ['literal8', 'a X ~{2+}\r\n\0\n\r\n', ['buffer ~2+ after a| X ', 'a| X |<~\0\n>']],
  ['an empty literal', 'a X {0}\r\n y\r\n', ['buffer 0 after a| X ', 'a| X |<>| y']],
  ['a literal may hold line ends', 'a X {4+}\r\n\r\n\r\n\r\n', ['buffer 4+ after a| X ', 'a| X |<\r\n\r\n>']],
  ['braces in quotes announce nothing', 'a X "{5}\r\nb NOOP\r\n', ['a| X "{5}', 'b| NOOP']],
  ['an escaped quote does not close', 'a X "\\"{5}\r\n', ['a| X "\\"{5}']],
  ['braces after quotes do', 'a X "y" {1+}\r\nz\r\n', ['buffer 1+ after a| X "y" ', 'a| X "y" |<z>']],
  ['braces in the middle announce nothing', 'a X {5} y\r\n', ['a| X {5} y']],
  ['no digits', 'a X {}\r\n', ['a| X {}']],
  [
    'streamed',
    'a X {3}\r\nfoo\r\nb NOOP\r\n',
    ['stream 3 after a| X ', 'data foo', 'a|<streamed 3>', 'b| NOOP'],
    () => 'stream',
  ],
  ['streamed and empty', 'a X {0}\r\n\r\n', ['stream 0 after a| X ', 'data ', 'a|<streamed 0>'], () => 'stream'],
  [
    'streamed twice',
    'a X {3}\r\nfoo (y) {2+}\r\nba)\r\n',
    ['stream 3 after a| X ', 'data foo', 'stream 2+ after a|<streamed 3>| (y) ', 'data ba', 'a|<streamed 2>|)'],
    () => 'stream',
  ],
  [
    'a refused synchronising literal never comes',
    'a X {3}\r\nb NOOP\r\n',
    ['refuse 3 after a| X ', 'b| NOOP'],
    () => 'refuse',
  ],
  [
    'a refused other one is swallowed with what follows',
    'a X {3+}\r\nfoo {2+}\r\nxx y\r\nb NOOP\r\n',
    ['refuse 3+ after a| X ', 'b| NOOP'],
    () => 'refuse',
  ],
  [
    'a synchronising literal ends what is swallowed',
    'a X {3+}\r\nfoo {2}\r\nb NOOP\r\n',
    ['refuse 3+ after a| X ', 'b| NOOP'],
    () => 'refuse',
  ],
]

for (const [name, input, said, decide] of cases) {
  test(`framer: ${name}`, () => assert.deepEqual(run([input], decide), said))
  test(`framer: ${name}, octet by octet`, () => assert.deepEqual(run([...input], decide), said))
}

const tight: FramerLimits = { commandOctets: 10, literalOctets: 4 }
const limitCases: [name: string, input: Octets, said: string[]][] = [
  ['a line at the limit', 'a 45678 10\r\n', ['a| 45678 10']],
  ['one more', 'a 45678 101\r\nb NOOP\r\n', ['fault line-too-long a', 'b| NOOP']],
  ['one more, bare LF', 'a 45678 101\nb NOOP\n', ['fault line-too-long a', 'b| NOOP']],
  ['a line without a space has no tag', 'abcdefghijklm\r\nb NOOP\r\n', ['fault line-too-long null', 'b| NOOP']],
  ['texts around literals count together', 'a X {1+}\r\nz12\r\n', ['buffer 1+ after a| X ', 'a| X |<z>|12']],
  ['and one more', 'a X {1+}\r\nz123\r\nb NOOP\r\n', ['buffer 1+ after a| X ', 'fault line-too-long a', 'b| NOOP']],
  [
    'a long line swallows its literal',
    'a 45678 "a" {9+}\r\nb NOOP\r\n! y\r\nc NOOP\r\n',
    ['fault line-too-long a', 'c| NOOP'],
  ],
  ['a long line and a synchronising literal', 'a 45678 "a" {9}\r\nb NOOP\r\n', ['fault line-too-long a', 'b| NOOP']],
  ['literals at the limit', 'a {4+}\r\n1234\r\n', ['buffer 4+ after a| ', 'a| |<1234>']],
  ['one more', 'a {5+}\r\n12345 y\r\nb NOOP\r\n', ['buffer 5+ after a| ', 'fault literal-too-big a', 'b| NOOP']],
  ['one more, synchronising', 'a {5}\r\nb NOOP\r\n', ['buffer 5 after a| ', 'fault literal-too-big a', 'b| NOOP']],
  ['a number beyond all', 'a {99999999999999999999}\r\n', ['fault line-too-long a']],
]
for (const [name, input, said] of limitCases) {
  test(`framer limits: ${name}`, () => {
    assert.deepEqual(run([input], buffer, tight), said)
    assert.deepEqual(run([...input], buffer, tight), said)
  })
}

test('framer: literals together are limited', () => {
  const said = run(['a {3+}\r\nabc {2+}\r\nde\r\nb NOOP\r\n'], buffer, { commandOctets: 100, literalOctets: 4 })
  assert.deepEqual(said.slice(1), ['buffer 2+ after a| |<abc>| ', 'fault literal-too-big a', 'b| NOOP'])
})

test('framer: limits count anew after a streamed literal', () => {
  const message = ' (\\Seen) {3+}\r\nfoo'
  const said = run([`a X {3+}\r\nfoo${message.repeat(50)}\r\n`], () => 'stream', {
    commandOctets: 20,
    literalOctets: 0,
  })
  assert.equal(said.filter(line => line === 'data foo').length, 51)
  assert.equal(said.at(-1), 'a|<streamed 3>')
})

test('framer: limits can be raised', () => {
  const framer = new Framer(tight)
  framer.setLimits(roomy)
  framer.push(bytesOf('a 123456789\r\n'))
  assert.equal(framer.next()?.kind, 'frame')
})

test('framer: decide tells whether the octets are wanted', () => {
  const framer = new Framer(tight)
  framer.push(bytesOf('a {5}\r\n'))
  framer.next()
  assert.throws(() => framer.next(), /awaits a decision/)
  assert.equal(framer.decide('buffer'), false)
  assert.throws(() => framer.decide('buffer'), /no literal/)
})

test('framer: plain lines', () => {
  const framer = new Framer(tight)
  framer.push(bytesOf('a IDLE\r\nDO'))
  assert.equal(framer.next()?.kind, 'frame')
  assert.equal(framer.next(), null)
  assert.equal(framer.nextLine(), null)
  framer.push(bytesOf('NE\r\n\r\n0123456789{2+}\r\nab\r\n=\r\nb NOOP\r\n'))
  assert.equal(framer.nextLine(), 'DONE')
  assert.equal(framer.nextLine(), '')
  assert.throws(() => framer.nextLine(), SyntaxFault)
  assert.equal(framer.nextLine(), '=')
  assert.equal(framer.next()?.kind, 'frame')
})

test('framer: the rest is handed on', () => {
  const framer = new Framer(roomy)
  framer.push(bytesOf('a STARTTLS\r\nb NO'))
  framer.next()
  framer.next()
  framer.push(bytesOf('OP\r\nc'))
  framer.push(bytesOf(' NOOP\r\n'))
  assert.equal(framer.waiting, 16)
  assert.equal(octetsOf(framer.takeRest()), 'b NOOP\r\nc NOOP\r\n')
  assert.equal(framer.waiting, 0)
  assert.equal(framer.takeRest().length, 0)
  framer.push(bytesOf('d NOOP\r\n'))
  assert.equal(framer.next()?.kind, 'frame')
})

test('framer: streamed octets are views of the chunk', () => {
  const framer = new Framer(roomy)
  framer.push(bytesOf('a X {4}\r\n'))
  framer.next()
  framer.decide('stream')
  const chunk = bytesOf('1234')
  framer.push(chunk)
  const event = framer.next()
  assert.equal(event?.kind === 'data' && event.chunk.buffer, chunk.buffer)
})

test('framer: a hundred megabytes stream through, a megabyte comes octet by octet', () => {
  const framer = new Framer(roomy)
  framer.push(bytesOf(`a X {${100 * 1_048_576}}\r\n`))
  framer.next()
  framer.decide('stream')
  const chunk = new Uint8Array(65_536)
  let octets = 0
  for (let i = 0; i < 1600; i++) {
    framer.push(chunk)
    const event = framer.next()
    if (event?.kind === 'data') octets += event.chunk.length
  }
  assert.equal(octets, 100 * 1_048_576)

  const line = new Framer({ commandOctets: 1_048_576, literalOctets: 0 })
  const one = bytesOf('x')
  for (let i = 0; i < 1_000_000; i++) line.push(one)
  assert.equal(line.next(), null)
  line.push(bytesOf('\n'))
  assert.equal(line.next()?.kind, 'frame')
})

const token = fc.constantFrom(
  'a1 ',
  'NOOP',
  '\r\n',
  '\n',
  '\r',
  ' ',
  '{3}\r\n',
  '{3+}\r\n',
  '~{2+}\r\n',
  '{0+}\r\n',
  '{12+}\r\n',
  '"',
  '\\',
  '(',
  'longer text',
  '{',
  '}',
  '\0',
  'é',
)

test('framer: how the input is cut changes nothing', () => {
  const decide: Decide = ({ octets }) => (octets === 12 ? 'stream' : octets === 2 ? 'refuse' : 'buffer')
  fc.assert(
    fc.property(fc.array(token, { maxLength: 60 }), fc.array(fc.nat(40), { maxLength: 60 }), (tokens, cuts) => {
      const whole = tokens.join('')
      const chunks: Octets[] = []
      let at = 0
      for (const cut of cuts) {
        chunks.push(whole.slice(at, at + cut))
        at += cut
      }
      chunks.push(whole.slice(at))
      const limits = { commandOctets: 40, literalOctets: 5 }
      const expected = run([whole], decide, limits)
      assert.deepEqual(run(chunks, decide, limits), expected)
      assert.deepEqual(run([...whole], decide, limits), expected)
    }),
    { numRuns: 500 },
  )
})
