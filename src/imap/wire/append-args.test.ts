import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, octetsOf } from '#base/bytes.ts'
import { SyntaxFault } from '#base/errors.ts'
import { Flag } from '#ports/metadata.ts'
import {
  type AppendProgress,
  type AppendState,
  parseAppendNext,
  parseAppendStart,
  parseReplaceStart,
} from './append-args.ts'
import { type Frame, Framer } from './framer.ts'
import { Args } from './reader.ts'

const limits = { commandOctets: 1000, literalOctets: 1000 }

/** Reads a command as a session would; tells the steps and, in <>, the octets that streamed. */
function read(command: string): string {
  const framer = new Framer(limits)
  framer.push(bytesOf(command))
  const told: string[] = []
  let state: AppendState | null = null

  const parse = (frame: Frame, announced: boolean): AppendProgress => {
    const args = new Args(frame)
    if (state !== null) return parseAppendNext(args, state, announced)
    args.space()
    if (args.word() === 'REPLACE') return note(parseReplaceStart(args, announced))
    return note(parseAppendStart(args, announced))
  }
  let named: string | null = null
  const note = <T extends AppendProgress & { mailbox: string | null; replaced?: number }>(start: T): T => {
    named = start.replaced === undefined ? `${start.mailbox}:` : `${start.mailbox} for ${start.replaced}:`
    return start
  }
  const take = (progress: AppendProgress) => {
    if (named !== null) told.push(named)
    named = null
    for (const step of progress.steps) {
      if (step.step !== 'message') told.push(step.step === 'url' ? `url ${step.url}` : step.step)
      else
        told.push(
          `${step.catenate ? 'catenate' : 'message'} ${step.flags.flags} ${step.flags.keywords} ${step.date?.at ?? 'now'}`,
        )
    }
  }
  for (let event = framer.next(); event !== null; event = framer.next()) {
    switch (event.kind) {
      case 'literal': {
        const progress = parse(event.soFar, true)
        assert.notEqual(progress.next, 'end')
        if (progress.next === 'stream') {
          take(progress)
          state = progress.state
        }
        framer.decide(progress.next === 'stream' ? 'stream' : 'buffer')
        break
      }
      case 'data':
        told.push(`<${octetsOf(event.chunk)}>`)
        break
      case 'frame': {
        const progress = parse(event.frame, false)
        assert.equal(progress.next, 'end')
        take(progress)
        return told.join(' ')
      }
      case 'fault':
        throw new Error(event.reason)
    }
  }
  throw new Error('the command did not end')
}

const seen = Flag.seen
const cases: [name: string, command: string, told: string][] = [
  ['only a message', 'a APPEND x {3}\r\nfoo\r\n', 'x: message 0  now <foo> done'],
  [
    'flags and date',
    'a APPEND x (\\Seen k) " 1-Jan-1970 00:00:01 +0000" {3}\r\nfoo\r\n',
    `x: message ${seen} k 1000 <foo> done`,
  ],
  ['as iOS writes the day', 'a APPEND x "1-Jan-1970 00:00:01 +0000" {3}\r\nfoo\r\n', 'x: message 0  1000 <foo> done'],
  ['empty flags, as offlineimap', 'a APPEND x () {0}\r\n\r\n', 'x: message 0  now <> done'],
  ['a name as literal', 'a APPEND {1}\r\nx {3+}\r\nfoo\r\n', 'x: message 0  now <foo> done'],
  ['literal8', 'a APPEND x ~{3}\r\nf\0o\r\n', 'x: message 0  now <f\0o> done'],
  [
    'several',
    'a APPEND x {1}\r\n1 (\\Seen) {1}\r\n2 {1}\r\n3\r\n',
    `x: message 0  now <1> done message ${seen}  now <2> done message 0  now <3> done`,
  ],
  ['UTF8', 'a APPEND x UTF8 (~{3}\r\nfoo)\r\n', 'x: message 0  now <foo> done'],
  [
    'UTF8 and another',
    'a APPEND x UTF8 (~{3}\r\nfoo) {1}\r\n2\r\n',
    'x: message 0  now <foo> done message 0  now <2> done',
  ],
  [
    'CATENATE of texts',
    'a APPEND x CATENATE (TEXT {1}\r\n1 TEXT {1}\r\n2)\r\n',
    'x: catenate 0  now text <1> text <2> done',
  ],
  [
    'CATENATE of URLs',
    'a APPEND x (\\Seen) CATENATE (URL "/a" URL /b)\r\n',
    `x: catenate ${seen}  now url /a url /b done`,
  ],
  [
    'CATENATE of both',
    'a APPEND x CATENATE (URL "/a" TEXT {1}\r\n1 URL "/b" TEXT {1}\r\n2 URL "/c" )\r\n',
    'x: catenate 0  now url /a text <1> url /b text <2> url /c done',
  ],
  [
    'CATENATE with a URL as literal',
    'a APPEND x CATENATE (TEXT {1}\r\n1 URL {2}\r\n/b TEXT {1}\r\n2)\r\n',
    'x: catenate 0  now text <1> url /b text <2> done',
  ],
  [
    'CATENATE with UTF8',
    'a APPEND x CATENATE (UTF8 (~{1}\r\n1) TEXT {1}\r\n2)\r\n',
    'x: catenate 0  now text <1> text <2> done',
  ],
  [
    'CATENATE and another',
    'a APPEND x CATENATE (TEXT {1}\r\n1) (\\Seen) {1}\r\n2\r\n',
    `x: catenate 0  now text <1> done message ${seen}  now <2> done`,
  ],
  ['REPLACE', 'a REPLACE 4 x (\\Seen) {1}\r\n1\r\n', `x for 4: message ${seen}  now <1> done`],
  ['REPLACE the last', 'a REPLACE * {1}\r\nx {1}\r\n1\r\n', 'x for Infinity: message 0  now <1> done'],
  ['REPLACE with CATENATE', 'a REPLACE 4 x CATENATE (URL /a)\r\n', 'x for 4: catenate 0  now url /a done'],
]
for (const [name, command, told] of cases) test(`APPEND: ${name}`, () => assert.equal(read(command), told))

const faults: [name: string, command: string][] = [
  ['nothing', 'a APPEND\r\n'],
  ['no message', 'a APPEND x\r\n'],
  ['no message after a date', 'a APPEND x "1-Jan-1970 00:00:01 +0000"\r\n'],
  ['a message in quotes', 'a APPEND x "foo"\r\n'],
  ['flags after the date', 'a APPEND x "1-Jan-1970 00:00:01 +0000" (\\Seen) {1}\r\n1\r\n'],
  ['no space before the literal', 'a APPEND x (\\Seen){1}\r\n1\r\n'],
  ['no space before the next message', 'a APPEND x {1}\r\n1{1}\r\n2\r\n'],
  ['more after the message', 'a APPEND x {1}\r\n1 (\\Seen)\r\n'],
  ['text after the message', 'a APPEND x {1}\r\n1x\r\n'],
  ['UTF8 that does not end', 'a APPEND x UTF8 (~{1}\r\n1\r\n'],
  ['CATENATE of nothing', 'a APPEND x CATENATE ()\r\n'],
  ['CATENATE that does not end', 'a APPEND x CATENATE (TEXT {1}\r\n1\r\n'],
  ['CATENATE that ends in a space', 'a APPEND x CATENATE (URL "/a" \r\n'],
  ['CATENATE without a kind', 'a APPEND x CATENATE ({1}\r\n1)\r\n'],
  ['CATENATE with a bare literal after UTF', 'a APPEND x CATENATE (UNKNOWN {1}\r\n1)\r\n'],
  ['CATENATE with a bare literal after U', 'a APPEND x CATENATE (TEXT {1}\r\n1 FOO "/a")\r\n'],
  ['REPLACE of several', 'a REPLACE 1:2 x {1}\r\n1\r\n'],
  ['REPLACE of nothing', 'a REPLACE 0 x {1}\r\n1\r\n'],
  ['REPLACE with two messages', 'a REPLACE 1 x {1}\r\n1 {1}\r\n2\r\n'],
]
for (const [name, command] of faults) {
  test(`APPEND is not understood: ${name}`, () => assert.throws(() => read(command), SyntaxFault))
}
