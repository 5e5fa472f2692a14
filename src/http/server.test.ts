import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { silentLog } from '#base/log.ts'
import { type HttpServices, startHttp } from './server.ts'
import { ThreadMetrics } from './thread-metrics.ts'

async function serve(t: TestContext, services: Partial<HttpServices> = {}) {
  const thread = new ThreadMetrics()
  thread.countSessions(() => ({ imap: 3, lmtp: 0 }))
  const http = await startHttp(
    {
      log: silentLog,
      metricsPrefix: 'mail',
      ready: () => true,
      metrics: async () => [thread.snapshot(), thread.snapshot()],
      ...services,
    },
    [{ host: '127.0.0.1', port: 0 }],
  )
  t.after(() => http.close())
  const { port } = http.addresses[0]!
  return { port, get: (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init) }
}

/** What the server says to these octets until it closes. */
async function say(port: number, octets: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(octets)
  let all = ''
  for await (const chunk of socket) all += String(chunk)
  return all
}

test('HTTP: readiness follows the server, liveness does not', async t => {
  let ready = false
  const { get } = await serve(t, { ready: () => ready })
  assert.equal((await get('/health/live')).status, 200)
  assert.equal((await get('/health/ready')).status, 503)
  ready = true
  assert.equal((await get('/health/ready')).status, 200)
})

test('HTTP: metrics of all threads', async t => {
  const { get } = await serve(t)
  const response = await get('/metrics?anything')
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  assert.match(await response.text(), /^mail_imap_sessions 6$/m)
})

const cases: [name: string, path: string, method: string, status: number][] = [
  ['elsewhere', '/', 'GET', 404],
  ['a name every object has', '/constructor', 'GET', 404],
  ['something else than reading', '/metrics', 'POST', 405],
  ['only the header', '/health/live', 'HEAD', 200],
]

for (const [name, path, method, status] of cases) {
  test(`HTTP: ${name}`, async t => {
    const { get } = await serve(t)
    const response = await get(path, { method, ...(method === 'POST' ? { body: 'x'.repeat(100_000) } : {}) })
    assert.equal(response.status, status)
    if (status === 405) assert.equal(response.headers.get('allow'), 'GET, HEAD')
  })
}

test('HTTP: a source that fails is an error, and the server goes on', async t => {
  const { get } = await serve(t, { metrics: () => Promise.reject(new Error('no')) })
  assert.equal((await get('/metrics')).status, 500)
  assert.equal((await get('/health/live')).status, 200)
})

test('HTTP: what is no request disturbs nobody', async t => {
  const { port, get } = await serve(t)
  assert.match(await say(port, 'A1 LOGIN ann secret\r\n\r\n'), /^HTTP\/1\.1 400 /)
  assert.match(await say(port, `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 4\d\d /)
  assert.equal((await get('/health/live')).status, 200)
})
