import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Flag } from '#ports/metadata.ts'
import { type Delivery, openMemoryMail } from '#test/memory-mail.ts'
import { type SearchRequest, search } from './search.ts'
import { Pace } from './search-pace.ts'
import type { SearchKey } from './search-program.ts'

const DAY_MS = 86_400_000
const day = (text: string) => Date.parse(`${text}T00:00:00Z`) / DAY_MS
const NOW = Date.UTC(2026, 0, 1)

const request = (program: SearchKey, more: Partial<SearchRequest> = {}): SearchRequest => ({
  program,
  saved: new Uint32Array(0),
  numberOf: id => Number(id),
  limit: null,
  most: null,
  pace: new Pace(),
  ...more,
})

/** Six messages that differ in everything a key can ask. */
const mailbox: readonly Delivery[] = [
  {
    octets:
      'From: "Smith, John" <john@example.com>\r\nTo: alice@example.org\r\nSubject: Lunch on Friday\r\n' +
      'Date: Thu, 3 Feb 1994 23:30:00 -0800\r\nMessage-ID: <1@example.com>\r\n\r\nShall we meet?\r\n',
    flags: Flag.seen | Flag.flagged,
    keywords: ['$Work'],
    // 2 February there, 3 February in UTC.
    receivedAt: Date.UTC(1994, 1, 3, 5),
    zone: -480,
  },
  {
    octets:
      'From: =?koi8-r?B?58/S?= <gor@example.ru>\r\nTo: bob@example.org\r\nCc: Carol <carol@example.org>\r\n' +
      'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe_aus?=\r\n =?utf-8?Q?_K=C3=B6ln?=\r\nDate: Fri, 4 Feb 1994 09:00:00 +0000\r\n' +
      'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n' +
      `${Buffer.from('Der Zug fährt über die Brücke.').toString('base64')}\r\n`,
    flags: 0,
    keywords: ['$work', 'Urgent'],
    receivedAt: Date.UTC(1994, 1, 4, 9),
  },
  {
    octets:
      'From: bare@example.net\r\nSubject: no date\r\nX-Empty:\r\nContent-Type: text/html; charset=iso-8859-1\r\n' +
      'Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>caf=E9 <b>soc</b>iety</p>\r\n',
    flags: Flag.deleted,
    receivedAt: NOW - 3600_000,
  },
  {
    octets:
      'From: list@example.net\r\nBcc: hidden@example.net\r\nSubject: parts\r\nDate: Sat, 5 Feb 1994 00:10:00 +0900\r\n' +
      'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nfirst part\r\n' +
      '--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner words\r\n\r\ninside\r\n--b--\r\n',
    flags: Flag.answered | Flag.seen,
    receivedAt: NOW - 10 * DAY_MS,
  },
  { octets: 'no header at all\r\n', flags: Flag.draft, receivedAt: NOW },
  { octets: `Subject: big\r\n\r\n${'x'.repeat(5000)}\r\n`, flags: 0, receivedAt: NOW - 60_000 },
]

const flag = (bit: number, set = true): SearchKey => ({ key: 'FLAG', flag: bit, set })
const header = (field: string, text: string): SearchKey => ({ key: 'HEADER', field, text })

const cases: [name: string, program: SearchKey, expected: number[]][] = [
  ['ALL', { key: 'ALL' }, [1, 2, 3, 4, 5, 6]],
  ['a flag', flag(Flag.seen), [1, 4]],
  ['a flag not set', flag(Flag.seen, false), [2, 3, 5, 6]],
  ['a keyword in any case', { key: 'KEYWORD', keyword: '$WORK', set: true }, [1, 2]],
  ['a keyword not set', { key: 'KEYWORD', keyword: 'urgent', set: false }, [1, 3, 4, 5, 6]],
  ['SINCE takes the day where it was received', { key: 'SINCE', day: day('1994-02-03') }, [2, 3, 4, 5, 6]],
  ['ON takes the day where it was received', { key: 'ON', day: day('1994-02-02') }, [1]],
  ['BEFORE leaves its day out', { key: 'BEFORE', day: day('1994-02-04') }, [1]],
  ['SENTON takes the day where it was sent', { key: 'SENTON', day: day('1994-02-03') }, [1]],
  ['SENTSINCE passes over what has no date', { key: 'SENTSINCE', day: day('1994-02-04') }, [2, 4]],
  [
    'NOT SENTSINCE has what has no date',
    { key: 'NOT', of: { key: 'SENTSINCE', day: day('1994-02-04') } },
    [1, 3, 5, 6],
  ],
  ['SENTBEFORE', { key: 'SENTBEFORE', day: day('1994-02-05') }, [1, 2]],
  ['SAVEDON', { key: 'SAVEDON', day: day('2026-01-01') }, [1, 2, 3, 4, 5, 6]],
  ['SAVEDBEFORE', { key: 'SAVEDBEFORE', day: day('2026-01-01') }, []],
  ['SAVEDATESUPPORTED', { key: 'SAVEDATESUPPORTED' }, [1, 2, 3, 4, 5, 6]],
  ['YOUNGER has its bound', { key: 'YOUNGER', seconds: 3600 }, [3, 5, 6]],
  ['OLDER has its bound', { key: 'OLDER', seconds: 3600 }, [1, 2, 3, 4]],
  ['LARGER', { key: 'LARGER', octets: 5000 }, [6]],
  ['SMALLER is strict', { key: 'SMALLER', octets: 'no header at all\r\n'.length }, []],
  [
    'UID with * and a missing end',
    {
      key: 'UID',
      set: [
        [5, Infinity],
        [900, 800],
      ],
    },
    [5, 6],
  ],
  ['UID 900:* is the last', { key: 'UID', set: [[900, Infinity]] }, [6]],
  [
    'SEQ above the last names nothing',
    {
      key: 'SEQ',
      set: [
        [2, 2],
        [3000, 3021],
      ],
    },
    [2],
  ],
  ['$', { key: 'SEQ', set: 'saved' }, [2, 6]],
  ['UIDAFTER', { key: 'UIDAFTER', uid: 4 }, [5, 6]],
  ['UIDAFTER 0', { key: 'UIDAFTER', uid: 0 }, [1, 2, 3, 4, 5, 6]],
  ['UIDBEFORE 1', { key: 'UIDBEFORE', uid: 1 }, []],
  ['EMAILID of none', { key: 'EMAILID', id: '999' }, []],
  ['MODSEQ above all', { key: 'MODSEQ', modseq: 1_000_000 }, []],
  ['FROM in quotes', header('From', 'smith, JOHN'), [1]],
  ['FROM by address', header('from', '@EXAMPLE.COM'), [1]],
  ['FROM decoded from KOI8-R', header('From', 'гор'), [2]],
  ['SUBJECT over two encoded words', header('Subject', 'GRÜSSE AUS KÖLN'), [2]],
  ['CC', header('Cc', 'carol'), [2]],
  ['BCC', header('Bcc', 'hidden'), [4]],
  ['a field that is there', header('x-empty', ''), [3]],
  ['a field that has a value', header('Subject', ''), [1, 2, 3, 4, 6]],
  ['a message id', header('Message-Id', '<1@example.com>'), [1]],
  ['a field by its name only', header('Sub', ''), []],
  ['BODY in base64', { key: 'BODY', text: 'ÜBER DIE BRÜCKE' }, [2]],
  ['BODY of HTML without its tags', { key: 'BODY', text: 'café society' }, [3]],
  ['BODY is not the header', { key: 'BODY', text: 'Lunch' }, []],
  ['BODY of an embedded message', { key: 'BODY', text: 'inner words' }, [4]],
  [
    'TEXT has header and body',
    {
      key: 'OR',
      of: [
        { key: 'TEXT', text: 'lunch' },
        { key: 'TEXT', text: 'meet' },
      ],
    },
    [1],
  ],
  ['BODY with nothing to look for', { key: 'BODY', text: '' }, [1, 2, 3, 4, 5, 6]],
  ['AND', { key: 'AND', of: [header('From', 'example'), flag(Flag.seen)] }, [1, 4]],
  ['NOT of AND', { key: 'NOT', of: { key: 'AND', of: [header('From', 'example'), flag(Flag.seen)] } }, [2, 3, 5, 6]],
  ['OR of text and flag', { key: 'OR', of: [header('Subject', 'big'), flag(Flag.deleted)] }, [3, 6]],
  ['NOT NOT', { key: 'NOT', of: { key: 'NOT', of: flag(Flag.draft) } }, [5]],
]

test('search: what keys match', async t => {
  await using box = await openMemoryMail({ now: () => NOW })
  await box.deliver(...mailbox)
  const view = await box.select()
  const saved = Uint32Array.of(2, 6, 77)
  for (const [name, program, expected] of cases) {
    await t.test(name, async () => {
      const { positions } = await search(box.mail, view, request(program, { saved }))
      assert.deepEqual(
        [...positions].map(at => view.uidAt(at + 1)),
        expected,
      )
    })
  }
})

test('search: a message expunged elsewhere is matched as it was while the session counts it', async () => {
  await using box = await openMemoryMail({ now: () => NOW })
  await box.deliver(...mailbox)
  const view = await box.select()
  await box.mail.metadata.expunge(box.mail.account, box.inbox, [[1, 2]], false)
  await box.mail.states.refresh(box.mail.account, view.state)
  view.sync(false)
  const of = async (program: SearchKey) => [...(await search(box.mail, view, request(program))).positions]
  assert.deepEqual(await of(flag(Flag.seen)), [0, 3])
  assert.deepEqual(await of({ key: 'KEYWORD', keyword: 'urgent', set: true }), [1])
  assert.deepEqual(await of({ key: 'SEQ', set: [[1, 3]] }), [0, 1, 2])
  assert.deepEqual(await of(header('Subject', 'köln')), [1])
  assert.deepEqual(await of({ key: 'UID', set: [[1, Infinity]] }), [0, 1, 2, 3, 4, 5])
})

test('search: the limit counts what is examined, newest first', async () => {
  await using box = await openMemoryMail({ now: () => NOW })
  await box.deliver(...mailbox)
  const view = await box.select()
  const limited = async (program: SearchKey, limit: number) => {
    const { positions, lowest } = await search(box.mail, view, request(program, { limit }))
    return { found: [...positions].map(at => at + 1), lowest }
  }
  assert.deepEqual(await limited({ key: 'ALL' }, 6), { found: [1, 2, 3, 4, 5, 6], lowest: null })
  assert.deepEqual(await limited({ key: 'ALL' }, 5), { found: [2, 3, 4, 5, 6], lowest: 2 })
  const seen: SearchKey = { key: 'AND', of: [{ key: 'UID', set: [[1, 4]] }, flag(Flag.seen)] }
  assert.deepEqual(await limited(seen, 4), { found: [1, 4], lowest: null })
  assert.deepEqual(await limited(seen, 2), { found: [4], lowest: 3 })
})

test('search: stops when enough was found, from either end', async () => {
  await using box = await openMemoryMail({ now: () => NOW })
  await box.deliver(...mailbox)
  const view = await box.select()
  const some = async (program: SearchKey, from: 'first' | 'last', count: number) => {
    const { positions } = await search(box.mail, view, request(program, { most: { from, count } }))
    return [...positions].map(at => at + 1)
  }
  assert.deepEqual(await some({ key: 'ALL' }, 'first', 2), [1, 2])
  assert.deepEqual(await some({ key: 'ALL' }, 'last', 2), [5, 6])
  assert.deepEqual(await some(header('From', 'example'), 'last', 1), [4])
  assert.deepEqual(await some(header('From', 'example'), 'first', 9), [1, 2, 3, 4])
})

test('search: ends with the reason of the signal when nobody waits for it any more', async () => {
  await using box = await openMemoryMail({ now: () => NOW })
  await box.deliver(...Array.from({ length: 2000 }, () => mailbox[1]!))
  const view = await box.select()
  const gone = new AbortController()
  const running = search(box.mail, view, request({ key: 'BODY', text: 'nowhere' }, { pace: new Pace(gone.signal) }))
  setImmediate(() => gone.abort(new Error('gone')))
  await assert.rejects(running, /gone/)
})

/** What a message is, as plainly as can be. */
type Plain = { flags: number; keywords: string[]; at: number; zone: number; subject: string; body: string }

const words = ['alpha', 'Beta', 'gämma', 'δelta'] as const
const plain: fc.Arbitrary<Plain> = fc.record({
  flags: fc.integer({ min: 0, max: 31 }),
  keywords: fc.uniqueArray(fc.constantFrom('one', 'Two', '$three')),
  at: fc.integer({ min: 0, max: 5 * DAY_MS }),
  zone: fc.constantFrom(0, 330, -480),
  subject: fc.constantFrom(...words),
  body: fc.constantFrom(...words),
})

const set = fc.array(fc.tuple(fc.constantFrom(1, 2, 5, 9, Infinity), fc.constantFrom(1, 3, 30, Infinity)), {
  minLength: 1,
  maxLength: 3,
})
const word = fc.constantFrom('ALPHA', 'eta', 'GÄMM', 'zeta', '')
const { program: programs } = fc.letrec<{ program: SearchKey }>(tie => ({
  program: fc.oneof(
    { maxDepth: 4 },
    fc.constant<SearchKey>({ key: 'ALL' }),
    fc.record({ key: fc.constant('FLAG' as const), flag: fc.constantFrom(1, 2, 4), set: fc.boolean() }),
    fc.record({ key: fc.constant('KEYWORD' as const), keyword: fc.constantFrom('ONE', 'two'), set: fc.boolean() }),
    fc.record({ key: fc.constantFrom('SEQ' as const, 'UID' as const), set }),
    fc.record({
      key: fc.constantFrom('BEFORE' as const, 'ON' as const, 'SINCE' as const),
      day: fc.integer({ min: 0, max: 5 }),
    }),
    fc.record({ key: fc.constant('HEADER' as const), field: fc.constant('Subject'), text: word }),
    fc.record({ key: fc.constantFrom('BODY' as const, 'TEXT' as const), text: word }),
    fc.record({ key: fc.constant('NOT' as const), of: tie('program') }),
    fc.record({ key: fc.constant('OR' as const), of: fc.tuple(tie('program'), tie('program')) }),
    fc.record({ key: fc.constant('AND' as const), of: fc.array(tie('program'), { minLength: 1, maxLength: 3 }) }),
  ),
}))

/** The meaning of a program, message by message. `n` is its number, its UID too, of `count`. */
function means(key: SearchKey, message: Plain, n: number, count: number): boolean {
  const local = Math.floor((message.at + message.zone * 60_000) / DAY_MS)
  const has = (text: string, part: string) => text.toLowerCase().includes(part.toLowerCase())
  switch (key.key) {
    case 'ALL':
      return true
    case 'AND':
      return key.of.every(each => means(each, message, n, count))
    case 'OR':
      return key.of.some(each => means(each, message, n, count))
    case 'NOT':
      return !means(key.of, message, n, count)
    case 'FLAG':
      return ((message.flags & key.flag) !== 0) === key.set
    case 'KEYWORD':
      return message.keywords.some(each => each.toLowerCase() === key.keyword.toLowerCase()) === key.set
    case 'SEQ':
    case 'UID':
      return (key.set as [number, number][]).some(ends => {
        const [x, y] = ends.map(end => (end === Infinity ? count : end))
        return n >= Math.min(x!, y!) && n <= Math.max(x!, y!)
      })
    case 'BEFORE':
      return local < key.day
    case 'ON':
      return local === key.day
    case 'SINCE':
      return local >= key.day
    case 'HEADER':
      return has(message.subject, key.text)
    case 'BODY':
      return has(message.body, key.text)
    case 'TEXT':
      return has(message.body, key.text) || has(`Subject: ${message.subject}`, key.text)
    default:
      throw new Error(`not in the test: ${key.key}`)
  }
}

test('search: finds what a look at every message finds', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(plain, { minLength: 0, maxLength: 40 }),
      fc.array(programs, { minLength: 12, maxLength: 12 }),
      async (messages, all) => {
        await using box = await openMemoryMail({ now: () => NOW })
        await box.deliver(
          ...messages.map(({ flags, keywords, at, zone, subject, body }) => ({
            octets: `Subject: =?utf-8?B?${Buffer.from(subject).toString('base64')}?=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${body}`,
            flags,
            keywords,
            receivedAt: at,
            zone,
          })),
        )
        const view = await box.select()
        for (const program of all) {
          const { positions } = await search(box.mail, view, request(program))
          const expected = messages.flatMap((message, i) =>
            means(program, message, i + 1, messages.length) ? [i] : [],
          )
          assert.deepEqual([...positions], expected, JSON.stringify(program))
        }
      },
    ),
    { numRuns: 40 },
  )
})
