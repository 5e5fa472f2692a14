import { randomBytes } from 'node:crypto'
import { link, open, rm } from 'node:fs/promises'
import { Refusal, StoreFault } from '#base/errors.ts'
import type { AccountId, MailboxId, Modseq } from '#base/ids.ts'
import type { Changes, Metadata, NewMessage } from '#ports/metadata.ts'
import { ioFault } from '../segments/io-fault.ts'
import { largeDir, largePath } from '../segments/layout.ts'
import { type Staged, stagedOf } from '../segments/stage.ts'
import { account } from '../sql/accounts.ts'
import { changesSince, vanishedSince } from '../sql/changes.ts'
import { type Database, snapshot } from '../sql/database.ts'
import { entriesAfter } from '../sql/entry-columns.ts'
import type { AccountIntent, IntentArgs, IntentResult, ShardIntent } from '../sql/intents.ts'
import { keywordSpellings, type MailboxTotals, mailboxState } from '../sql/mailbox-state.ts'
import { allMailboxes, mailboxById, mailboxByName, subscriptions } from '../sql/mailboxes.ts'
import { type MessageRecord, messageRecord } from '../sql/message-record.ts'
import { messageRows, sortRows, structureOf } from '../sql/messages.ts'
import { expungedRows } from '../sql/undelete.ts'
import type { Channel } from './channel.ts'
import type { Body } from './protocol.ts'
import { Snapshots } from './snapshots.ts'

/** What one thread has of a shard: a connection to read, and the way to the writer. */
export type ShardClient = { readonly db: Database; readonly channel: Channel }

/** The metadata port of one thread. Reads happen here and now; every change goes to the shard's writer. */
export class EmbeddedMetadata implements Metadata {
  /** null: bodies are kept in memory and never have files. */
  readonly #root: string | null
  readonly #shards: readonly ShardClient[]
  readonly #snapshots: Snapshots | null

  constructor(root: string | null, shards: readonly ShardClient[]) {
    this.#root = root
    this.#snapshots = root === null ? null : new Snapshots(root)
    this.#shards = shards
  }

  async account(id: AccountId) {
    return account(this.#db(id), id)
  }

  async setQuota(id: AccountId, ...args: IntentArgs<'setQuota'>) {
    await this.#write(id, 'setQuota', args)
  }

  async mailboxes(id: AccountId) {
    const rows = allMailboxes(this.#db(id), id)
    if (rows.length === 0) account(this.#db(id), id)
    return rows
  }

  async mailbox(id: AccountId, mailbox: MailboxId) {
    const row = mailboxById(this.#db(id), id, mailbox)
    if (row === null) account(this.#db(id), id)
    return row
  }

  async mailboxNamed(id: AccountId, name: string) {
    const row = mailboxByName(this.#db(id), id, name)
    if (row === null) account(this.#db(id), id)
    return row
  }

  createMailboxes(id: AccountId, ...args: IntentArgs<'createMailboxes'>) {
    return this.#write(id, 'createMailboxes', args)
  }

  deleteMailbox(id: AccountId, ...args: IntentArgs<'deleteMailbox'>) {
    return this.#write(id, 'deleteMailbox', args)
  }

  renameMailboxes(id: AccountId, ...args: IntentArgs<'renameMailboxes'>) {
    return this.#write(id, 'renameMailboxes', args)
  }

  setRole(id: AccountId, ...args: IntentArgs<'setRole'>) {
    return this.#write(id, 'setRole', args)
  }

  async subscriptions(id: AccountId) {
    const names = subscriptions(this.#db(id), id)
    if (names.length === 0) account(this.#db(id), id)
    return names
  }

  setSubscribed(id: AccountId, ...args: IntentArgs<'setSubscribed'>) {
    return this.#write(id, 'setSubscribed', args)
  }

  async entries(id: AccountId, mailbox: MailboxId, after: number, count: number) {
    return this.#read(id, mailbox, (db, state) => {
      const shard = id % this.#shards.length
      return this.#snapshots?.page(db, shard, id, state, after, count) ?? entriesAfter(db, id, mailbox, after, count)
    })
  }

  async changesSince(id: AccountId, mailbox: MailboxId, modseq: Modseq): Promise<Changes> {
    return this.#read(id, mailbox, (db, state) => changesSince(db, id, state, modseq))
  }

  async vanishedSince(id: AccountId, mailbox: MailboxId, modseq: number) {
    return this.#read(id, mailbox, (db, state) => vanishedSince(db, id, state, modseq))
  }

  /** Also serves a deleted mailbox whose entries are still kept: sessions may have it open. */
  async messages(id: AccountId, mailbox: MailboxId, uids: Uint32Array) {
    const rows = messageRows(this.#db(id), id, mailbox, uids)
    if (rows.length === 0) this.#requireMailbox(id, mailbox)
    return rows
  }

  async sortRows(id: AccountId, mailbox: MailboxId, uids: Uint32Array) {
    const rows = sortRows(this.#db(id), id, mailbox, uids)
    if (rows.length === 0) this.#requireMailbox(id, mailbox)
    return rows
  }

  async structure(id: AccountId, message: number) {
    return structureOf(this.#db(id), id, message)
  }

  async keywords(id: AccountId, mailbox: MailboxId) {
    return this.#read(id, mailbox, db => keywordSpellings(db, id, mailbox))
  }

  append(id: AccountId, mailbox: MailboxId, messages: readonly NewMessage[]) {
    return this.#deliver(id, messages, records => ['append', [mailbox, records]])
  }

  replace(id: AccountId, mailbox: MailboxId, message: NewMessage, ...args: ReplaceRest) {
    return this.#deliver(id, [message], ([record]) => ['replace', [mailbox, record!, ...args]])
  }

  setFlags(id: AccountId, ...args: IntentArgs<'setFlags'>) {
    return this.#write(id, 'setFlags', args)
  }

  copy(id: AccountId, ...args: IntentArgs<'copy'>) {
    return this.#write(id, 'copy', args)
  }

  move(id: AccountId, ...args: IntentArgs<'move'>) {
    return this.#write(id, 'move', args)
  }

  expunge(id: AccountId, ...args: IntentArgs<'expunge'>) {
    return this.#write(id, 'expunge', args)
  }

  async claimRecent(id: AccountId, mailbox: MailboxId) {
    // Mostly there is nothing to claim, and that needs no writer.
    const state = this.#requireMailbox(id, mailbox)
    if (state.recent_from >= state.uidnext) return { from: state.uidnext, to: state.uidnext }
    return this.#write(id, 'claimRecent', [mailbox])
  }

  async expunged(id: AccountId, limit: number) {
    account(this.#db(id), id)
    return expungedRows(this.#db(id), id, limit)
  }

  undelete(id: AccountId, ...args: IntentArgs<'undelete'>) {
    return this.#write(id, 'undelete', args)
  }

  async purgeExpunged(before: number, count: number) {
    let gone = 0
    for (const { channel } of this.#shards) {
      if (gone >= count) break
      gone += await writeShard(channel, 'purgeExpunged', [before, count - gone])
    }
    return gone
  }

  close(): void {
    this.#snapshots?.close()
  }

  #shard(id: AccountId): ShardClient {
    const shard = Number.isSafeInteger(id) && id > 0 ? this.#shards[id % this.#shards.length] : undefined
    if (shard === undefined) throw new StoreFault('missing', 'no such account')
    return shard
  }

  #db(id: AccountId): Database {
    return this.#shard(id).db
  }

  #requireMailbox(id: AccountId, mailbox: MailboxId): MailboxTotals {
    const db = this.#db(id)
    const state = mailboxState(db, id, mailbox)
    if (state !== undefined) return state
    account(db, id)
    throw new Refusal('mailbox-missing', 'The mailbox does not exist')
  }

  #read<T>(id: AccountId, mailbox: MailboxId, read: (db: Database, state: MailboxTotals) => T): T {
    const { db } = this.#shard(id)
    return snapshot(db, () => read(db, this.#requireMailbox(id, mailbox)))
  }

  async #write<Name extends AccountIntent>(
    id: AccountId,
    name: Name,
    args: IntentArgs<Name>,
    bodies: readonly Body[] = [],
  ): Promise<IntentResult<Name>> {
    const { channel } = this.#shard(id)
    return (await channel.send({ intent: { name, account: id, args }, bodies })) as IntentResult<Name>
  }

  /** Sends messages with their bodies. Large ones get their name in the shard first, so that the commit finds them durable. */
  async #deliver<Name extends 'append' | 'replace'>(
    id: AccountId,
    messages: readonly NewMessage[],
    intent: (records: readonly MessageRecord[]) => readonly [Name, IntentArgs<Name>],
  ): Promise<IntentResult<Name>> {
    this.#shard(id)
    const staged = messages.map(message => stagedOf(message.body))
    const files: string[] = []
    try {
      const bodies = await this.#bodies(id % this.#shards.length, messages, staged, files)
      const [name, args] = intent(messages.map((message, i) => messageRecord(message, staged[i]!.digest)))
      const answer = await this.#write(id, name, args, bodies)
      for (const body of staged) body.taken = true
      await removeAll(staged.flatMap(body => (body.kind === 'file' ? [body.path] : [])))
      return answer
    } catch (error) {
      // With the writer gone nobody knows whether the intent happened: its files stay for the next recovery to judge.
      if (!(error instanceof StoreFault && error.failure === 'unavailable')) await removeAll(files)
      throw error
    }
  }

  async #bodies(shard: number, messages: readonly NewMessage[], staged: readonly Staged[], files: string[]) {
    const bodies: Body[] = []
    for (const [i, body] of staged.entries()) {
      if (body.kind === 'bytes') {
        const { form, bytes, crc, digest } = body
        bodies.push({ kind: 'bytes', form, bytes, crc, octets: messages[i]!.body.octets, digest })
      } else {
        const name = randomBytes(16).toString('hex')
        const path = largePath(this.#root!, shard, name)
        await link(body.path, path).catch(error => {
          throw ioFault(error, 'a staged body')
        })
        files.push(path)
        bodies.push({ kind: 'file', name, form: body.form, stored: body.stored })
      }
    }
    if (files.length > 0) {
      const directory = await open(largeDir(this.#root!, shard), 'r')
      try {
        await directory.sync()
      } finally {
        await directory.close()
      }
    }
    return bodies
  }
}

type ReplaceRest = Parameters<Metadata['replace']> extends [unknown, unknown, unknown, ...infer Rest] ? Rest : never

export async function writeShard<Name extends ShardIntent>(
  channel: Channel,
  name: Name,
  args: IntentArgs<Name>,
): Promise<IntentResult<Name>> {
  return (await channel.send({ intent: { name, account: null, args }, bodies: [] })) as IntentResult<Name>
}

async function removeAll(paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path, { force: true })
}
