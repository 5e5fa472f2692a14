/** The judge of the transcripts is judged: what clients' parsers break on is not let through, what they take is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReplyGrammar } from '#test/reply-grammar.ts'

const wrong: [name: string, text: string, literals?: string[]][] = [
  ['FETCH of nothing', '* 1 FETCH ()'],
  ['FETCH of number 0', '* 0 FETCH (UID 1)'],
  ['flags without a space', String.raw`* LIST (\Sent\HasNoChildren) "/" "Sent"`],
  ['no text behind a code', 'a1 OK [READ-WRITE]'],
  ['no text at all', 'a1 OK '],
  ['a code without its end', 'a1 OK [COPYUID 1 2 3 done'],
  ['a continuation without a space', '+'],
  ['an item nobody knows', '* 1 FETCH (NONSENSE 1)'],
  ['an item without a value', '* 1 FETCH (UID)'],
  ['two spaces', '* 1 FETCH (UID 1  FLAGS ())'],
  ['a quote that is not escaped', '* 1 FETCH (PREVIEW "a"b")'],
  ['8-bit in a quoted string', '* 1 FETCH (PREVIEW "\xc3\xbc")'],
  ['a literal of another length', '* 1 FETCH (BODY[] {3})', ['ab']],
  ['NUL in a literal', '* 1 FETCH (BODY[] {1})', ['\0']],
  ['an envelope of nine', '* 1 FETCH (ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL))'],
  ['an empty address list', '* 1 FETCH (ENVELOPE (NIL NIL () NIL NIL NIL NIL NIL NIL NIL))'],
  ['a multipart without parts', '* 1 FETCH (BODY ("MIXED"))'],
  ['half a parameter', '* 1 FETCH (BODY ("TEXT" "PLAIN" ("CHARSET") NIL NIL "7BIT" 1 1))'],
  ['text without lines', '* 1 FETCH (BODY ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1))'],
  ['a date without zone', '* 1 FETCH (INTERNALDATE "01-Jan-2026 00:00:00")'],
  ['a name as an atom', '* LIST () "/" Sent'],
  ['a lone thread in a thread', '* THREAD (1 (2))'],
  ['a search with a trailing space', '* SEARCH 1 '],
  ['ESEARCH with an item unknown', '* ESEARCH (TAG "a") SUM 3'],
  ['VANISHED of nothing', '* VANISHED '],
]

const right: [name: string, text: string, literals?: string[]][] = [
  ['a continuation without text', '+ '],
  ['a code with a quoted string', 'a1 NO [BADURL /x;y/z] No'],
  ['octets that are NUL in literal8', '* 1 FETCH (BINARY[1] ~{1})', ['\0']],
  ['a nested thread', '* THREAD (2)(3 6 (4 23)(44 7 96))((1)(5))'],
  [
    'a message in a message',
    '* 1 FETCH (BODY ("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 9 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1) 3))',
  ],
  ['a section with fields', '* 1 FETCH (BODY[1.2.HEADER.FIELDS.NOT (X-A "b c")]<5> NIL)'],
  ['an old name', '* LIST () "/" "b" ("OLDNAME" ("a"))'],
]

const reply = (text: string, literals: readonly string[] = []) => ({
  text,
  literals: literals.map(octets => Buffer.from(octets, 'latin1')),
})

for (const [name, text, literals] of wrong) {
  test(`reply grammar: ${name} is refused`, () => {
    assert.throws(() => new ReplyGrammar().check(reply(text, literals)), /not of the grammar/)
  })
}

for (const [name, text, literals] of right) {
  test(`reply grammar: ${name} is taken`, () => new ReplyGrammar().check(reply(text, literals)))
}

test('reply grammar: quotes may hold UTF-8 once that is enabled, and nothing else', () => {
  const grammar = new ReplyGrammar()
  grammar.check(reply('* ENABLED UTF8=ACCEPT'))
  grammar.check(reply('* 1 FETCH (PREVIEW "\xc3\xbc")'))
  assert.throws(() => grammar.check(reply('* 1 FETCH (PREVIEW "\xfc")')), /not of the grammar/)
})
