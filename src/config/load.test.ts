import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { limits } from '#base/limits.ts'
import { loadConfig, type Sources } from './load.ts'

const folder = mkdtempSync(join(tmpdir(), 'rookery-config-'))
after(() => rmSync(folder, { recursive: true }))

let files = 0
function load(toml: string, more: Partial<Sources> = {}) {
  const file = join(folder, `${++files}.toml`)
  writeFileSync(file, toml)
  return loadConfig({ file, env: {}, flags: {}, ...more })
}

test('without anything there are defaults and no faults', () => {
  const { config, faults, origins, file } = loadConfig({ env: {}, flags: {} })
  assert.deepEqual(faults, [])
  assert.equal(file, null)
  assert.equal(config.data.dir, './data')
  assert.equal(config.limits.messageOctets, limits.messageOctets)
  assert.equal(config.mail.keepExpungedMs, 14 * 86_400_000)
  assert.deepEqual(config.listen.imap, [])
  assert.equal(origins.get('data')?.layer, 'default')
})

test('flag over environment over file over default of the verb over default', () => {
  const toml = 'threads = 3\n[limits]\nsessions_per_account = 3\nsessions_per_address = 3\nlogin_timeout = "3 s"\n'
  const env = {
    ROOKERY_LIMITS_SESSIONS_PER_ACCOUNT: '2',
    ROOKERY_LIMITS_SESSIONS_PER_ADDRESS: '2',
  }
  const { config, faults, origins } = load(toml, {
    env,
    flags: {},
    sets: { 'limits.sessions_per_account': '1' },
    defaults: { threads: '4', 'drain.rate': '4' },
  })
  assert.deepEqual(faults, [])
  assert.deepEqual(
    [config.limits.sessionsPerAccount, config.limits.sessionsPerAddress, config.limits.loginMs, config.server.threads],
    [1, 2, 3000, 3],
  )
  assert.equal(config.drain.sessionsPerSecond, 4)
  assert.deepEqual(
    ['limits.sessions_per_account', 'limits.sessions_per_address', 'threads', 'drain.rate', 'log.level'].map(
      key => origins.get(key)?.layer,
    ),
    ['flag', 'environment', 'file', 'verb', 'default'],
  )
  assert.match(origins.get('threads')!.place, /\.toml:1$/)
  assert.equal(origins.get('limits.sessions_per_address')!.place, 'ROOKERY_LIMITS_SESSIONS_PER_ADDRESS')
})

test('the file may be named by a variable', () => {
  const file = join(folder, 'named.toml')
  writeFileSync(file, 'threads = 2\n')
  assert.equal(loadConfig({ env: { ROOKERY_CONFIG: file }, flags: {} }).config.server.threads, 2)
})

test('paths in a file are meant from its folder, elsewhere they stay as they are', () => {
  const toml = 'data = "mail"\n[tls]\ncert = "c.pem"\nkey = "/k.pem"\n[listen]\nlmtp = "unix:lmtp"\n'
  const { config, faults } = load(toml, { flags: { 'log.destination': 'x.log' } })
  assert.deepEqual(faults, [])
  assert.equal(config.data.dir, join(folder, 'mail'))
  assert.equal(config.tls.certFile, join(folder, 'c.pem'))
  assert.equal(config.tls.keyFile, '/k.pem')
  assert.deepEqual(config.listen.lmtp, [{ kind: 'unix', path: join(folder, 'lmtp') }])
  assert.equal(config.log.destination, 'x.log')
})

const faulty: [name: string, toml: string, faults: [line: number | null, message: RegExp][]][] = [
  [
    'a misspelt setting',
    '[limits]\nmesage_size = "1 MiB"',
    [[2, /^there is no setting limits\.mesage_size; did you mean limits\.message_size\?$/]],
  ],
  ['a misspelt table', '\n[lmits]\nmessage_size = "1 MiB"', [[2, /no setting lmits; did you mean limits\?/]]],
  [
    'a setting in the wrong table',
    '[mail]\nmessage_size = "1 MiB"',
    [[2, /no setting mail\.message_size; did you mean limits\.message_size\?/]],
  ],
  ['a table setting without its table', 'message_size = "1 MiB"', [[1, /did you mean limits\.message_size\?/]]],
  ['nothing near', 'wxyzzy = 1', [[1, /^there is no setting wxyzzy$/]]],
  ['a setting of Object', 'constructor = 1', [[1, /./]]],
  ['a table written as a value', 'limits = 5', [[1, /limits is a table: write \[limits\]/]]],
  [
    'a wrong type with an example',
    '[limits]\nlogin_timeout = 5',
    [[2, /^limits\.login_timeout must be a duration .* like "180 s"; it is 5$/]],
  ],
  ['a unit that does not exist', '[limits]\nmessage_size = "5 MX"', [[2, /must be a size .* it is "5 MX"/]]],
  ['out of range', '[limits]\nidle_timeout = "29 min"', [[2, /from "30 min" to "7 d"/]]],
  ['zero threads', 'threads = 0', [[1, /from 1 to 256, like 4, or "auto"; it is 0/]]],
  ['half a thread', 'threads = 1.5', [[1, /must be a whole number/]]],
  ['a word not in the list', '[log]\nlevel = "loud"', [[2, /one of debug, info, warn, error/]]],
  ['a port too high', '[listen]\nimap = "127.0.0.1:65536"', [[2, /HOST:PORT/]]],
  ['a unix socket where there can be none', '[listen]\nimap = ["unix:/x"]', [[2, /HOST:PORT, like/]]],
  ['a network with too many bits', '[listen]\nproxy_protocol_from = ["10.0.0.0/33"]', [[2, /network/]]],
  ['a role that is none', '[mail]\nfolders = { spam = "Spam" }', [[2, /table of archive, drafts/]]],
  ['a date', 'threads = 2024-01-01', [[1, /it is 2024-01-01$/]]],
  [
    'several at once, each with its line',
    'threads = "x"\n\n[limits]\nnope = 1\nmessage_size = 1\n[log]\nlevel = 3',
    [
      [1, /threads/],
      [4, /nope/],
      [5, /message_size/],
      [7, /level/],
    ],
  ],
  [
    'an inline table knows its lines too',
    'limits = { nope = 1,\n message_size = 2 }',
    [
      [1, /nope/],
      [2, /message_size/],
    ],
  ],
  ['a dotted key', 'limits.nope = 1', [[1, /limits\.nope/]]],
  ['keys inside strings are none', 'data = """\n[limits]\nnope = 1\n"""\nnope = 2', [[5, /no setting nope/]]],
  ['no TOML at all', 'threads = 1\n= 5', [[2, /is not TOML/]]],
  ['a key twice', 'threads = 1\nthreads = 2', [[2, /is not TOML/]]],
  ['certificate without key', '[tls]\ncert = "c.pem"', [[null, /belong together/]]],
  [
    'two listeners on one port',
    '[listen]\nimap = "127.0.0.1:143"\nhttp = "127.0.0.1:143"',
    [[null, /listen\.http and listen\.imap both want 127\.0\.0\.1:143/]],
  ],
  ['two roles in one folder', '[mail]\nfolders = { sent = "Mail", trash = "mail" }', [[null, /both mail/]]],
]

for (const [name, toml, expected] of faulty) {
  test(`faults: ${name}`, () => {
    const { faults } = load(toml)
    assert.deepEqual(
      faults.map(fault => fault.line),
      expected.map(([line]) => line),
      JSON.stringify(faults),
    )
    for (const [index, [line, message]] of expected.entries()) {
      assert.match(faults[index]!.message, message)
      if (line !== null) assert.ok(faults[index]!.place.endsWith(`.toml:${line}`))
    }
  })
}

test('port 0 may be asked for twice', () => {
  assert.deepEqual(load('[listen]\nimap = "127.0.0.1:0"\nhttp = "127.0.0.1:0"').faults, [])
})

test('a file that is not there is a fault', () => {
  const { faults } = loadConfig({ file: join(folder, 'none'), env: {}, flags: {} })
  assert.deepEqual(
    faults.map(({ severity, message }) => [severity, message]),
    [['error', 'cannot be read: ENOENT']],
  )
})

test('what is faulty has the value of the layer below', () => {
  const { config } = load('threads = 7', { env: { ROOKERY_THREADS: 'many' } })
  assert.equal(config.server.threads, 7)
})

test('a misspelt variable is a warning, one that Kubernetes makes is not', () => {
  const env = {
    ROOKERY_THREDS: '1',
    ROOKERY_PORT: 'x',
    ROOKERY_SERVICE_HOST: 'x',
    ROOKERY_LMTP_PORT_1024_TCP: 'x',
    ROOKERY_NODE: 'x',
  }
  assert.deepEqual(loadConfig({ env, flags: {} }).faults, [
    {
      severity: 'warning',
      place: 'ROOKERY_THREDS',
      line: null,
      message: 'no setting has this variable; did you mean ROOKERY_THREADS?',
    },
  ])
})

test('text of flags and variables: lists, off, switches', () => {
  const { config, faults } = load('[listen]\nimaps = "127.0.0.1:1993"', {
    env: { ROOKERY_MAIL_CREATE_DETAIL_FOLDER: 'yes', ROOKERY_MAIL_FOLDERS: 'sent=Gesendet, trash=Papierkorb' },
    flags: {
      'listen.imap': ['127.0.0.1:1', '[::1]:2'],
      'listen.imaps': 'off',
      'login.mechanisms': 'plain,scram-sha-256',
    },
  })
  assert.deepEqual(faults, [])
  assert.deepEqual(config.listen.imap, [
    { kind: 'tcp', host: '127.0.0.1', port: 1 },
    { kind: 'tcp', host: '::1', port: 2 },
  ])
  assert.deepEqual(config.listen.imaps, [])
  assert.equal(config.mail.createDetailFolder, true)
  assert.deepEqual(config.mail.folders, { sent: 'Gesendet', trash: 'Papierkorb' })
  assert.deepEqual(config.login.mechanisms, ['PLAIN', 'SCRAM-SHA-256'])
})

test('a setting given by a name that is not there is a fault', () => {
  const { faults } = loadConfig({ env: {}, flags: {}, sets: { 'limits.nope': '1' } })
  assert.equal(faults.length, 1)
  assert.match(faults[0]!.message, /there is no setting limits\.nope/)
})
