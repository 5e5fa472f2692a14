import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { MemoryAdmission, networkOf, remoteAdmission, serveAdmission } from './admission.ts'
import { makeTrust } from './proxy.ts'

function held(options: ConstructorParameters<typeof MemoryAdmission>[0] = {}) {
  const clock = { time: 1_700_000_000_000, now: () => clock.time }
  const admission = new MemoryAdmission({ clock, ...options })
  const attempt = async (address: string, login: string, success: boolean): Promise<number> => {
    const { delayMs } = await admission.beforeLogin(address, login)
    admission.afterLogin(address, login, success)
    return delayMs
  }
  return { clock, admission, attempt }
}

test('admission: failures of a pair make it wait longer and longer, and a success ends that', async () => {
  const { attempt } = held()
  const delays: number[] = []
  for (let i = 0; i < 9; i++) delays.push(await attempt('192.0.2.1', 'alice', false))
  assert.deepEqual(delays, [0, 0, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000])
  assert.equal(await attempt('192.0.2.1', 'Alice', true), 15_000, 'spelling makes no difference')
  assert.equal(await attempt('192.0.2.1', 'alice', false), 0)
})

test('admission: other users and other addresses do not wait for it', async () => {
  const { attempt } = held()
  for (let i = 0; i < 9; i++) await attempt('192.0.2.1', 'alice', false)
  assert.equal(await attempt('192.0.2.1', 'bob', true), 0)
  assert.equal(await attempt('192.0.2.2', 'alice', true), 0)
})

test('admission: tries that broke off leave nothing behind', async () => {
  const { admission, attempt } = held()
  await attempt('192.0.2.1', 'alice', false)
  for (let i = 0; i < 100; i++) {
    assert.deepEqual(await admission.beforeLogin('192.0.2.1', 'alice'), { delayMs: 0 })
    admission.afterLogin('192.0.2.1', 'alice', null)
  }
  assert.equal(await attempt('192.0.2.1', 'alice', false), 0)
  assert.equal(await attempt('192.0.2.1', 'alice', false), 1_000)
})

test('admission: failures are forgiven with time', async () => {
  const { attempt, clock } = held()
  for (let i = 0; i < 6; i++) await attempt('192.0.2.1', 'alice', false)
  clock.time += 15 * 60_000
  assert.equal(await attempt('192.0.2.1', 'alice', false), 2_000)
  clock.time += 24 * 3_600_000
  assert.equal(await attempt('192.0.2.1', 'alice', false), 0)
})

test('admission: who tries many logins waits at all of them, but not those who were right here lately', async () => {
  const { attempt, clock } = held()
  assert.equal(await attempt('192.0.2.1', 'resident', true), 0)
  const delays: number[] = []
  for (let i = 0; i < 20; i++) delays.push(await attempt('192.0.2.1', `guess${i}`, false))
  assert.deepEqual(delays.slice(0, 12), Array(12).fill(0))
  assert.deepEqual(delays.slice(12, 17), [1_000, 2_000, 4_000, 8_000, 15_000])
  assert.equal(await attempt('192.0.2.1', 'newcomer', true), 15_000)
  assert.equal(await attempt('192.0.2.1', 'newcomer', true), 0)
  assert.equal(await attempt('192.0.2.1', 'resident', true), 0)
  clock.time += 8 * 24 * 3_600_000
  assert.equal(await attempt('192.0.2.1', 'resident', true), 0, 'all is forgotten meanwhile')
})

test('admission: one phone with an old password does not make its office wait', async () => {
  const { attempt } = held()
  for (let i = 0; i < 500; i++) await attempt('192.0.2.1', 'phone', false)
  assert.equal(await attempt('192.0.2.1', 'colleague', true), 0)
})

test('admission: many attempts at once do not all come free, unless the pair was right lately', async () => {
  const { admission, attempt } = held()
  const burst = async (login: string) => {
    const delays = await Promise.all(Array.from({ length: 60 }, () => admission.beforeLogin('192.0.2.1', login)))
    return delays.map(({ delayMs }) => delayMs)
  }
  const delays = await burst('alice')
  assert.deepEqual(delays.slice(0, 34), Array(34).fill(0))
  assert.deepEqual(delays.slice(34, 40), [1_000, 2_000, 4_000, 8_000, 15_000, 15_000])
  await attempt('192.0.2.1', 'bob', true)
  assert.deepEqual(await burst('bob'), Array(60).fill(0))
  await attempt('192.0.2.1', 'bob', false)
  assert.ok((await burst('bob')).at(-1)! > 0, 'once it was wrong, it counts')
})

test('admission: an IPv6 network is one address', async () => {
  const { attempt } = held()
  for (let i = 0; i < 9; i++) await attempt(`2001:db8:1:2::${i}`, 'alice', false)
  assert.equal(await attempt('2001:db8:1:2:ffff::1', 'alice', true), 15_000)
  assert.equal(await attempt('2001:db8:1:3::1', 'alice', true), 0)
})

const networks: [address: string, network: string][] = [
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:0db8:0001:0002:0003:0004:0005:0006', '2001:db8:1:2::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ['', ''],
]
for (const [address, network] of networks)
  test(`networkOf: ${address}`, () => assert.equal(networkOf(address), network))

test('admission: trusted networks are neither counted nor delayed', async () => {
  const { admission, attempt } = held({ sessionsPerAddress: 1, trusted: makeTrust(['10.0.0.0/8']) })
  for (let i = 0; i < 9; i++) assert.equal(await attempt('10.1.1.1', 'alice', false), 0)
  for (let i = 0; i < 3; i++) assert.equal((await admission.open('10.1.1.1')).refused, null)
  admission.close('10.1.1.1')
})

test('admission: connections of an address and sessions of an account have a limit that names itself', async () => {
  const { admission } = held({ sessionsPerAddress: 2, sessionsPerAccount: 1 })
  assert.equal((await admission.open('192.0.2.1')).refused, null)
  assert.equal((await admission.open('192.0.2.1')).refused, null)
  assert.match((await admission.open('192.0.2.1')).refused!, /from your address.*2/)
  assert.equal((await admission.open('192.0.2.2')).refused, null)
  admission.close('192.0.2.1')
  assert.equal((await admission.open('192.0.2.1')).refused, null)
  assert.equal((await admission.enter('alice')).refused, null)
  assert.match((await admission.enter('ALICE')).refused!, /of this account.*1/)
  admission.leave('alice')
  assert.equal((await admission.enter('alice')).refused, null)
})

test('admission: threads ask by message, and one that ends gives back what it held', async () => {
  const { admission } = held({ sessionsPerAddress: 2, sessionsPerAccount: 2 })
  const [one, two] = [new MessageChannel(), new MessageChannel()]
  serveAdmission(one.port1, admission)
  serveAdmission(two.port1, admission)
  const [a, b] = [remoteAdmission(one.port2), remoteAdmission(two.port2)]
  // The bridge keeps no thread alive; this test must be.
  const alive = setInterval(() => {}, 1_000)
  try {
    assert.deepEqual(await Promise.all([a.open('192.0.2.1'), a.open('192.0.2.1')]), [
      { refused: null },
      { refused: null },
    ])
    assert.equal((await a.enter('alice')).refused, null)
    assert.match((await b.open('192.0.2.1')).refused!, /Too many connections/)
    a.close('192.0.2.1')
    await a.enter('alice')
    assert.match((await b.enter('alice')).refused!, /Too many sessions/)
    assert.equal((await b.open('192.0.2.1')).refused, null)
    for (let i = 0; i < 6; i++) {
      await b.beforeLogin('192.0.2.9', 'eve')
      b.afterLogin('192.0.2.9', 'eve', false)
    }
    // Messages of two threads overtake each other: an answer to this one says that the failures have arrived.
    await b.beforeLogin('192.0.2.10', 'sync')
    assert.deepEqual(await a.beforeLogin('192.0.2.9', 'eve'), { delayMs: 15_000 })

    const pending = a.enter('bob')
    one.port2.close()
    assert.match((await pending).refused!, /shutting down/)
    await new Promise(resolve => setTimeout(resolve, 20))
    assert.match((await a.open('192.0.2.3')).refused!, /shutting down/)
    assert.equal((await b.enter('alice')).refused, null)
    assert.equal((await b.enter('alice')).refused, null)
    assert.equal((await b.open('192.0.2.1')).refused, null)
    assert.match((await b.open('192.0.2.1')).refused!, /Too many/)
  } finally {
    clearInterval(alive)
    two.port2.close()
  }
})
