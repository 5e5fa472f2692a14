import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal, StoreFault } from '#base/errors.ts'
import { accountId } from '#base/ids.ts'
import type { Credential, User, UserAdmin } from '#ports/users.ts'
import type { Composition, Opened, ServeRequest } from './composition.ts'
import { run } from './run.ts'
import type { Terminal } from './terminal.ts'
import { usageOf, verb } from './verb.ts'
import { verbs } from './verbs.ts'

/** A directory in memory, as far as the verbs ask it. */
function directory(...logins: string[]) {
  const users = new Map<string, User & { secret: string }>()
  const credentials: Credential[] = []
  let last = 0
  const put = (login: string, secret: string): User => {
    const user = { login, account: accountId(++last), disabled: false, createdAt: Date.UTC(2026, 1, 3), secret }
    users.set(login, user)
    return { login, account: user.account, disabled: false, createdAt: user.createdAt }
  }
  for (const login of logins) put(login, 'old')
  const unasked = () => Promise.reject(new Error('no verb asks this'))
  const state = { open: 0, closed: 0 }
  const admin: Opened<UserAdmin> = {
    verifyPassword: unasked,
    scramVerifier: unasked,
    byCertificate: unasked,
    addCertificate: unasked,
    find: async login => users.get(login) ?? null,
    list: async () => [...users.values()].map(({ secret: _, ...user }) => user),
    async add(login, secret) {
      if (login.includes(' ')) throw new Refusal('mailbox-name', 'it has a space')
      if (users.has(login)) throw new Refusal('mailbox-exists', 'taken')
      return put(login, secret)
    },
    async setPassword(login, secret) {
      users.get(login)!.secret = secret
    },
    async setDisabled(login, disabled) {
      users.set(login, { ...users.get(login)!, disabled })
    },
    async remove(login) {
      const user = users.get(login)!
      users.delete(login)
      return user
    },
    credentials: async () => credentials,
    async addAppPassword(_, { name, protocols = null, expiresAt = null }) {
      const credential: Credential = {
        id: String(credentials.length + 1),
        name,
        kind: 'app-password',
        protocols,
        createdAt: 0,
        expiresAt,
        lastUsedAt: null,
      }
      credentials.push(credential)
      return { credential, secret: 'app-secret' }
    },
    async removeCredential(_, id) {
      credentials.splice(
        credentials.findIndex(each => each.id === id),
        1,
      )
    },
    async close() {
      state.closed++
    },
  }
  return { admin, users, credentials, state }
}

type Setup = { logins?: string[]; input?: string; typed?: string[]; env?: Record<string, string> }

async function rookery(argv: string[], { logins = [], input = '', typed, env = {} }: Setup = {}) {
  const { admin, users, credentials, state } = directory(...logins)
  const served: ServeRequest[] = []
  const said = { out: '', err: '' }
  const answer = async (question: string) => {
    said.err += question
    return typed?.shift() ?? ''
  }
  const terminal: Terminal = {
    env,
    interactive: typed !== undefined,
    redraws: false,
    columns: 80,
    out(text) {
      said.out += text
    },
    err(text) {
      said.err += text
    },
    input: (async function* () {
      yield Buffer.from(input)
    })(),
    askSecret: answer,
    ask: answer,
  }
  const unasked = () => Promise.reject(new Error('no verb here asks this'))
  const composition: Composition = {
    openMail: unasked,
    check: unasked,
    indexStatus: unasked,
    rebuildIndex: unasked,
    purge: unasked,
    importMail: unasked,
    exportMail: unasked,
    async serve(request) {
      served.push(request)
      return 0
    },
    async openUsers() {
      state.open++
      return admin
    },
  }
  const exit = await run(argv, composition, terminal)
  assert.equal(state.open, state.closed, 'what was opened was not closed')
  return { exit, ...said, users, credentials, served, opened: state.open }
}

const words = (line: string) => line.split(' ').filter(word => word !== '')

const ends: [line: string, exit: number, stream: 'out' | 'err', said: RegExp, setup?: Setup][] = [
  ['', 64, 'err', /^Rookery is .*Verbs:/s],
  ['--help', 0, 'out', /Verbs:\n/],
  ['-h', 0, 'out', /Verbs:\n/],
  ['help', 0, 'out', /Verbs:\n/],
  ['--version', 0, 'out', /^rookery \d+\.\d+\.\d+\n$/],
  ['version --json', 0, 'out', /^\{"rookery":"\d.*"node":"\d/],
  ['help user add', 0, 'out', /Usage: rookery user add NAME \[options\]/],
  ['user add --help', 0, 'out', /Examples:\n/],
  ['user', 64, 'err', /Usage: rookery user VERB/],
  ['user --help', 0, 'out', /user passwd/],
  ['user app-password', 64, 'err', /user app-password add/],
  ['usr add', 64, 'err', /did you mean "user add"\?/],
  ['user lst', 64, 'err', /there is no verb "user lst"; did you mean "user list"\?/],
  ['serv', 64, 'err', /did you mean "serve"\?/],
  ['xyzzy', 64, 'err', /there is no verb "xyzzy"\n/],
  ['--data x serve', 64, 'err', /--data comes too early: options follow the verb/],
  ['user add', 64, 'err', /rookery user add: NAME is missing/],
  ['user add ann bob', 64, 'err', /"bob"/],
  ['user add ann --dta x', 64, 'err', /there is no option --dta; did you mean --data\?/],
  ['user add ann --data', 64, 'err', /--data wants a value: --data DIR/],
  ['user add ann --data --json', 64, 'err', /--data wants a value/],
  ['user add ann --data a --data b', 64, 'err', /given twice/],
  ['user add ann --json=x', 64, 'err', /--json takes no value/],
  ['user add ann --set x', 64, 'err', /KEY=VALUE/],
  ['user add ann', 64, 'err', /give --password-stdin or --generate/],
  ['user add ann --generate --password-stdin', 64, 'err', /exclude each other/],
  ['user add ann --password-stdin', 64, 'err', /password is empty/],
  ['user add ann --password-stdin', 64, 'err', /more than one line/, { input: 'a\nb\n' }],
  ['user add ann --password-stdin', 64, 'err', /longer than 1024 octets/, { input: 'x'.repeat(1025) }],
  ['user add ann --password-stdin', 0, 'out', /^Added ann\.\n$/, { input: 'x'.repeat(1024) }],
  [
    'user add ann --password-stdin',
    1,
    'err',
    /there is a user ann already; "rookery user passwd ann"/,
    { logins: ['ann'], input: 'x' },
  ],
  ['user passwd ann --generate', 67, 'err', /there is no user ann/],
  ['user disable ann', 67, 'err', /there is no user ann/],
  ['user remove ann', 67, 'err', /there is no user ann/],
  ['user list --json', 0, 'out', /^\[\]\n$/],
  ['user list', 0, 'out', /^ann {2}enabled {3}since 2026-02-03\n$/, { logins: ['ann'] }],
  ['user app-password remove ann 9', 1, 'err', /no app password 9/, { logins: ['ann'] }],
  ['user app-password add ann phone --protocol smtp', 64, 'err', /no protocol smtp/, { logins: ['ann'] }],
  ['user app-password add ann phone --expires soon', 64, 'err', /duration like "90 d"/, { logins: ['ann'] }],
  ['serve', 78, 'err', /nowhere to listen/],
  ['serve --imap nowhere', 78, 'err', /has 1 fault:\n {2}--imap: listen\.imap must be HOST:PORT/],
  ['serve --config /nonexistent/rookery.toml', 78, 'err', /cannot be read: ENOENT/],
  ['config check', 0, 'out', /^The configuration is good\.\n$/],
  ['config check --set threads=0', 78, 'out', /^--set threads: threads must be/],
  ['config check --set treads=1 --json', 78, 'out', /^\[\{"severity":"error".*did you mean threads\?/],
  ['config explain limits.message_size', 0, 'out', /ROOKERY_LIMITS_MESSAGE_SIZE/],
  ['config explain limits', 0, 'out', /limits\.idle_timeout\n/],
  ['config explain limits.mesage_size', 64, 'err', /did you mean limits\.message_size\?/],
  ['config show', 0, 'out', /^threads = 3 +# ROOKERY_THREADS$/m, { env: { ROOKERY_THREADS: '3' } }],
  ['config show --json --threads 2', 0, 'out', /"threads":\{"value":"2","layer":"flag","place":"--threads"\}/],
]

for (const [line, exit, stream, said, setup] of ends) {
  test(`rookery ${line} → ${exit} ${said.source.slice(0, 40)}`, async () => {
    const result = await rookery(words(line), setup)
    assert.match(result[stream], said)
    assert.equal(result.exit, exit)
    if (exit !== 0 && stream === 'err') assert.equal(result.out, '')
  })
}

test('user add: the password comes from the first line of standard input, without its newline', async () => {
  const { users } = await rookery(['user', 'add', 'ann', '--password-stdin'], { input: 'pässword with spaces \r\n' })
  assert.equal(users.get('ann')?.secret, 'pässword with spaces ')
})

test('user add: asks twice at a terminal and never shows what was typed', async () => {
  const { users, err, out } = await rookery(['user', 'add', 'ann'], { typed: ['hush', 'hush'] })
  assert.equal(users.get('ann')?.secret, 'hush')
  assert.equal(err, 'Password for ann: The same again: ')
  assert.doesNotMatch(out, /hush/)
})

test('user add: two different answers change nothing', async () => {
  const { users, exit } = await rookery(['user', 'add', 'ann'], { typed: ['one', 'two'] })
  assert.equal(exit, 1)
  assert.equal(users.size, 0)
})

test('user add: a name that is taken is said before a password is asked for', async () => {
  const { err } = await rookery(['user', 'add', 'ann'], { logins: ['ann'], typed: ['x', 'x'] })
  assert.doesNotMatch(err, /Password for/)
})

test('user add: a name that cannot be one', async () => {
  const { exit, err } = await rookery(['user', 'add', 'a b', '--generate'])
  assert.equal(exit, 64)
  assert.match(err, /"a b" cannot be a login name: it has a space/)
})

test('user add --generate --json: the password is in the answer and good', async () => {
  const { out, users } = await rookery(['user', 'add', 'ann', '--generate', '--json'])
  const answer = JSON.parse(out)
  assert.match(answer.password, /^[a-z2-9]{5}(-[a-z2-9]{5}){3}$/)
  assert.deepEqual(answer, { login: 'ann', account: 1, password: users.get('ann')!.secret })
})

test('user passwd, disable, enable', async () => {
  const changed = await rookery(['user', 'passwd', 'ann', '--password-stdin'], { logins: ['ann'], input: 'new' })
  assert.equal(changed.users.get('ann')?.secret, 'new')
  const disabled = await rookery(['user', 'disable', 'ann'], { logins: ['ann'] })
  assert.equal(disabled.users.get('ann')?.disabled, true)
  const enabled = await rookery(['user', 'enable', 'ann'], { logins: ['ann'] })
  assert.equal(enabled.users.get('ann')?.disabled, false)
})

test('user remove: asks a person, who must type the name; a script and --yes are believed', async () => {
  const left = async (args: string[], typed?: string[]) => {
    const { users } = await rookery(['user', 'remove', 'ann', ...args], {
      logins: ['ann'],
      ...(typed ? { typed } : {}),
    })
    return users.size
  }
  assert.deepEqual(
    [await left([], ['no']), await left([], ['ann']), await left(['--yes'], []), await left([])],
    [1, 0, 0, 0],
  )
})

test('user app-password add: protocols, end and secret', async () => {
  const before = Date.now()
  const line = 'user app-password add ann phone --protocol imap --protocol http --expires 2d --json'
  const { out, credentials } = await rookery(words(line), { logins: ['ann'] })
  assert.equal(JSON.parse(out).password, 'app-secret')
  assert.deepEqual(credentials[0]?.protocols, ['imap', 'http'])
  const expiresIn = credentials[0]!.expiresAt! - before
  assert.ok(expiresIn >= 2 * 86_400_000 && expiresIn < 2 * 86_400_000 + 60_000)
})

test('serve: the options become the configuration, and reload reads them again', async () => {
  const line =
    'serve --data /d --imap 127.0.0.1:1 --imap [::1]:1 --lmtp unix:/s --threads 2 --set limits.message_size=1MiB'
  const { served, exit } = await rookery(words(line))
  assert.equal(exit, 0)
  const [{ config, demo, reload } = assert.fail()] = served
  assert.equal(demo, false)
  assert.equal(config.data.dir, '/d')
  assert.equal(config.listen.imap.length, 2)
  assert.deepEqual(config.listen.lmtp, [{ kind: 'unix', path: '/s' }])
  assert.equal(config.server.threads, 2)
  assert.equal(config.limits.messageOctets, 1024 * 1024)
  assert.deepEqual(reload().config, config)
})

test('start: serve with ports on loopback and the demo, unless told otherwise', async () => {
  const { served } = await rookery(words('start --http off'), { env: { ROOKERY_LISTEN_IMAP: '127.0.0.1:7' } })
  const { config, demo } = served[0]!
  assert.equal(demo, true)
  assert.equal(config.data.dir, './data')
  assert.deepEqual(config.listen, {
    imap: [{ kind: 'tcp', host: '127.0.0.1', port: 7 }],
    imaps: [{ kind: 'tcp', host: '127.0.0.1', port: 1993 }],
    lmtp: [{ kind: 'tcp', host: '127.0.0.1', port: 1024 }],
    http: [],
    proxyFrom: [],
  })
})

const errors: [name: string, error: Error, exit: number, said: RegExp][] = [
  ['a refusal', new Refusal('not-possible', 'it is in use'), 1, /^rookery fail: it is in use\n$/],
  ['a refusal that may pass later', new Refusal('over-quota', 'full'), 75, /full/],
  [
    'a store that is away',
    new StoreFault('unavailable', 'locked', { cause: new Error('busy') }),
    75,
    /locked \(busy\)/,
  ],
  ['a broken store', new StoreFault('corrupt', 'bad record'), 74, /bad record/],
  ['a bug', new TypeError('undefined is not'), 70, /bug of ours: TypeError: undefined is not\n +at /],
]
for (const [name, error, exit, said] of errors) {
  test(`what a verb throws: ${name}`, async () => {
    const failing = verb({ name: 'fail', summary: 'Fail', options: {}, examples: [], run: () => Promise.reject(error) })
    let err = ''
    const terminal: Partial<Terminal> = {
      err(text) {
        err += text
      },
    }
    assert.equal(await run(['fail'], {} as Composition, terminal as Terminal, [failing]), exit)
    assert.match(err, said)
  })
}

for (const each of verbs) {
  test(`${each.name}: help has its usage, all its options and examples that begin with a real verb`, async () => {
    const { out, exit } = await rookery([...each.name.split(' '), '--help'])
    assert.equal(exit, 0)
    assert.ok(out.includes(usageOf(each)))
    for (const name of Object.keys(each.options)) assert.ok(out.includes(`--${name}`), name)
    assert.ok(each.examples.length > 0)
    for (const [command] of each.examples) assert.ok(command.includes(`rookery ${each.name}`), command)
    assert.ok(out.split('\n').every(line => line.length <= 110))
  })
}
