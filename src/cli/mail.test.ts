import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '#base/errors.ts'
import { createMailbox } from '#mail/mailboxes.ts'
import { Flag } from '#ports/metadata.ts'
import type { ExportRequest, ImportRequest } from '#ports/transfer.ts'
import { type MemoryMail, openMemoryMail } from '#test/memory-mail.ts'
import type { CheckReport, CheckRequest, Composition } from './composition.ts'
import { run } from './run.ts'
import type { Terminal } from './terminal.ts'
import { rangesOf } from './verbs/mailbox/undelete.ts'

/** The verbs about mail, on a store in memory that has one user: ann. */

type Setup = {
  readonly typed?: string
  readonly report?: Partial<CheckReport>
  readonly transfer?: (request: ImportRequest | ExportRequest) => void
  readonly serving?: boolean
  readonly problems?: number
}

async function rookery(memory: MemoryMail, line: string | readonly string[], setup: Setup = {}) {
  const said = { out: '', err: '' }
  const asked: (ImportRequest | ExportRequest | CheckRequest)[] = []
  const terminal: Partial<Terminal> = {
    env: {},
    interactive: setup.typed !== undefined,
    redraws: false,
    columns: 80,
    out(text) {
      said.out += text
    },
    err(text) {
      said.err += text
    },
    ask: async () => setup.typed ?? '',
  }
  const index = {
    messages: 3,
    behind: 1,
    octets: 4_567,
    files: 2,
    kept: setup.serving === true,
    rebuildAsked: false,
    octetsPerSecond: 12_345_678,
  }
  let open = 0
  const close = async () => {
    open--
  }
  const transferred = { format: 'mbox', mailboxes: 2, messages: 1234, octets: 5, skipped: 6, renumbered: 7 } as const
  const transfer = async (request: ImportRequest | ExportRequest) => {
    asked.push(request)
    setup.transfer?.(request)
    return { ...transferred, problems: setup.problems ?? 0 }
  }
  const composition: Partial<Composition> = {
    openUsers: async () => {
      open++
      const find = async (login: string) =>
        login === 'ann' ? { login, account: memory.mail.account, disabled: false, createdAt: 0 } : null
      return { find, close } as unknown as Awaited<ReturnType<Composition['openUsers']>>
    },
    openMail: async () => {
      open++
      return { ...memory.mail, close }
    },
    importMail: (_config, _mail, request) => transfer(request),
    exportMail: (_mail, request) => transfer(request),
    async check(_config, request) {
      asked.push(request)
      request.onProgress(1)
      return {
        messages: 3,
        octets: 99,
        faults: [],
        repaired: [],
        leftovers: { tornOctets: 0, files: 0 },
        ...setup.report,
      }
    },
    indexStatus: async () => index,
    rebuildIndex: async () => (setup.serving === true ? null : index),
    purge: async (_config, before) => ({ messages: await memory.mail.metadata.purgeExpunged(before, 1000), octets: 0 }),
  }
  const words = typeof line === 'string' ? line.split(' ') : line
  const exit = await run(words, composition as Composition, terminal as Terminal)
  assert.equal(open, 0, 'what was opened was not closed')
  return { exit, ...said, asked }
}

/** Two mailboxes: INBOX with three messages, the first one seen; Old/Straße with none. */
async function filled(): Promise<MemoryMail> {
  const memory = await openMemoryMail()
  await memory.deliver(
    { octets: 'Subject: =?utf-8?q?Stra=C3=9Fe?=\r\n\r\n', flags: Flag.seen },
    { octets: 'Subject: =?utf-8?q?=1B[31mred?= "quoted"\r\n\r\n' },
    { octets: 'no header\r\n' },
  )
  await createMailbox(memory.mail, 'Old/Straße', null)
  return memory
}

const names = async ({ mail }: MemoryMail) =>
  (await mail.metadata.mailboxes(mail.account)).map(({ name, messages }) => `${name} ${messages}`)

const ends: [line: string, exit: number, stream: 'out' | 'err', said: RegExp, setup?: Setup][] = [
  ['mailbox list', 64, 'err', /--user is missing/],
  ['mailbox list --user bob', 67, 'err', /there is no user bob/],
  ['mailbox list --user ann', 0, 'out', /^INBOX +3 {7}2 +\d+ +\d+ +not subscribed$/m],
  [
    'mailbox list --user ann --json',
    0,
    'out',
    /^\[\{"subscribed":false,"exists":true,"name":"INBOX","role":null,"messages":3,"unseen":2,/,
  ],
  ['mailbox status inbox --user ann', 0, 'out', /^uidNext +4$/m],
  ['mailbox status INBOX --user ann --json', 0, 'out', /^\{"name":"INBOX",.*"createdAt":"2026-01-01T/],
  ['mailbox status Nowhere --user ann', 1, 'err', /there is no mailbox Nowhere; "rookery mailbox list"/],
  ['mailbox create Old/Straße --user ann', 1, 'err', /already/],
  ['mailbox create a* --user ann', 64, 'err', /cannot be the name of a mailbox: Wildcards/],
  ['mailbox create a --role inbox --user ann', 64, 'err', /there is no role inbox; there are all, archive/],
  ['mailbox delete INBOX --user ann', 1, 'err', /INBOX cannot be deleted/],
  ['mailbox delete Nowhere --user ann', 1, 'err', /there is no mailbox/],
  ['mailbox rename Nowhere a --user ann', 1, 'err', /there is no mailbox/],
  ['mailbox undelete --user ann', 1, 'err', /nothing to have back/],
  ['mailbox undelete --user ann --list', 0, 'out', /There is nothing to have back/],
  ['mailbox undelete --user ann --since soon', 64, 'err', /--since wants a duration/],
  ['mailbox undelete --user ann --uid 1', 64, 'err', /--uid needs --mailbox/],
  ['mailbox undelete --user ann --mailbox INBOX --uid 0', 64, 'err', /wants a set/],
  ['mailbox purge', 64, 'err', /--older-than wants/],
  ['mailbox purge --older-than 1d', 1, 'err', /nothing was purged/, { typed: 'no' }],
  ['mailbox purge --older-than 1d', 0, 'out', /^Purged 0 messages/, { typed: 'yes' }],
  ['user quota ann', 0, 'out', /^Storage: {2}\d+ octets of unlimited\nMessages: 3 of unlimited\n$/],
  ['user quota ann --storage 10GiB --messages 5', 0, 'out', /of 10737418240 \(10 GiB\)\nMessages: 3 of 5\n$/],
  ['user quota ann --storage much', 64, 'err', /--storage wants a size like 10GiB or "unlimited"/],
  ['user quota ann --messages -1', 64, 'err', /--messages wants a value/],
  ['user quota bob', 67, 'err', /no user bob/],
  ['check', 0, 'out', /^3 messages, 99 octets: no faults\.\n$/],
  ['check --json', 0, 'out', /^\{"messages":3,/],
  ['index status', 0, 'out', /^behind +1$/m],
  ['index status', 0, 'out', /^No process keeps it now/m],
  ['index status', 0, 'out', /^A running process keeps it/m, { serving: true }],
  ['index status --json', 0, 'out', /^\{"messages":3,"behind":1,"octets":4567,/],
  ['index rebuild', 0, 'out', /^The index has 3 messages in 4567 octets\.$/m],
  ['index rebuild', 0, 'out', /^The process that keeps the index was asked/, { serving: true }],
  ['index rebuild --json', 0, 'out', /^\{"asked":true\}$/m, { serving: true }],
  ['import x', 64, 'err', /--user is missing/],
  ['import --user ann', 64, 'err', /PATH is missing/],
  ['import x --user ann --format mh', 64, 'err', /--format is one of mbox, maildir, eml, auto; it is mh/],
  ['import x --user ann --quoting mboxcl', 64, 'err', /--quoting is one of/],
  ['import x --user ann', 0, 'out', /^came: +1,234$/m],
  ['import x --user ann --dry-run', 0, 'out', /^would come: +1,234$/m],
  ['import x --user ann --json', 0, 'out', /^\{"format":"mbox",.*"problems":0,"dryRun":false,"details":\[\]\}\n$/],
  ['import x --user ann', 1, 'out', /^not taken: +2$/m, { problems: 2 }],
  ['export x --user ann', 64, 'err', /--format is missing: mbox, maildir, eml/],
  ['export x --user ann --format eml', 0, 'out', /^written: +1,234$/m],
]
for (const [line, exit, stream, said, setup] of ends) {
  test(`rookery ${line} → ${exit} ${said.source.slice(0, 40)}`, async () => {
    await using memory = await filled()
    const result = await rookery(memory, line, setup)
    assert.match(result[stream], said)
    assert.equal(result.exit, exit)
  })
}

test('mailbox create, subscribe, rename, unsubscribe, delete', async () => {
  await using memory = await filled()
  const subscribed = () => memory.mail.metadata.subscriptions(memory.mail.account)
  await rookery(memory, 'mailbox create A/B --role archive --user ann')
  assert.deepEqual(await names(memory), ['INBOX 3', 'A 0', 'A/B 0', 'Old 0', 'Old/Straße 0'])
  assert.equal((await memory.mail.metadata.mailboxNamed(memory.mail.account, 'A/B'))?.role, 'archive')
  assert.deepEqual(await subscribed(), ['A/B'])
  await rookery(memory, 'mailbox subscribe inbox --user ann')
  await rookery(memory, 'mailbox unsubscribe A/B --user ann')
  assert.deepEqual(await subscribed(), ['INBOX'])
  await rookery(memory, 'mailbox rename A C/D --user ann')
  assert.deepEqual(await names(memory), ['INBOX 3', 'C 0', 'C/D 0', 'C/D/B 0', 'Old 0', 'Old/Straße 0'])
  const { out } = await rookery(memory, 'mailbox delete C/D --user ann')
  assert.equal(out, 'Deleted C/D with 0 messages.\n')
  assert.deepEqual(await names(memory), ['INBOX 3', 'C 0', 'C/D/B 0', 'Old 0', 'Old/Straße 0'])
})

test('mailbox undelete: shows, brings back some, elsewhere, and the rest where it was', async () => {
  await using memory = await filled()
  const { mail, inbox } = memory
  await mail.metadata.expunge(mail.account, inbox, [[1, 3]], false)
  const listed = await rookery(memory, 'mailbox undelete --user ann --list')
  assert.match(listed.out, /INBOX {2,}1 {2,}\d+ {2}Straße\n/)
  assert.match(listed.out, /INBOX {2,}2 {2,}\d+ {2} \[31mred "quoted"\n/)
  const json: { uid: number; subject: string }[] = JSON.parse(
    (await rookery(memory, 'mailbox undelete --user ann --list --json')).out,
  )
  assert.deepEqual(
    json.map(({ uid, subject }) => [uid, subject]),
    [
      [3, ''],
      [2, ' [31mred "quoted"'],
      [1, 'Straße'],
    ],
  )
  const some = await rookery(memory, 'mailbox undelete --user ann --mailbox inbox --uid 2:* --into New/Place --json')
  assert.deepEqual(JSON.parse(some.out), [{ mailbox: 'New/Place', messages: 2 }])
  const rest = await rookery(memory, 'mailbox undelete --user ann')
  assert.equal(rest.out, '1 back in INBOX.\n')
  assert.deepEqual(await names(memory), ['INBOX 1', 'New 0', 'New/Place 2', 'Old 0', 'Old/Straße 0'])
})

test('mailbox undelete: a deleted mailbox comes back with its mail, in its order', async () => {
  await using memory = await filled()
  await rookery(memory, 'mailbox rename INBOX Was --user ann')
  assert.equal((await rookery(memory, 'mailbox delete Was --user ann')).out, 'Deleted Was with 3 messages.\n')
  assert.equal((await rookery(memory, 'mailbox undelete --user ann')).out, '3 back in Was.\n')
  const { id } = (await memory.mail.metadata.mailboxNamed(memory.mail.account, 'Was'))!
  const { flags } = await memory.mail.metadata.entries(memory.mail.account, id, 0, 10)
  assert.deepEqual([...flags], [Flag.seen, 0, 0])
})

test('mailbox undelete --since, mailbox purge --older-than: by the time of the expunge', async () => {
  let now = Date.now() - 10 * 86_400_000
  await using memory = await openMemoryMail({ now: () => now })
  await memory.deliver({ octets: 'Subject: old\r\n\r\n' }, { octets: 'Subject: new\r\n\r\n' })
  const { mail, inbox } = memory
  await mail.metadata.expunge(mail.account, inbox, [[1, 1]], false)
  now = Date.now() - 60_000
  await mail.metadata.expunge(mail.account, inbox, [[2, 2]], false)
  const listed = async (...more: string[]) => {
    const { out } = await rookery(memory, ['mailbox', 'undelete', '--user', 'ann', '--list', '--json', ...more])
    return (JSON.parse(out) as { subject: string }[]).map(each => each.subject)
  }
  assert.deepEqual(await listed('--since', '2 d'), ['new'])
  assert.deepEqual(await listed(), ['new', 'old'])
  await rookery(memory, ['mailbox', 'purge', '--older-than', '5 d', '--yes'])
  assert.deepEqual(await listed(), ['new'])
})

test('rangesOf: sets of UIDs', () => {
  assert.deepEqual(rangesOf('4,9:7,20:*'), [
    [4, 4],
    [7, 9],
    [20, 0xffff_ffff],
  ])
  for (const set of ['', '0', 'a', '1:2:3', '4294967296', '1,,2']) assert.throws(() => rangesOf(set), /wants a set/)
})

test('check: tells faults and repairs, and ends with 1', async () => {
  await using memory = await filled()
  const report = {
    faults: Array.from({ length: 51 }, (_, message) => ({ shard: 0, fault: 'a body is missing', where: { message } })),
    repaired: ['a mailbox whose totals are wrong'],
    leftovers: { tornOctets: 7, files: 1 },
  }
  const { exit, out, asked } = await rookery(memory, 'check --repair', { report })
  assert.equal(exit, 1)
  assert.equal((asked[0] as CheckRequest).repair, true)
  const lines = out.split('\n')
  assert.equal(lines[0], 'repaired: a mailbox whose totals are wrong')
  assert.equal(lines[1], 'fault: a body is missing (shard 0, message 0)')
  assert.ok(out.includes('… and 1 faults more'))
  assert.ok(out.endsWith('3 messages, 99 octets: 51 faults.\n'))
})

test('import and export: what was asked for is passed on, problems are told as they come', async () => {
  await using memory = await filled()
  const transfer = (request: ImportRequest | ExportRequest) => {
    request.onProgress({ done: 1, total: 1, unit: 'MiB' })
    request.onProblem({ place: 'a@7', problem: 'is too big' })
  }
  const brought = await rookery(memory, 'import /p --user ann --into Old --format Maildir --quoting none --again', {
    transfer,
    problems: 1,
  })
  const { onProgress: _1, onProblem: _2, ...imported } = brought.asked[0] as ImportRequest
  assert.deepEqual(imported, {
    path: '/p',
    into: 'Old',
    format: 'maildir',
    quoting: 'none',
    dryRun: false,
    again: true,
  })
  assert.match(brought.err, /^a@7: is too big\n100% 1\/1 MiB/)
  const auto = await rookery(memory, 'import /p --user ann')
  assert.equal((auto.asked[0] as ImportRequest).format, null)
  const taken = await rookery(memory, 'export /t --user ann --format mbox --mailbox a --mailbox b/* --quiet', {
    transfer,
  })
  const { onProgress: _3, onProblem: _4, ...exported } = taken.asked[0] as ExportRequest
  assert.deepEqual(exported, { target: '/t', format: 'mbox', mailboxes: ['a', 'b/*'] })
  assert.equal(taken.err, 'a@7: is too big\n')
})

test('import: an account that is full is a temporary failure', async () => {
  await using memory = await filled()
  const transfer = () => {
    throw new Refusal('over-quota', 'the account is full: 3 messages came')
  }
  const { exit, err } = await rookery(memory, 'import x --user ann', { transfer })
  assert.deepEqual([exit, err], [75, 'rookery import: the account is full: 3 messages came\n'])
})
