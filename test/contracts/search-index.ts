import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccountId, MessageId } from '#base/ids.ts'
import { foldNeedle, textIncludes } from '#mime/matcher.ts'
import {
  type Column,
  type FeedMessage,
  type IndexFeed,
  type IndexWriter,
  type SearchIndex,
  Verdict,
} from '#ports/search-index.ts'

/** A store as far as an index sees it: messages that are there, and marks of what they say. */
export class FakeFeed implements IndexFeed {
  readonly shards = 1
  readonly #messages = new Map<number, { account: AccountId; mark: number }>()
  #issued = 0

  give(account: AccountId): FeedMessage {
    const message = ++this.#issued as MessageId
    const mark = 1000 + message
    this.#messages.set(message, { account, mark })
    return {
      account,
      message,
      mark,
      blob: { id: '', octets: 0 },
      headerOctets: 0,
      subject: '',
      messageId: '',
      structure: null as never,
    }
  }

  purge(message: number): void {
    this.#messages.delete(message)
  }

  /** As after a backup was put back: these ids and those above are given again, to other messages. */
  rewind(message: number): void {
    for (const id of this.#messages.keys()) if (id >= message) this.#messages.delete(id)
    this.#issued = message - 1
  }

  /** Another message under the same id. */
  replace(message: number): void {
    const old = this.#messages.get(message)!
    this.#messages.set(message, { ...old, mark: old.mark + 1_000_000 })
  }

  shardOf = () => 0
  messagesAfter = () => []
  countAfter = (_: number, after: number) => [...this.#messages.keys()].filter(id => id > after).length
  issued = () => this.#issued
  marks = (account: AccountId, messages: ArrayLike<number>) =>
    Uint32Array.from(messages, id => {
      const found = this.#messages.get(id)
      return found?.account === account ? found.mark : 0
    })
  accounts = (_: number, through: number) => {
    const newest = new Map<AccountId, number>()
    for (const [id, { account }] of this.#messages) newest.set(account, id <= through ? id : (newest.get(account) ?? 0))
    return newest
  }
}

export type IndexUnderTest = AsyncDisposable & {
  readonly feed: FakeFeed
  /** null when the other one is open. */
  openWriter(): IndexWriter | null
  openIndex(): SearchIndex
  /** Changes octets in what is stored, here and there, by chance that `seed` decides. */
  damage(seed: number): void
}

const ann = 1 as AccountId
const bob = 2 as AccountId
const body: readonly Column[] = ['body']

const now = () => undefined

async function ask(index: SearchIndex, account: AccountId, text: string, messages: readonly number[], columns = body) {
  const verdicts = await index.ask(account, { columns, text: foldNeedle(text) }, Float64Array.from(messages), now)
  return verdicts === null ? null : [...verdicts]
}

/** Adds a message with this text in its body; answers its id. */
function add(
  under: IndexUnderTest,
  writer: IndexWriter,
  text: string,
  account = ann,
  column: 'body' | 'subject' = 'body',
) {
  const message = under.feed.give(account)
  writer.add(message).text(column, foldNeedle(text))
  return message.message
}

const { no, yes, unknown } = Verdict

export function searchIndexContract(name: string, open: () => IndexUnderTest): void {
  test(`${name}: knows nothing before anything is in it`, async () => {
    await using under = open()
    assert.equal(await ask(under.openIndex(), ann, 'x', [1]), null)
  })

  test(`${name}: tells which messages have a text, and which it does not know`, async () => {
    await using under = open()
    const writer = under.openWriter()!
    const one = add(under, writer, 'The quick brown fox')
    const two = add(under, writer, 'jumps over')
    await writer.flush(0, two)
    const three = add(under, writer, 'not flushed: fox')
    const index = under.openIndex()
    assert.deepEqual(await ask(index, ann, 'FOX', [three, two, one]), [unknown, no, yes])
    assert.deepEqual(await ask(index, ann, 'quick b', [one, two]), [yes, no])
    assert.deepEqual(await ask(index, ann, 'quick  b', [one, two]), [yes, no])
    assert.deepEqual(await ask(index, ann, 'foxj', [one, two]), [no, no])
    assert.equal(writer.through(0), two)
    await writer.flush(0, three)
    assert.deepEqual(await ask(index, ann, 'FOX', [one, two, three]), [yes, no, yes])
    writer.close()
  })

  test(`${name}: keeps accounts and columns apart`, async () => {
    await using under = open()
    const writer = under.openWriter()!
    const hers = add(under, writer, 'secret')
    const his = add(under, writer, 'secret', bob, 'subject')
    await writer.flush(0, his)
    const index = under.openIndex()
    assert.deepEqual(await ask(index, ann, 'secret', [hers, his]), [yes, unknown])
    assert.deepEqual(await ask(index, bob, 'secret', [hers, his]), [unknown, no])
    assert.deepEqual(await ask(index, bob, 'secret', [his], ['body', 'subject']), [yes])
    assert.equal(writer.indexed(bob), his)
    writer.close()
  })

  test(`${name}: says unknown where text was left out, unless it was found before`, async () => {
    await using under = open()
    const writer = under.openWriter()!
    const message = under.feed.give(ann)
    const sink = writer.add(message)
    sink.text('header', 'SUBJECT: HERE')
    sink.unknown('body')
    await writer.flush(0, message.message)
    const index = under.openIndex()
    assert.deepEqual(await ask(index, ann, 'here', [1], ['header', 'body']), [yes])
    assert.deepEqual(await ask(index, ann, 'there', [1], ['header', 'body']), [unknown])
    assert.deepEqual(await ask(index, ann, 'there', [1], ['header']), [no])
    assert.deepEqual(await ask(index, ann, 'here', [1], ['fields']), [yes])
    writer.close()
  })

  test(`${name}: has one writer at a time`, async () => {
    await using under = open()
    const writer = under.openWriter()!
    assert.equal(under.openWriter(), null)
    writer.close()
    const next = under.openWriter()
    assert.notEqual(next, null)
    next!.close()
  })

  test(`${name}: what was not flushed is gone with its writer, the rest stays`, async () => {
    await using under = open()
    const first = under.openWriter()!
    const one = add(under, first, 'kept')
    await first.flush(0, one)
    add(under, first, 'lost')
    first.close()
    const second = under.openWriter()!
    assert.equal(second.through(0), one)
    assert.deepEqual(await second.verify(now), new Map())
    assert.deepEqual(await ask(under.openIndex(), ann, 'kept', [1, 2]), [yes, unknown])
    second.close()
  })

  test(`${name}: upkeep changes no answer and forgets what the store forgot`, async () => {
    await using under = open()
    const writer = under.openWriter()!
    const index = under.openIndex()
    const ids: number[] = []
    for (let i = 0; i < 40; i++) {
      ids.push(add(under, writer, `message ${i} ${i % 2 ? 'odd' : 'even'} word${i}`))
      if (i % 2 === 1) await writer.flush(0, ids.at(-1)!)
    }
    const expected = ids.map((_, i) => (i % 2 ? yes : no))
    assert.deepEqual(await ask(index, ann, 'odd', ids), expected)
    for (const id of ids.slice(0, 20)) under.feed.purge(id)
    for (let turns = 0; await writer.tidy(now, true); turns++) assert.ok(turns < 100)
    assert.deepEqual((await ask(index, ann, 'odd', ids))!.slice(20), expected.slice(20))
    assert.deepEqual((await ask(under.openIndex(), ann, 'odd', ids))!.slice(20), expected.slice(20))
    assert.deepEqual(
      (await ask(under.openIndex(), ann, 'word3', ids))!.slice(0, 20),
      ids.slice(0, 20).map(() => unknown),
    )
    assert.deepEqual(await writer.verify(now), new Map())
    writer.close()
  })

  test(`${name}: does not answer for another history of the store`, async () => {
    await using under = open()
    const writer = under.openWriter()!
    const old = add(under, writer, 'before the backup was put back')
    await writer.flush(0, old)
    under.feed.replace(old)
    assert.notDeepEqual(await ask(under.openIndex(), ann, 'before', [old]), [yes])
    assert.deepEqual(await writer.verify(now), new Map([[ann, 0]]))
    writer.close()
  })

  test(`${name}: begins again when it has seen more than the store`, async () => {
    await using under = open()
    const writer = under.openWriter()!
    add(under, writer, 'first')
    const last = add(under, writer, 'second')
    await writer.flush(0, last)
    under.feed.rewind(last)
    await writer.verify(now)
    assert.equal(writer.through(0), 0)
    assert.equal(await ask(under.openIndex(), ann, 'first', [1]), null)
    writer.close()
  })

  test(`${name}: never answers wrong when its files are damaged, and mends itself`, async () => {
    for (let seed = 1; seed <= 30; seed++) {
      await using under = open()
      const writer = under.openWriter()!
      const texts = Array.from({ length: 30 }, (_, i) => `text ${i} with words like w${i * 7} and more of them`)
      const ids = texts.map((text, i) => {
        const id = add(under, writer, text)
        return [id, i] as const
      })
      await writer.flush(0, ids.at(-1)![0])
      under.damage(seed)
      const index = under.openIndex()
      for (const needle of ['w7', 'like w1', 'more', 'absent']) {
        const verdicts = await ask(
          index,
          ann,
          needle,
          ids.map(([id]) => id),
        )
        for (const [i, verdict] of (verdicts ?? []).entries()) {
          if (verdict === unknown) continue
          assert.equal(verdict === yes, textIncludes(texts[i]!, needle), `${needle} in ${i}, seed ${seed}`)
        }
      }
      index.close()
      const after = (await writer.verify(now)).get(ann)
      if (after !== undefined) {
        assert.equal(writer.indexed(ann), after)
        for (const [id, i] of ids) {
          if (id <= after) continue
          const again = { ...under.feed.give(ann), message: id as MessageId, mark: 1000 + id }
          writer.add(again).text('body', foldNeedle(texts[i]!))
        }
        await writer.flush(0, writer.through(0))
      }
      const verdicts = await ask(
        under.openIndex(),
        ann,
        'w7',
        ids.map(([id]) => id),
      )
      assert.deepEqual(
        verdicts,
        texts.map(text => (textIncludes(text, 'w7') ? yes : no)),
        `seed ${seed}`,
      )
      writer.close()
    }
  })

  test(`${name}: finds what is found by looking, in any script`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(story, { minLength: 1, maxLength: 30 }),
        fc.array(wanted, { minLength: 20, maxLength: 20 }),
        fc.nat(),
        async (stories, needles, chance) => {
          await using under = open()
          const writer = under.openWriter()!
          const ids: number[] = []
          for (const [i, { pieces }] of stories.entries()) {
            const message = under.feed.give(ann)
            const sink = writer.add(message)
            for (const piece of cut(foldNeedle(pieces.join('')), chance + i)) sink.text('body', piece)
            ids.push(message.message)
            if ((chance + i) % 5 === 0) await writer.flush(0, message.message)
            if ((chance + i) % 7 === 0) await writer.tidy(now, true)
          }
          await writer.flush(0, ids.at(-1)!)
          const texts = stories.map(({ pieces }) => foldNeedle(pieces.join('')))
          const index = under.openIndex()
          // Parts of the texts themselves, and texts of the same kind.
          const parts = texts.flatMap((text, i) => [
            text.slice(i % (text.length + 1)).slice(0, 1 + ((chance + i) % 9)),
            text.slice(-4),
          ])
          for (const needle of [...parts, ...needles.map(foldNeedle)]) {
            if (needle === '') continue
            const verdicts = await index.ask(ann, { columns: body, text: needle }, Float64Array.from(ids), now)
            assert.deepEqual(
              verdicts && [...verdicts],
              texts.map(text => (text.includes(needle) ? yes : no)),
              JSON.stringify(needle),
            )
          }
          writer.close()
          index.close()
        },
      ),
      { numRuns: 60 },
    )
  })
}

/** Few different pieces, so that texts share them and needles are found. */
const pieces = fc.constantFrom(
  'the',
  'meeting',
  ' meeting',
  'MEET',
  ' ',
  '  ',
  '\r\n',
  ', ',
  '. ',
  '-----',
  '(',
  ')',
  '@',
  'a',
  'b',
  'aa',
  'ab',
  'zq',
  'qz',
  'x1',
  '2026',
  '2027-01',
  '00',
  '0',
  'Встреча',
  'четверг',
  'ЧЕТ',
  'й',
  'и',
  '\u0306',
  'é',
  'e',
  '\u0301',
  '\u0327',
  'ß',
  'SS',
  'ﬁ',
  'fi',
  'İ',
  'ı',
  'Straße',
  '会議',
  '会',
  '議は',
  'カ\u3099',
  'ガ',
  'ｶﾞ',
  '회의',
  '회',
  '의',
  'ᄒ',
  'اجتماع',
  'اجْتِماع',
  'شلوم',
  'สวัสดี',
  '😀',
  '👩‍👩‍👧',
  '\ud83d',
  '\ude00',
  '\u200b',
  '\ufeff',
  '\ufffd',
  '\0',
  '\u00a0',
  'ª',
  '①',
  '²',
  '½',
  'ǅ',
  'Ǆ',
  'ﷺ',
)
const story = fc.record({ pieces: fc.array(pieces, { maxLength: 40 }) })
const wanted = fc.array(pieces, { minLength: 1, maxLength: 4 }).map(list => list.join(''))

/** The text in pieces of changing length; between two halves of a character too. */
function* cut(text: string, chance: number): Iterable<string> {
  for (let at = 0, i = 0; at < text.length; i++) {
    const length = 1 + ((chance + i * 7) % 11)
    yield text.slice(at, at + length)
    at += length
  }
}
