import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesOf, type Octets } from '#base/bytes.ts'
import { Refusal, SyntaxFault } from '#base/errors.ts'
import { type AppendProgress, parseAppendNext, parseAppendStart, parseReplaceStart } from '#imap/wire/append-args.ts'
import { parseFetchArgs } from '#imap/wire/fetch-args.ts'
import { type FrameEvent, Framer } from '#imap/wire/framer.ts'
import { parseListArgs, parsePlainListArgs } from '#imap/wire/list-args.ts'
import { Args } from '#imap/wire/reader.ts'
import { parseSearchArgs } from '#imap/wire/search-args.ts'
import { parseSelectArgs } from '#imap/wire/select-args.ts'
import { parseSortArgs, parseThreadArgs } from '#imap/wire/sort-args.ts'
import { parseStatusArgs } from '#imap/wire/status-args.ts'
import { parseStoreArgs } from '#imap/wire/store-args.ts'

// FUZZ_RUNS inputs a test (the usual 60,000 take about ten seconds in all); FUZZ_SEED repeats a run.
const runs = Number(process.env.FUZZ_RUNS ?? 60_000)
const seed = process.env.FUZZ_SEED
const parameters = { numRuns: runs, ...(seed === undefined ? {} : { seed: Number(seed) }) }

const parsers: Readonly<Record<string, (args: Args) => unknown>> = {
  FETCH: parseFetchArgs,
  SEARCH: parseSearchArgs,
  SORT: parseSortArgs,
  THREAD: parseThreadArgs,
  LIST: parseListArgs,
  LSUB: parsePlainListArgs,
  SELECT: parseSelectArgs,
  STATUS: parseStatusArgs,
  STORE: parseStoreArgs,
  APPEND: args => parseAppendStart(args, false),
  REPLACE: args => parseReplaceStart(args, false),
}

const seeds: readonly Octets[] = [
  'a FETCH 1:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (From To)]<0.100>) (CHANGEDSINCE 5 VANISHED)\r\n',
  'a FETCH 1,3:5 (BODY[1.2.MIME] BINARY.PEEK[1]<1.2> PREVIEW (LAZY)) (PARTIAL -1:-10)\r\n',
  'a FETCH 1 BODY[HEADER.FIELDS.NOT ({3+}\r\nX-A)]\r\n',
  'a SEARCH RETURN (MIN MAX PARTIAL 1:5) CHARSET KOI8-R OR (FROM {2+}\r\n\xc4\xc1 UNSEEN) NOT 1:5,* SINCE 1-Feb-2024\r\n',
  'a SEARCH MODSEQ "/flags/\\\\seen" all 5 UID $ HEADER Subject "a \\"b\\"" YOUNGER 5 LARGER 9999999999\r\n',
  'a SORT RETURN (COUNT) (REVERSE DATE SUBJECT) UTF-8 ALL\r\n',
  'a THREAD REFERENCES UTF-8 TEXT "gr\xc3\xbc\xc3\x9fe"\r\n',
  'a LIST (SUBSCRIBED RECURSIVEMATCH) "" ("*" Entw&APw-rfe/%) RETURN (STATUS (MESSAGES UNSEEN) CHILDREN)\r\n',
  'a LSUB "" "INBOX/%"\r\n',
  'a SELECT "a/b" (QRESYNC (7 9 1:5,7 (1,2 3,4)) CONDSTORE)\r\n',
  'a STATUS {5}\r\ninbox (MESSAGES UIDNEXT SIZE)\r\n',
  'a STORE 1:5 (UNCHANGEDSINCE 7) +FLAGS.SILENT (\\Seen $Junk)\r\n',
  'a APPEND x (\\Seen) " 1-Jan-2025 10:00:00 +0100" {5}\r\nhello (x) ~{3+}\r\nfoo\r\n',
  'a APPEND {1+}\r\nx CATENATE (URL "/a" TEXT {3}\r\nfoo URL {2+}\r\n/b UTF8 (~{1}\r\nx)) {0}\r\n\r\n',
  'a REPLACE 5 x CATENATE (TEXT {3+}\r\nfoo)\r\n',
]

const octet = fc.nat(255).map(c => String.fromCharCode(c))
const junk = fc.oneof(
  octet,
  fc.constantFrom(
    ' ',
    '(',
    ')',
    '"',
    '\\',
    '*',
    '$',
    ':',
    ',',
    '[',
    ']',
    '<0.1>',
    '\r\n',
    '\n',
    '\0',
    'NIL',
    '4294967296',
    '99999999999999999999',
    '{3}\r\n',
    '{3+}\r\n',
    '~{3+}\r\n',
    '&',
    '&AOQ-',
    '((((((((',
    'NOT NOT ',
    'OR ',
    'RETURN (',
    'CHARSET UTF-16 ',
  ),
)

type Edit = { at: number; drop: number; put: string }
const edit: fc.Arbitrary<Edit> = fc.record({ at: fc.nat(120), drop: fc.nat(8), put: fc.oneof(fc.constant(''), junk) })

const mutated = fc
  .array(fc.tuple(fc.constantFrom(...seeds), fc.array(edit, { maxLength: 4 })), { minLength: 1, maxLength: 4 })
  .map(commands =>
    commands
      .map(([text, edits]) =>
        edits.reduce((now, { at, drop, put }) => now.slice(0, at) + put + now.slice(at + drop), text),
      )
      .join(''),
  )

const limits = { commandOctets: 300, literalOctets: 50 }

/** Runs something as the session's loop would: what it throws must be a fault or a refusal. */
function answer<T>(parse: () => T): T | string {
  try {
    return parse()
  } catch (error) {
    if (error instanceof SyntaxFault || error instanceof Refusal) return `${error.name} ${error.message}`
    throw error
  }
}

/** A session reduced to reading. What it says must not hang on how the input was cut. */
class Session {
  readonly said: unknown[] = []
  readonly #framer = new Framer(limits)
  readonly #utf8: boolean
  #append: AppendProgress | null = null
  #streamed: Octets = ''

  constructor(utf8: boolean) {
    this.#utf8 = utf8
  }

  push(chunk: Octets): void {
    this.#framer.push(bytesOf(chunk))
    for (let event = this.#framer.next(); event !== null; event = this.#framer.next()) this.#take(event)
  }

  #take(event: FrameEvent): void {
    switch (event.kind) {
      case 'fault':
        this.#append = null
        this.said.push(event)
        break
      case 'data':
        this.#streamed += Buffer.from(event.chunk).toString('latin1')
        if (event.last) {
          this.said.push(this.#streamed)
          this.#streamed = ''
        }
        break
      case 'literal': {
        const progress = this.#isAppend(event.soFar) ? answer(() => this.#parseAppend(event.soFar, true)) : null
        if (typeof progress === 'string') {
          this.said.push(progress)
          this.#framer.decide('refuse')
          this.#append = null
        } else if (progress?.next === 'stream') {
          this.said.push(progress)
          this.#framer.decide('stream')
          this.#append = progress
        } else this.#framer.decide('buffer')
        break
      }
      case 'frame':
        if (this.#isAppend(event.frame)) this.said.push(answer(() => this.#parseAppend(event.frame, false)))
        else this.said.push(answer(() => parsers[this.#verb(event.frame)]?.(this.#args(event.frame)) ?? 'unknown'))
        this.#append = null
    }
  }

  #isAppend(frame: Frame): boolean {
    return this.#append !== null || /^(?:APPEND|REPLACE)$/.test(this.#verb(frame))
  }

  #parseAppend(frame: Frame, announced: boolean): AppendProgress {
    if (this.#append?.next === 'stream')
      return parseAppendNext(new Args(frame, this.#utf8), this.#append.state, announced)
    const parse = this.#verb(frame) === 'APPEND' ? parseAppendStart : parseReplaceStart
    return parse(this.#args(frame), announced)
  }

  #verb(frame: Frame): string {
    const word = /^ ([A-Z]+)/i.exec(typeof frame.pieces[0] === 'string' ? frame.pieces[0] : '')
    return word?.[1]?.toUpperCase() ?? ''
  }

  #args(frame: Frame): Args {
    const args = new Args(frame, this.#utf8)
    args.space()
    args.atom()
    return args
  }
}

type Frame = Extract<FrameEvent, { kind: 'frame' }>['frame']

test('mutated commands: faults and refusals only, and the same however they are cut', () => {
  fc.assert(
    fc.property(mutated, fc.array(fc.integer({ min: 1, max: 30 })), fc.boolean(), (input, cuts, utf8) => {
      const whole = new Session(utf8)
      whole.push(input)
      const parted = new Session(utf8)
      let at = 0
      for (const cut of cuts) {
        parted.push(input.slice(at, at + cut))
        at += cut
      }
      parted.push(input.slice(at))
      assert.deepEqual(parted.said, whole.said)
    }),
    parameters,
  )
})

test('random arguments: faults and refusals only', () => {
  const word = fc.constantFrom(
    'ALL',
    'UID',
    'BODY[',
    'HEADER.FIELDS',
    'FLAGS',
    '1:*',
    'FROM',
    'QRESYNC',
    'x',
    'TEXT',
    '"a b"',
  )
  const text = fc.array(fc.oneof(junk, word, fc.constant(' ')), { maxLength: 30 }).map(parts => ` ${parts.join('')}`)
  fc.assert(
    fc.property(text, fc.boolean(), (argument, utf8) => {
      for (const parse of Object.values(parsers)) answer(() => parse(Args.of(argument, utf8)))
    }),
    parameters,
  )
})

test('long input costs no more than its length', () => {
  const long = 200_000
  const inputs: readonly Octets[] = [
    ` ${'1,'.repeat(long)}1`,
    ` ${'('.repeat(long)}`,
    ` ${'NOT '.repeat(long)}`,
    ` 1 BODY[${'1.'.repeat(long)}`,
    ` 1 (${'FLAGS '.repeat(long)})`,
    ` 1 FLAGS (${'x '.repeat(long)})`,
    ` "${'\\"'.repeat(long)}" x`,
    ` "${'a'.repeat(long)}`,
    ` ${'&'.repeat(long)} *`,
    ` ${'&AOQ-'.repeat(long)} *`,
    ` ${' '.repeat(long)}x${' '.repeat(long)}`,
    ` x (${'MESSAGES '.repeat(long)})`,
    ` ${'9'.repeat(long)} x`,
    ` ${'0'.repeat(long)}1 FLAGS`,
    ` 1 PREVIEW${' '.repeat(long)}`,
  ]
  for (const input of inputs) {
    for (const [name, parse] of Object.entries(parsers)) {
      const start = performance.now()
      answer(() => parse(Args.of(input)))
      const ms = performance.now() - start
      assert.ok(ms < 1_500, `${name} took ${ms} ms for ${input.slice(0, 20)}`)
    }
  }
})
