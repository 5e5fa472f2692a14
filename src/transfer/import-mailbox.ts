import { createHash } from 'node:crypto'
import { Refusal } from '#base/errors.ts'
import type { Mail } from '#mail/mail.ts'
import { readRange } from '#ports/blobs.ts'
import type { MailboxRow, NewMessage } from '#ports/metadata.ts'
import type { ImportReport, ImportRequest } from '#ports/transfer.ts'
import { DIGEST_OCTETS } from './digest-counts.ts'
import { Incoming } from './incoming.ts'
import { type Batch, Journal, journalPath } from './journal.ts'
import type { Labels, SourceEvent, SourceMailbox } from './source.ts'
import { openTarget } from './target.ts'

export type Tally = { -readonly [Name in Exclude<keyof ImportReport, 'format'>]: number }

/** A batch: one commit. Small enough that a server on the same data hardly waits for it. */
const BATCH_MESSAGES = 250
const BATCH_OCTETS = 4 * 1024 * 1024

type Ready = {
  readonly incoming: Incoming
  readonly message: NewMessage
  readonly digest: Buffer
  readonly asked: number | null
}

type Place = { readonly dataDir: string; readonly source: readonly string[]; readonly read: (count: number) => void }

/** The import of one source mailbox. */
export class ImportMailbox {
  readonly #mail: Mail
  readonly #tally: Tally
  readonly #tell: (place: string, problem: string) => void
  readonly #request: ImportRequest
  #target: MailboxRow | null = null
  #journal: Journal | null = null
  #current: Incoming | null = null
  #batch: Ready[] = []
  #batchOctets = 0

  constructor(mail: Mail, tally: Tally, tell: (place: string, problem: string) => void, request: ImportRequest) {
    this.#mail = mail
    this.#tally = tally
    this.#tell = tell
    this.#request = request
  }

  async run(mailbox: SourceMailbox, name: string, { dataDir, source, read }: Place): Promise<void> {
    this.#target = this.#request.dryRun
      ? await this.#mail.metadata.mailboxNamed(this.#mail.account, name)
      : await openTarget(this.#mail, name, mailbox)
    try {
      if (this.#target !== null) await this.#openJournal(dataDir, this.#target, source)
      for await (const events of mailbox.events(read)) for (const event of events) await this.#take(event)
      await this.#commit()
      this.#tally.mailboxes += 1
    } finally {
      await this.#current?.discard()
      await Promise.all(this.#batch.map(({ incoming }) => incoming.discard()))
      await this.#journal?.[Symbol.asyncDispose]()
    }
  }

  async #openJournal(dataDir: string, target: MailboxRow, source: readonly string[]): Promise<void> {
    const path = await journalPath(dataDir, { account: this.#mail.account, mailbox: target.id, source })
    this.#journal = await Journal.open(path, { fresh: target.uidNext === 1, writes: !this.#request.dryRun })
    const { doubt } = this.#journal
    if (doubt !== null) await this.#journal.settle(await this.#hasCome(target, doubt))
  }

  /** A batch comes as a whole: one of its messages is proof. */
  async #hasCome({ id }: MailboxRow, { after, digests }: Batch): Promise<boolean> {
    const wanted = new Set(digests.map(each => each.toString('latin1')))
    const { metadata, blobs, account } = this.#mail
    for (let from = after; ; ) {
      const { uid } = await metadata.entries(account, id, from, BATCH_MESSAGES)
      if (uid.length === 0) return false
      for (const { blob } of await metadata.messages(account, id, uid)) {
        const digest = createHash('sha256')
        for await (const chunk of readRange(blobs, blob, 0, blob.octets)) digest.update(chunk)
        if (wanted.has(digest.digest().toString('latin1', 0, DIGEST_OCTETS))) return true
      }
      from = uid.at(-1)!
    }
  }

  async #take(event: SourceEvent): Promise<void> {
    const current = this.#current
    if (event.kind === 'begin') this.#current = new Incoming(this.#mail, event.place, !this.#request.dryRun)
    else if (event.kind === 'data') await current?.write(event.bytes)
    else {
      this.#current = null
      if (event.kind === 'end' && current !== null) await this.#whole(current, event.labels)
      else await current?.discard()
      if (event.kind === 'broken') this.#tell(event.place, event.problem)
    }
  }

  async #whole(incoming: Incoming, labels: Labels): Promise<void> {
    const { octets, place } = incoming
    if (incoming.isTooBig) {
      this.#tell(place, `is too big: ${octets} octets, at most ${this.#mail.settings.messageOctets} are taken`)
      return await incoming.discard()
    }
    const digest = incoming.digest()
    if (!this.#request.again && this.#journal?.skip(digest) === true) {
      this.#tally.skipped += 1
      return await incoming.discard()
    }
    if (this.#request.dryRun) {
      this.#tally.messages += 1
      this.#tally.octets += octets
      return await incoming.discard()
    }
    const message = await incoming.finish(labels, this.#journal!.keepsUids)
    this.#batch.push({ incoming, message, digest, asked: labels.uid })
    this.#batchOctets += octets
    if (this.#batch.length === BATCH_MESSAGES || this.#batchOctets >= BATCH_OCTETS) await this.#commit()
  }

  async #commit(): Promise<void> {
    const batch = this.#batch
    if (batch.length === 0) return
    const { metadata, account } = this.#mail
    const { id } = this.#target!
    const now = await metadata.mailbox(account, id)
    await this.#journal!.begin({ after: (now?.uidNext ?? 1) - 1, digests: batch.map(({ digest }) => digest) })
    const messages = batch.map(({ message }) => message)
    const { uids } = await metadata.append(account, id, messages).catch(async error => {
      // A refusal leaves no doubt.
      if (error instanceof Refusal) await this.#journal!.end(false)
      throw error
    })
    await this.#journal!.end(true)
    this.#batch = []
    this.#batchOctets = 0
    for (const [i, { incoming, asked }] of batch.entries()) {
      this.#tally.messages += 1
      this.#tally.octets += incoming.octets
      if (asked !== null && asked !== uids[i]) this.#tally.renumbered += 1
    }
  }
}
