import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { openLog, redact } from './log.ts'

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'rookery-log-'))
  t.after(() => rmSync(made, { recursive: true }))
  return made
}

const linesOf = (file: string): Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))

test('a line is one JSON object with time, level, thread and event', t => {
  const file = join(folder(t), 'rookery.log')
  const log = openLog({ level: 'info', destination: file, thread: 3 })
  log.info('session.open', { session: 7 })
  log.debug('session.close')
  log.close()
  const [line, ...more] = linesOf(file)
  assert.deepEqual(more, [])
  assert.deepEqual(
    { ...line, time: null },
    { level: 'info', time: null, pid: process.pid, thread: 3, session: 7, event: 'session.open' },
  )
  assert.match(String(line!.time), /^\d{4}-\d\d-\d\dT/)
})

test('information waits a little, a warning brings everything out at once', t => {
  const file = join(folder(t), 'rookery.log')
  const log = openLog({ level: 'info', destination: file, thread: 0 })
  t.after(() => log.close())
  log.info('server.start')
  assert.equal(linesOf(file).length, 0)
  log.warn('auth.throttled')
  assert.deepEqual(
    linesOf(file).map(line => line.event),
    ['server.start', 'auth.throttled'],
  )
})

test('the level can be changed while running', t => {
  const file = join(folder(t), 'rookery.log')
  const log = openLog({ level: 'error', destination: file, thread: 0 })
  log.warn('auth.throttled')
  log.setLevel('debug')
  log.debug('session.open')
  log.close()
  assert.deepEqual(
    linesOf(file).map(line => line.event),
    ['session.open'],
  )
})

test('a file that was moved away is opened again by its name', t => {
  const file = join(folder(t), 'rookery.log')
  const log = openLog({ level: 'info', destination: file, thread: 0 })
  log.info('server.start')
  log.flush()
  renameSync(file, `${file}.1`)
  log.info('server.ready')
  log.reopen()
  log.info('server.stop')
  log.close()
  const events = (name: string) => linesOf(name).map(line => line.event)
  assert.deepEqual(events(`${file}.1`), ['server.start', 'server.ready'])
  assert.deepEqual(events(file), ['server.stop'])
})

test('threads that write to one file at the same time do not tear lines', async t => {
  const file = join(folder(t), 'rookery.log')
  const source = `
    import { workerData } from 'node:worker_threads'
    import { openLog } from ${JSON.stringify(new URL('./log.ts', import.meta.url).href)}
    const log = openLog({ level: 'info', destination: workerData.file, thread: workerData.thread })
    for (let i = 0; i < 500; i++) log.info('session.open', { i, filler: 'x'.repeat(i) })
  `
  await Promise.all(
    [1, 2, 3].map(thread => {
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
        workerData: { file, thread },
      })
      return new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject))
    }),
  )
  // Every line parses, each thread's are all there and in order; the last ones came out as the thread ended.
  const lines = linesOf(file)
  for (const thread of [1, 2, 3]) {
    const numbers = lines.filter(line => line.thread === thread).map(line => line.i)
    assert.deepEqual(
      numbers,
      Array.from({ length: 500 }, (_, i) => i),
    )
  }
})

const cases: [name: string, fields: Record<string, unknown>, clean: unknown][] = [
  ['plain fields stay', { account: 7, login: 'ann', ok: true }, { account: 7, login: 'ann', ok: true }],
  [
    'a password goes',
    { password: 'x', newPassword: 'y', pass: 'z' },
    { password: '[redacted]', newPassword: '[redacted]', pass: '[redacted]' },
  ],
  [
    'names with other words in them',
    { clientSecret: 'x', access_token: 'y', privateKey: 'k' },
    { clientSecret: '[redacted]', access_token: '[redacted]', privateKey: '[redacted]' },
  ],
  ['words that only begin alike stay', { passed: 3, bypasses: 1 }, { passed: 3, bypasses: 1 }],
  ['inside objects and lists', { a: { b: [{ secret: 'x', c: 1 }] } }, { a: { b: [{ secret: '[redacted]', c: 1 }] } }],
  ['that there is one may be said', { password: true, secret: null }, { password: true, secret: null }],
  ['octets are only counted', { body: Buffer.from('hello') }, { body: '[5 octets]' }],
  ['big numbers', { revision: 12n }, { revision: '12' }],
]

for (const [name, fields, clean] of cases) test(`redact: ${name}`, () => assert.deepEqual(redact(fields), clean))

test('redact: an error keeps message, stack, code and cause, not its secrets', () => {
  const cause = Object.assign(new Error('disk'), { code: 'ENOSPC', password: 'x' })
  const { error } = redact({ error: new Error('store', { cause }) }) as { error: Record<string, unknown> }
  const { stack, cause: inner, ...rest } = error
  assert.deepEqual(rest, { name: 'Error', message: 'store' })
  assert.match(String(stack), /log\.test/)
  const { stack: _, ...innerRest } = inner as Record<string, unknown>
  assert.deepEqual(innerRest, { name: 'Error', message: 'disk', code: 'ENOSPC', password: '[redacted]' })
})

test('redact: a circle ends', () => {
  const circle: Record<string, unknown> = {}
  circle.self = circle
  assert.match(JSON.stringify(redact(circle)), /\[deep\]/)
})
