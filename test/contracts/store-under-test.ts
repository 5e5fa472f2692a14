import type { AccountId, MailboxId } from '#base/ids.ts'
import type { MessageFacts } from '#mime/facts.ts'
import type { BlobStore } from '#ports/blobs.ts'
import type { Bus } from '#ports/bus.ts'
import type { EntryColumns, Metadata, NewMessage, UidRanges } from '#ports/metadata.ts'

/** What a driver's test gives to the contract suites. */
export type StoreUnderTest = {
  readonly metadata: Metadata
  readonly blobs: BlobStore
  readonly bus: Bus
  createAccount(): Promise<AccountId>
  deleteAccount(id: AccountId): Promise<void>
  close(): Promise<void>
}

export const ALL: UidRanges = [[1, 0xffff_ffff]]

/** Octets that differ from place to place, so that a wrong range shows. */
export function bytesFor(octets: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(octets)
  for (let i = 0; i < octets; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + seed * 13) & 0xff
  return bytes
}

/** Octets as mail has them: text that repeats itself, and an attachment in base64. */
export function mailFor(octets: number, seed = 1): Buffer {
  const words = `Received: from mail${seed}.example.org by mx.example.net\r\nSubject: number ${seed}\r\n`
  const text = Buffer.from(words.repeat(Math.ceil(octets / 3 / words.length)))
  const attached = bytesFor(octets, seed).toString('base64').replace(/.{76}/g, '$&\r\n')
  return Buffer.concat([text, Buffer.from(`Content-Transfer-Encoding: base64\r\n\r\n${attached}`)]).subarray(0, octets)
}

/** What the process that is killed stores: bodies of every form. */
export const lastingFor = (octets: number, seed: number): Buffer => (seed % 2 === 0 ? mailFor : bytesFor)(octets, seed)

export async function stageBytes(blobs: BlobStore, bytes: Uint8Array, chunkOctets = 64 * 1024) {
  const stage = blobs.stage()
  for (let at = 0; at < bytes.length; at += chunkOctets) {
    // The store must have copied the chunk when it answers: it is overwritten at once.
    const chunk = Buffer.from(bytes.subarray(at, at + chunkOctets))
    const wait = stage.write(chunk)
    if (wait !== undefined) await wait
    chunk.fill(0)
  }
  return { stage, body: await stage.finish() }
}

export type MessageOptions = Partial<Omit<NewMessage, 'body' | 'facts'>> & {
  readonly octets?: number
  readonly seed?: number
  /** Its octets, when they are not to be made from `octets` and `seed`. */
  readonly content?: Uint8Array
  readonly messageId?: string
  readonly inReplyTo?: string
  readonly references?: readonly string[]
  readonly subject?: string
}

export async function newMessage(store: StoreUnderTest, options: MessageOptions = {}): Promise<NewMessage> {
  const { seed = 1, messageId, inReplyTo, references, subject, content, ...rest } = options
  const octets = content?.length ?? options.octets ?? 100
  const { body } = await stageBytes(store.blobs, content ?? bytesFor(octets, seed))
  return {
    body,
    facts: factsFor(octets, { messageId, inReplyTo, references, subject }),
    envelope: `(NIL "${subject ?? 'caf\u00e9'}" NIL)`,
    bodyStructure: '("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1)',
    flags: 0,
    keywords: [],
    receivedAt: 1_700_000_000_123,
    zone: -330,
    ...rest,
  }
}

type About = {
  messageId: string | undefined
  inReplyTo: string | undefined
  references: readonly string[] | undefined
  subject: string | undefined
}

function factsFor(octets: number, about: About): MessageFacts {
  const header = Math.min(20, octets)
  const none = { from: [], sender: [], replyTo: [], to: [], cc: [], bcc: [] }
  const subject = about.subject ?? 'caf\u00e9'
  return {
    octets,
    header: [0, header],
    envelope: {
      ...none,
      date: null,
      subject,
      inReplyTo: about.inReplyTo ?? null,
      messageId: about.messageId ?? null,
    },
    structure: {
      kind: 'leaf',
      type: 'TEXT',
      subtype: 'PLAIN',
      params: [['CHARSET', 'utf-8']],
      header: [0, header],
      body: [header, octets],
      disposition: null,
      language: [],
      location: null,
      id: null,
      description: null,
      encoding: '7BIT',
      md5: null,
      lines: 1,
    },
    sort: {
      sentAt: null,
      sentZone: 0,
      subject: 'смысл',
      baseSubject: 'СМЫСЛ',
      isReply: true,
      from: 'a',
      to: 'b',
      cc: 'c',
      displayFrom: 'Ä',
      displayTo: 'B',
    },
    references: about.references ?? [],
    preview: 'Grüße, 世界',
  }
}

export async function inboxOf(store: StoreUnderTest, account: AccountId): Promise<MailboxId> {
  return (await store.metadata.mailboxNamed(account, 'INBOX'))!.id
}

export async function readAll(blobs: BlobStore, ref: { id: string; octets: number }): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for (let at = 0; at < ref.octets; at += 256 * 1024) parts.push(await blobs.read(ref, at, at + 256 * 1024))
  return Buffer.concat(parts)
}

/** One line per entry, for comparisons that read well when they fail. */
export function linesOf(entries: EntryColumns): string[] {
  return Array.from(
    { length: entries.length },
    (_, i) => `${entries.uid[i]} flags ${entries.flags[i]} [${entries.keywords[i]}] at ${entries.modseq[i]}`,
  )
}
