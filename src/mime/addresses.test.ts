import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { limits } from '#base/limits.ts'
import { readAddresses } from './addresses.ts'
import type { Address } from './facts.ts'

/** `name | route | mailbox @ host`, '-' for null. */
const show = ({ name, route, mailbox, host }: Address) =>
  `${name ?? '-'}|${route ?? '-'}|${mailbox ?? '-'}@${host ?? '-'}`

const cases: [name: string, text: string, shown: string[]][] = [
  ['nothing', '', []],
  ['bare', 'user@domain', ['-|-|user@domain']],
  ['name and angle', 'Real Name <user@domain>', ['Real Name|-|user@domain']],
  ['quoted name with comma', '"Doe, John" <j@d.org>, k@d.org', ['Doe, John|-|j@d.org', '-|-|k@d.org']],
  ['quoted pairs', '"a \\"b\\" \\\\c" <x@y>', ['a "b" \\c|-|x@y']],
  ['name in a comment', 'user@domain (Real Name)', ['Real Name|-|user@domain']],
  ['comment after angle is no name', 'A <user@domain> (work), b@c', ['A|-|user@domain', '-|-|b@c']],
  ['comment inside angle', '<user(x)@domain(y)>', ['-|-|user@domain']],
  ['nested comment', 'u@d (a (b) c)', ['a (b) c|-|u@d']],
  ['route', '<@route:user@domain>', ['-|@route|user@domain']],
  ['route of two hosts', 'N <@a,@b:user@domain>', ['N|@a,@b|user@domain']],
  [
    'groups',
    'group: g1@d1.org, g2@d2.org;, group2: g3@d3.org;',
    ['-|-|group@-', '-|-|g1@d1.org', '-|-|g2@d2.org', '-|-|-@-', '-|-|group2@-', '-|-|g3@d3.org', '-|-|-@-'],
  ],
  ['empty group', 'undisclosed-recipients:;', ['-|-|undisclosed-recipients@-', '-|-|-@-']],
  ['group that never ends', 'team: a@b', ['-|-|team@-', '-|-|a@b', '-|-|-@-']],
  ['quoted group name', '"A: b": c@d;', ['-|-|A: b@-', '-|-|c@d', '-|-|-@-']],
  ['no host', 'postmaster', ['-|-|postmaster@']],
  ['no host in brackets', 'X <postmaster>', ['X|-|postmaster@']],
  ['words without address', 'Foo Bar', ['-|-|Foo Bar@']],
  ['empty path', '<>', []],
  ['name with empty path', 'Nobody <>', ['Nobody|-|@']],
  ['stray commas', ',, a@b,, ,c@d,', ['-|-|a@b', '-|-|c@d']],
  ['semicolons between', 'a@b; c@d', ['-|-|a@b', '-|-|c@d']],
  ['bracket that never closes', 'A <a@b, C <c@d>', ['A|-|a@b', 'C|-|c@d']],
  ['double brackets', 'A <<a@b>>, c@d', ['A|-|a@b', '-|-|c@d']],
  ['brackets forgotten', 'John Doe john@doe.org', ['John Doe|-|john@doe.org']],
  ['space around at', 'john @ doe.org', ['-|-|john@doe.org']],
  ['quoted local part', '"john doe"@x.org', ['-|-|john doe@x.org']],
  ['two at signs', 'a@b@c', ['-|-|a@b@c']],
  ['domain literal', 'u@[127.0.0.1], v@[IPv6:::1]', ['-|-|u@[127.0.0.1]', '-|-|v@[IPv6:::1]']],
  ['encoded word with comma', '=?utf-8?Q?Doe,_J?= <a@b>', ['=?utf-8?Q?Doe,_J?=|-|a@b']],
  ['initial with dot', 'John Q. Public <j@p>', ['John Q. Public|-|j@p']],
  ['missing comma', 'A <a@b> C <c@d>', ['A|-|a@b', 'C|-|c@d']],
  ['8-bit name', '\xc3\xa0 <a@b>', ['\xc3\xa0|-|a@b']],
  ['unclosed quote', '"abc <a@b>', ['-|-|abc <a@b>@']],
  ['unclosed comment', 'a@b (abc', ['abc|-|a@b']],
]

for (const [name, text, shown] of cases) {
  test(`readAddresses: ${name}`, () => assert.deepEqual(readAddresses(text).map(show), shown))
}

test('readAddresses: as many as the limit, and no more', () => {
  const list = (count: number) => Array.from({ length: count }, (_, i) => `u${i}@d`).join(',')
  assert.equal(readAddresses(list(limits.addressesPerField)).length, limits.addressesPerField)
  assert.equal(readAddresses(list(limits.addressesPerField + 1)).length, limits.addressesPerField)
})

test('readAddresses: groups open and close in turn, whatever the text', () => {
  const piece = fc.constantFrom(
    'a',
    '@',
    '<',
    '>',
    ',',
    ';',
    ':',
    '"',
    '\\',
    '(',
    ')',
    '[',
    ']',
    ' ',
    '.',
    '=?u?q?x?=',
    '\xe9',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
      let open = false
      for (const { mailbox, host } of readAddresses(pieces.join(''))) {
        if (host !== null) assert.notEqual(mailbox, null)
        else {
          assert.equal(mailbox === null, open)
          open = !open
        }
      }
      assert.equal(open, false)
    }),
    { numRuns: 2000 },
  )
})
