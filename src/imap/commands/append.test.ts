import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, octetsOf } from '#base/bytes.ts'
import { Refusal } from '#base/errors.ts'
import { type AccountId, accountId, mailboxId, messageId, modseq, uid } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import type { Mail } from '#mail/mail.ts'
import type { BlobStage } from '#ports/blobs.ts'
import type { MailboxRow, NewMessage, Quota } from '#ports/metadata.ts'
import type { Ending } from '../session/command.ts'
import { endingOf } from '../session/refusals.ts'
import type { Session } from '../session/session.ts'
import { type LiteralSource, StreamedInput } from '../session/streamed-input.ts'
import { type FrameEvent, Framer } from '../wire/framer.ts'
import { Args } from '../wire/reader.ts'
import { append } from './append.ts'

const box = { id: mailboxId(7), name: 'Drafts', uidValidity: 99 } as MailboxRow

/** A store of one mailbox that remembers what was appended and which stages are open. */
class Store {
  readonly stored: { text: string; message: NewMessage }[] = []
  open = 0
  quota: Quota = { octets: null, messages: null }
  used: Quota = { octets: 0, messages: 0 }
  refuseCommit: Refusal | null = null

  mail(messageOctets: number): Mail {
    const store = this
    return {
      account: accountId(1),
      settings: { messageOctets, folders: [] },
      clock: { now: () => 1_000_000 },
      present: () => ({ envelope: '', bodyStructure: '' }),
      blobs: { stage: () => new Stage(this) },
      metadata: {
        account: async (id: AccountId) => ({ id, revision: modseq(1), quota: this.quota, used: this.used }),
        mailboxNamed: async (_account: AccountId, name: string) => (name === box.name ? box : null),
        async append(_account: AccountId, _mailbox: unknown, messages: readonly NewMessage[]) {
          if (store.refuseCommit) throw store.refuseCommit
          const uids = messages.map(message => {
            const chunks = message.body.staged as Uint8Array[]
            store.stored.push({ text: chunks.map(octetsOf).join(''), message })
            return uid(store.stored.length)
          })
          store.open -= messages.length
          return { uidValidity: box.uidValidity, uids, modseq: modseq(2), messages: uids.map(messageId) }
        },
      },
    } as unknown as Mail
  }
}

class Stage implements BlobStage {
  readonly #chunks: Uint8Array[] = []
  readonly #store: Store
  #discarded = false

  constructor(store: Store) {
    this.#store = store
    store.open++
  }

  write(chunk: Uint8Array): void {
    this.#chunks.push(Buffer.from(chunk))
  }

  async finish() {
    const octets = this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    return { octets, staged: this.#chunks }
  }

  async discard() {
    if (!this.#discarded) this.#store.open--
    this.#discarded = true
  }
}

/** Pieces the client sends; '+' waits for the server to ask for more, and gives up when it does not. */
class Client implements LiteralSource {
  readonly framer = new Framer({ commandOctets: 10_000, literalOctets: 1000 })
  readonly utf8 = false
  asked = 0
  readonly #pieces: string[]

  constructor(pieces: readonly string[]) {
    this.#pieces = [...pieces]
  }

  async nextEvent(): Promise<FrameEvent | null> {
    for (;;) {
      const event = this.framer.next()
      if (event) return event
      let piece = this.#pieces.shift()
      if (piece === '+') {
        if (this.asked === 0) return null
        this.asked--
        piece = this.#pieces.shift()
      }
      if (piece === undefined) return null
      this.framer.push(bytesOf(piece))
    }
  }

  continuation(): void {
    this.asked++
  }
}

type Settings = { messageLimit: number | null; saveLimit: number | null }

/** What an APPEND of these pieces is answered. */
async function run(store: Store, pieces: readonly string[], settings: Partial<Settings> = {}): Promise<Ending> {
  const client = new Client(pieces)
  const event = (await client.nextEvent())!
  const [frame, literal] =
    event.kind === 'literal'
      ? [event.soFar, event.literal]
      : event.kind === 'frame'
        ? [event.frame, null]
        : assert.fail()
  const args = new Args(frame)
  args.space()
  args.word()
  const session = {
    view: null,
    services: { settings: { messageLimit: null, saveLimit: null, ...settings } },
  } as unknown as Session
  const input = new StreamedInput(client, args, literal)
  const mail = store.mail(100)
  let ending: Ending
  try {
    ending = await append.run({ session, mail }, input, 'seq')
  } catch (error) {
    if ((error as Error).name === 'Gone') ending = { status: 'NO', text: 'gone' }
    else ending = endingOf(error, silentLog, () => ({}))
  }
  await input.skipRest()
  assert.equal(store.open, 0, 'every stage is stored or discarded')
  return ending
}

const said = (ending: Ending): string => `${ending.status} ${ending.code?.join(' ') ?? ending.text}`

const cases: [name: string, pieces: string[], answer: string, stored: string[]][] = [
  ['one message', ['a APPEND Drafts {5}\r\n', '+', 'hello\r\n'], 'OK APPENDUID 99 1', ['hello']],
  ['non-synchronising', ['a APPEND Drafts {5+}\r\nhello\r\n'], 'OK APPENDUID 99 1', ['hello']],
  ['literal8 with NUL', ['a APPEND Drafts ~{3+}\r\na\0b\r\n'], 'OK APPENDUID 99 1', ['a\0b']],
  ['NUL in a plain literal', ['a APPEND Drafts {3+}\r\na\0b\r\n'], 'BAD NUL in a message; send it as literal8', []],
  ['name as a literal', ['a APPEND {6}\r\n', '+', 'Drafts {5}\r\n', '+', 'hello\r\n'], 'OK APPENDUID 99 1', ['hello']],
  [
    'several messages',
    ['a APPEND Drafts {2+}\r\nm1 {2+}\r\nm2 (\\Seen) {2+}\r\nm3\r\n'],
    'OK APPENDUID 99 1:3',
    ['m1', 'm2', 'm3'],
  ],
  [
    'all or none: the second is too big',
    ['a APPEND Drafts {2+}\r\nm1 {101+}\r\n', 'x'.repeat(101), '\r\n'],
    'NO TOOBIG',
    [],
  ],
  ['at the limit', [`a APPEND Drafts {100+}\r\n${'x'.repeat(100)}\r\n`], 'OK APPENDUID 99 1', ['x'.repeat(100)]],
  ['too big is refused before it is sent', ['a APPEND Drafts {101}\r\n', '+', 'x'], 'NO TOOBIG', []],
  ['no such mailbox is told before it is sent', ['a APPEND Nowhere {5}\r\n', '+', 'hello\r\n'], 'NO TRYCREATE', []],
  [
    'an empty message calls it off',
    ['a APPEND Drafts {2+}\r\nm1 {0+}\r\n\r\n'],
    'NO An empty message: nothing was appended',
    [],
  ],
  ['an empty first message', ['a APPEND Drafts {0}\r\n', '+', '\r\n'], 'NO An empty message: nothing was appended', []],
  ['UTF8 form', ['a APPEND Drafts UTF8 (~{4+}\r\nh\xc3\xa9y)\r\n'], 'OK APPENDUID 99 1', ['h\xc3\xa9y']],
  [
    '8-bit in a header',
    ['a APPEND Drafts {13+}\r\nSubject: \xe9\r\n\r\n\r\n'],
    'OK APPENDUID 99 1',
    ['Subject: \xe9\r\n\r\n'.slice(0, 13)],
  ],
  [
    'texts catenated',
    ['a APPEND Drafts CATENATE (TEXT {2+}\r\nab TEXT {0+}\r\n TEXT {2+}\r\ncd)\r\n'],
    'OK APPENDUID 99 1',
    ['abcd'],
  ],
  [
    'catenated to nothing',
    ['a APPEND Drafts CATENATE (TEXT {0+}\r\n)\r\n'],
    'NO An empty message: nothing was appended',
    [],
  ],
  ['catenated too big', [`a APPEND Drafts CATENATE (TEXT {60+}\r\n${'x'.repeat(60)} TEXT {41}\r\n`], 'NO TOOBIG', []],
  [
    'a URL elsewhere',
    ['a APPEND Drafts CATENATE (URL "imap://other/INBOX/;UID=1")\r\n'],
    'NO BADURL imap://other/INBOX/;UID=1',
    [],
  ],
  [
    'a URL that would break the answer',
    ['a APPEND Drafts CATENATE (URL {4+}\r\na] \r)\r\n'],
    'NO BADURL a%5D%20%0D',
    [],
  ],
  ['no message', ['a APPEND Drafts\r\n'], 'BAD argument missing', []],
  ['junk behind the message', ['a APPEND Drafts {2+}\r\nhi)\r\n'], 'BAD too many arguments', []],
  ['the client leaves', ['a APPEND Drafts {50+}\r\nhello'], 'NO gone', []],
  ['the client leaves between messages', ['a APPEND Drafts {5+}\r\nhello {'], 'NO gone', []],
]

for (const [name, pieces, answer, stored] of cases) {
  test(`APPEND: ${name}`, async () => {
    const store = new Store()
    assert.equal(said(await run(store, pieces)), answer)
    assert.deepEqual(
      store.stored.map(({ text }) => text),
      stored,
    )
  })
}

test('APPEND: flags, keywords and date are kept; \\Recent is not the client’s to set', async () => {
  const store = new Store()
  const start = 'a APPEND Drafts (\\Seen \\Recent $Forwarded work) "3-Feb-2025 10:00:00 +0100" {2+}\r\nhi\r\n'
  assert.equal((await run(store, [start])).status, 'OK')
  const { flags, keywords, receivedAt, zone } = store.stored[0]!.message
  assert.deepEqual(
    { flags, keywords, receivedAt, zone },
    { flags: 1, keywords: ['$Forwarded', 'work'], receivedAt: Date.UTC(2025, 1, 3, 9), zone: 60 },
  )
})

test('APPEND: without a date, now', async () => {
  const store = new Store()
  await run(store, ['a APPEND Drafts () {2+}\r\nhi\r\n'])
  assert.equal(store.stored[0]!.message.receivedAt, 1_000_000)
})

const quotaCases: [name: string, quota: Quota, used: Quota, answer: string][] = [
  ['exactly full', { octets: 12, messages: null }, { octets: 10, messages: 1 }, 'OK'],
  ['one octet more', { octets: 11, messages: null }, { octets: 10, messages: 1 }, 'NO OVERQUOTA'],
  ['the last message', { octets: null, messages: 2 }, { octets: 10, messages: 1 }, 'OK'],
  ['one message more', { octets: null, messages: 1 }, { octets: 10, messages: 1 }, 'NO OVERQUOTA'],
  ['over it already', { octets: 5, messages: null }, { octets: 10, messages: 1 }, 'NO OVERQUOTA'],
]

for (const [name, quota, used, answer] of quotaCases) {
  test(`APPEND: quota, ${name}`, async () => {
    const store = new Store()
    Object.assign(store, { quota, used })
    const ending = await run(store, ['a APPEND Drafts {2}\r\n', '+', 'hi\r\n'])
    assert.equal(`${ending.status}${ending.status === 'NO' ? ` ${ending.code}` : ''}`, answer)
  })
}

test('APPEND: what the transaction refuses leaves nothing behind', async () => {
  const store = new Store()
  store.refuseCommit = new Refusal('over-quota', 'full')
  assert.equal(said(await run(store, ['a APPEND Drafts {2+}\r\nhi\r\n'])), 'NO OVERQUOTA')
})

for (const settings of [{ messageLimit: 2 }, { saveLimit: 2 }]) {
  test(`APPEND: no more messages than ${Object.keys(settings)}`, async () => {
    const store = new Store()
    assert.equal(said(await run(store, ['a APPEND Drafts {1+}\r\na {1+}\r\nb\r\n'], settings)), 'OK APPENDUID 99 1:2')
    assert.equal(said(await run(store, ['a APPEND Drafts {1+}\r\na {1+}\r\nb {1}\r\n'], settings)), 'NO MESSAGELIMIT 2')
    assert.equal(store.stored.length, 2)
  })
}
