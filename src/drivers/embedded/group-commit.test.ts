import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreFault } from '#base/errors.ts'
import type { AccountId } from '#base/ids.ts'
import { Form } from '../segments/record.ts'
import type { PlacedBody } from '../segments/segment-writer.ts'
import { migrate } from '../sql/migrations.ts'
import { openSqlite } from '../sql/sqlite.ts'
import type { BodySink } from './body-sink.ts'
import { GroupCommit } from './group-commit.ts'
import type { Body, Outcome, Request } from './protocol.ts'

/** A sink that does as it is told, and says what was asked of it. */
class FaultySink implements BodySink {
  readonly calls: string[] = []
  failPlace = false
  failSync = false
  sealed = 0

  place(bodies: readonly Body[]): PlacedBody[] {
    this.calls.push(`place ${bodies.length}`)
    if (this.failPlace) throw new StoreFault('full', 'no space')
    return bodies.map(() => ({ id: '0s1.0', segment: 1, stored: 1, form: Form.raw }))
  }
  sync(): void {
    this.calls.push('sync')
    if (this.failSync) throw new StoreFault('unavailable', 'the disk is away')
  }
  stillMine(): boolean {
    return --this.sealed < 0
  }
  abandon(): void {
    this.calls.push('abandon')
  }
  close(): void {}
}

function room() {
  const db = openSqlite(':memory:', 'write')
  migrate(db)
  const sink = new FaultySink()
  const commit = new GroupCommit(db, sink, { shard: 0, shards: 1 }, () => 1_000_000)
  const account = resultOf(
    commit.run([{ id: 0, intent: { name: 'createAccount', account: null, args: [] }, bodies: [] }]),
  )
  const request = (
    name: 'append' | 'createMailboxes',
    args: readonly unknown[],
    bodies: readonly Body[] = [],
  ): Request => ({
    id: 1,
    intent: { name, account: account as AccountId, args },
    bodies,
  })
  const body = { kind: 'bytes', form: Form.raw, bytes: new Uint8Array(1), crc: 0, octets: 1, digest } as const
  const append = () => request('append', [1, [record]], [body])
  const create = (name: string) => request('createMailboxes', [[{ name }]])
  const counted = () => db.get<{ count: number }>('SELECT count(*) AS count FROM entries')!.count
  return { db, sink, commit, append, create, counted }
}

const digest = new Uint8Array(32)
const record = {
  octets: 1,
  digest,
  headerOctets: 0,
  envelope: '',
  bodyStructure: '',
  preview: '',
  structure: '{}',
  sentAt: null,
  sentZone: 0,
  subject: '',
  baseSubject: '',
  isReply: false,
  from: '',
  to: '',
  cc: '',
  displayFrom: '',
  displayTo: '',
  messageId: null,
  inReplyTo: null,
  references: '[]',
  threadKeys: [],
  flags: 0,
  keywords: [],
  receivedAt: 0,
  zone: 0,
  uid: null,
}

const resultOf = ({ outcomes }: { outcomes: readonly Outcome[] }) => (outcomes[0]!.ok ? outcomes[0]!.result : null)
const told = ({ outcomes }: { outcomes: readonly Outcome[] }) =>
  outcomes.map(outcome => {
    if (outcome.ok) return 'ok'
    const { failure } = outcome
    return failure.kind === 'refusal' ? failure.reason : failure.kind === 'fault' ? failure.failure : 'bug'
  })

test('one sync for all bodies of a group, and none without bodies', () => {
  const { sink, commit, append, create } = room()
  sink.calls.length = 0
  assert.deepEqual(told(commit.run([append(), create('a'), append()])), ['ok', 'ok', 'ok'])
  assert.deepEqual(sink.calls, ['place 1', 'place 1', 'sync'])
  commit.run([create('b')])
  assert.equal(sink.calls.length, 3)
})

test('a refused intent takes nothing of the others with it, and gives no hint', () => {
  const { commit, append, create, counted } = room()
  const { hints, ...group } = commit.run([create('a'), create('a'), append()])
  assert.deepEqual(told(group), ['ok', 'mailbox-exists', 'ok'])
  assert.equal(counted(), 1)
  assert.deepEqual(
    hints.map(({ mailbox, modseq }) => [mailbox, modseq]),
    [
      [null, 2],
      [1, 3],
    ],
  )
})

test('no space for a body: only who brought one is refused', () => {
  const { sink, commit, append, create, counted } = room()
  sink.failPlace = true
  assert.deepEqual(told(commit.run([append(), create('a')])), ['full', 'ok'])
  sink.failPlace = false
  assert.deepEqual(told(commit.run([append()])), ['ok'])
  assert.equal(counted(), 1)
})

test('a segment whose sync failed is never used again, and the whole group is refused', () => {
  const { sink, commit, append, create, counted } = room()
  sink.failSync = true
  assert.deepEqual(told(commit.run([append(), create('a')])), ['unavailable', 'unavailable'])
  assert.equal(sink.calls.at(-1), 'abandon')
  sink.failSync = false
  assert.deepEqual(told(commit.run([append(), create('a')])), ['ok', 'ok'])
  assert.equal(counted(), 1)
})

test('a segment that was sealed meanwhile is left, and the bodies are written again', () => {
  const { sink, commit, append, counted } = room()
  sink.calls.length = 0
  sink.sealed = 1
  assert.deepEqual(told(commit.run([append()])), ['ok'])
  assert.deepEqual(sink.calls, ['place 1', 'sync', 'abandon', 'place 1', 'sync'])
  assert.equal(counted(), 1)
})
