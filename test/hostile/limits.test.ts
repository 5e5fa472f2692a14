/** Limits at their edge: what is exactly at one passes, one more is refused as base/limits.ts says. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { limits } from '#base/limits.ts'
import { ImapClient, type Piece } from '#test/imap-client.ts'
import { type InProcess, login, password, serveInProcess } from '#test/in-process.ts'
import { RawClient } from './raw-client.ts'

const server: InProcess = await serveInProcess()
after(() => server[Symbol.asyncDispose]())
const { port } = server

const user = () => ImapClient.login({ port, user: login, password, waitMs: 10_000 })
const stranger = () => ImapClient.connect({ port, waitMs: 10_000 })

/** The status and code of the answer, such as 'BAD [TOOBIG]'. */
async function answer(client: ImapClient, ...pieces: readonly Piece[]): Promise<string> {
  const { status, text } = await client.command(...pieces)
  const code = /^\[([A-Z]+)/.exec(text)?.[1]
  return code === undefined ? status : `${status} [${code}]`
}

/** A command with a tag of two characters, so long that it has exactly so many octets without its line end. */
async function ofLength(octets: number, start: string, connect: () => Promise<ImapClient>): Promise<string> {
  await using client = await connect()
  const tag = /^t\d+ /.exec(`t${connect === user ? 2 : 1} `)![0]
  return await answer(client, start + 'x'.repeat(octets - tag.length - start.length))
}

test('limits: the length of a command before login', async () => {
  const { commandOctetsAnonymous: most } = limits
  assert.equal(await ofLength(most, 'LOGIN a ', stranger), 'NO [AUTHENTICATIONFAILED]')
  assert.equal(await ofLength(most + 1, 'LOGIN a ', stranger), 'BAD [TOOBIG]')
})

test('limits: the length of a command', async () => {
  const { commandOctets: most } = limits
  assert.equal(await ofLength(most, 'SELECT ', user), 'NO [NONEXISTENT]')
  assert.equal(await ofLength(most + 1, 'SELECT ', user), 'BAD [TOOBIG]')
})

test('limits: literals held in memory', async () => {
  await using client = await user()
  const half = limits.literalOctets / 2
  const list = (first: number, second: number) =>
    answer(client, 'LIST ', Buffer.alloc(first, 'a'), ' ', Buffer.alloc(second, 'b'))
  assert.equal(await list(half, half), 'OK')
  assert.equal(await list(half, half + 1), 'BAD [TOOBIG]')
  assert.equal(await list(1, 1), 'OK')
})

test('limits: literals before login', async () => {
  await using client = await ImapClient.connect({ port, literals: 'sync', waitMs: 10_000 })
  const { literalOctetsAnonymous: most, literalMinusOctets: unasked } = limits
  assert.equal(await answer(client, 'LOGIN ', Buffer.alloc(most - 1, 'a'), ' b'), 'NO [AUTHENTICATIONFAILED]')
  assert.equal(await answer(client, 'LOGIN ', Buffer.alloc(most + 1, 'a'), ' b'), 'BAD [TOOBIG]')
  await using hasty = await stranger()
  assert.equal(await answer(hasty, 'LOGIN ', Buffer.alloc(unasked, 'a'), ' b'), 'NO [AUTHENTICATIONFAILED]')
  assert.equal(await answer(hasty, 'LOGIN ', Buffer.alloc(unasked + 1, 'a'), ' b'), 'BAD [TOOBIG]')
})

test('limits: ranges, keys and parentheses', async () => {
  await using client = await user()
  await client.ok('SELECT INBOX')
  const keys = (count: number) => answer(client, `SEARCH${' ALL'.repeat(count)}`)
  assert.equal(await keys(limits.searchKeys), 'OK')
  assert.equal(await keys(limits.searchKeys + 1), 'BAD')
  const deep = (depth: number) => answer(client, `SEARCH ${'('.repeat(depth)}ALL${')'.repeat(depth)}`)
  assert.equal(await deep(limits.listDepth), 'OK')
  assert.equal(await deep(limits.listDepth + 1), 'BAD')
  const ranges = (count: number) => answer(client, `UID FETCH ${'1,'.repeat(count - 1)}1 FLAGS`)
  assert.equal(await ranges(limits.sequenceRanges), 'OK')
  assert.equal(await ranges(limits.sequenceRanges + 1), 'BAD')
})

test('limits: items of a FETCH', async () => {
  await using client = await user()
  await client.ok('APPEND INBOX ', Buffer.from('Subject: items\r\n\r\n'))
  await client.ok('SELECT INBOX')
  const items = (count: number) =>
    answer(client, `FETCH 1:* (${Array.from({ length: count }, (_, i) => `BODY.PEEK[]<${i}.1>`).join(' ')})`)
  assert.equal(await items(limits.fetchItems), 'OK')
  assert.equal(await items(limits.fetchItems + 1), 'NO [LIMIT]')
})

for (const [name, connect, most] of [
  ['before login', stranger, limits.badCommandsAnonymous],
  ['after it', user, limits.badCommands],
] as const) {
  test(`limits: bad commands in a row, ${name}`, async () => {
    await using client = await connect()
    for (let i = 1; i < most; i++) assert.equal(await answer(client, 'NONSENSE'), 'BAD')
    assert.equal(await answer(client, 'NOOP'), 'OK')
    for (let i = 1; i <= most; i++) assert.equal(await answer(client, 'NONSENSE'), 'BAD')
    await client.next(/^\* BYE Too many/)
    await client.closed()
  })
}

test('limits: names', async () => {
  await using client = await user()
  const create = (name: string) => answer(client, `CREATE "${name}"`)
  assert.match(await create('n'.repeat(limits.mailboxNameOctets)), /^OK/)
  assert.equal(await create('n'.repeat(limits.mailboxNameOctets + 1)), 'NO [CANNOT]')
  assert.match(await create(Array(limits.mailboxDepth).fill('d').join('/')), /^OK/)
  assert.equal(
    await create(
      Array(limits.mailboxDepth + 1)
        .fill('d')
        .join('/'),
    ),
    'NO [CANNOT]',
  )
})

test('limits: the length of a keyword, by STORE and by APPEND', async () => {
  await using client = await user()
  await client.ok('CREATE keywords')
  await client.ok('APPEND keywords ', Buffer.from('Subject: k\r\n\r\n'))
  await client.ok('SELECT keywords')
  const long = 'k'.repeat(limits.keywordOctets)
  const mail = Buffer.from('Subject: k\r\n\r\n')
  assert.equal(await answer(client, `STORE 1 +FLAGS (${long})`), 'OK')
  assert.equal(await answer(client, `STORE 1 +FLAGS (${long}k)`), 'NO [LIMIT]')
  assert.match(await answer(client, `APPEND keywords (${long}) `, mail), /^OK/)
  assert.equal(await answer(client, `APPEND keywords (${long}k) `, mail), 'NO [LIMIT]')
})

test('limits: keywords of a message and of a mailbox', async () => {
  await using client = await user()
  await client.ok('CREATE many-keywords')
  await client.ok('APPEND many-keywords ', Buffer.from('Subject: k\r\n\r\n'))
  await client.ok('SELECT many-keywords')
  const words = (from: number, count: number) => Array.from({ length: count }, (_, i) => `w${from + i}`).join(' ')
  const { keywordsPerMessage: perMessage, keywordsPerMailbox: perMailbox } = limits
  assert.equal(await answer(client, `STORE 1 FLAGS.SILENT (${words(0, perMessage + 1)})`), 'NO [LIMIT]')
  for (let known = 0; known < perMailbox; known += perMessage) {
    const count = Math.min(perMessage, perMailbox - known)
    assert.equal(await answer(client, `STORE 1 FLAGS.SILENT (${words(known, count)})`), 'OK')
  }
  assert.equal(await answer(client, 'STORE 1 FLAGS.SILENT (one-more)'), 'NO [LIMIT]')
  assert.equal(await answer(client, 'STORE 1 FLAGS.SILENT (w1)'), 'OK')
})

test('limits: literals that an APPEND holds between two that stream', async () => {
  await using client = await user()
  // Each URL is a literal; the first that is not found ends the command.
  const held = (count: number) => answer(client, 'APPEND ', Buffer.from('INBOX'), ' CATENATE (', ...urls(count), ')')
  assert.equal(await held(limits.appendHeldLiterals - 1), 'NO [BADURL]')
  assert.equal(await held(limits.appendHeldLiterals), 'BAD')
})

const urls = (count: number): Piece[] =>
  Array.from({ length: count }, (_, i): Piece[] => [
    `${i === 0 ? '' : ' '}URL `,
    Buffer.from('/nowhere;UIDVALIDITY=1/;UID=1'),
  ]).flat()

test('limits: time to log in, and time to say nothing', async () => {
  await using hasty = await serveInProcess({ loginMs: 150, idleMs: 300 })
  await using silent = await RawClient.connect(hasty.port)
  await using talks = await RawClient.connect(hasty.port)
  const talking = setInterval(() => talks.write('a NOOP\r\n'), 20)
  await using known = await RawClient.login(hasty.port, login, password)
  await known.say('b NOOP')
  const from = performance.now()
  await known.ends(2_000)
  assert.ok(performance.now() - from >= 250)
  assert.match(known.heard, /^\* BYE /m)
  await silent.ends(2_000)
  await talks.ends(2_000)
  clearInterval(talking)
  assert.match(silent.heard, /^\* BYE /m)
  assert.match(talks.heard, /^\* BYE /m)
})

test('limits: sessions of an account, named in the answer', async () => {
  const sessions = await Promise.all(Array.from({ length: limits.sessionsPerAccount }, user))
  try {
    await using client = await stranger()
    const { status, text } = await client.command(`LOGIN ${login} "${password}"`)
    assert.equal(status, 'NO')
    assert.match(text, new RegExp(`^\\[LIMIT\\] .*\\b${limits.sessionsPerAccount}\\b`))
    await sessions.pop()!.logout()
    await client.ok(`LOGIN ${login} "${password}"`)
  } finally {
    for (const session of sessions) await session[Symbol.asyncDispose]()
  }
})

test('limits: connections of an address, named in the answer', async () => {
  const from = '127.0.7.1'
  const clients: RawClient[] = []
  for (let i = 0; i < limits.sessionsPerAddress; i += 50)
    clients.push(...(await Promise.all(Array.from({ length: 50 }, () => RawClient.connect(port, from)))))
  await clients.at(-1)!.hears(/^\* OK/)
  await using refused = await RawClient.connect(port, from)
  await refused.hears(new RegExp(`^\\* BYE \\[LIMIT\\] .*\\b${limits.sessionsPerAddress}\\b`))
  await using elsewhere = await RawClient.connect(port, '127.0.7.2')
  await elsewhere.hears(/^\* OK/)
  await clients.pop()!.say('a LOGOUT')
  for (const client of clients) await client[Symbol.asyncDispose]()
})
