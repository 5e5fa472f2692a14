import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatMetrics, Metrics, merge } from './metrics.ts'
import { ThreadMetrics } from './thread-metrics.ts'

test('metrics: text form', () => {
  const metrics = new Metrics()
  metrics.counter('logins_total', 'Logins').add(2)
  const named = metrics.counter('commands_total', 'By\nname', ['command', 'result'])
  named.add(1, 'FETCH', 'OK')
  named.add(3, 'a"\\b', 'NO')
  metrics.gauge('sessions', 'Open').set(4)
  const histogram = metrics.histogram('seconds', 'Time', [0.1, 1])
  for (const value of [0.1, 0.5, 7]) histogram.observe(value)
  assert.equal(
    formatMetrics(metrics.snapshot(), 'mail'),
    `# HELP mail_logins_total Logins
# TYPE mail_logins_total counter
mail_logins_total 2
# HELP mail_commands_total By\\nname
# TYPE mail_commands_total counter
mail_commands_total{command="FETCH",result="OK"} 1
mail_commands_total{command="a\\"\\\\b",result="NO"} 3
# HELP mail_sessions Open
# TYPE mail_sessions gauge
mail_sessions 4
# HELP mail_seconds Time
# TYPE mail_seconds histogram
mail_seconds_bucket{le="0.1"} 1
mail_seconds_bucket{le="1"} 2
mail_seconds_bucket{le="+Inf"} 3
mail_seconds_sum 7.6
mail_seconds_count 3
`,
  )
})

test('metrics: threads together', () => {
  const snapshots = [1, 2].map(thread => {
    const metrics = new Metrics()
    metrics.counter('c', 'c', ['l']).add(thread, 'both')
    metrics.counter('d', 'd', ['l']).add(thread, `only ${thread}`)
    metrics.gauge('g', 'g').set(thread)
    metrics.gauge('m', 'm', { over: 'max' }).set(thread)
    metrics.histogram('h', 'h', [1]).observe(thread)
    return structuredClone(metrics.snapshot())
  })
  const values = Object.fromEntries(merge(snapshots).map(({ name, samples }) => [name, samples]))
  assert.deepEqual(values, {
    c: [['both', [3]]],
    d: [
      ['only 1', [1]],
      ['only 2', [2]],
    ],
    g: [['', [3]]],
    m: [['', [2]]],
    h: [['', [1, 1, 3]]],
  })
})

test('metrics of a thread: the number of sessions has the name that operators ask for', () => {
  const metrics = new ThreadMetrics()
  metrics.countSessions(() => ({ imap: 7, lmtp: 1 }))
  assert.match(formatMetrics(metrics.snapshot(), 'any_thing'), /^any_thing_imap_sessions 7$/m)
})

test('metrics of a thread: a timed store answers and throws as before', async () => {
  class Store {
    readonly #value = 5
    async get(more: number) {
      return this.#value + more
    }
    async fail() {
      throw new RangeError('no')
    }
  }
  const metrics = new ThreadMetrics()
  const store = metrics.timed(new Store())
  assert.equal(await store.get(2), 7)
  await assert.rejects(store.fail(), RangeError)
  const text = formatMetrics(metrics.snapshot(), 'x')
  assert.match(text, /^x_store_seconds_count\{call="get"\} 1$/m)
  assert.match(text, /^x_store_faults_total\{call="fail"\} 1$/m)
})
