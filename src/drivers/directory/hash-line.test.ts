import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HashLine, TurnedAway } from './hash-line.ts'

/** Work that ends when told, and notes the order in which it begins. */
class Work {
  readonly begun: string[] = []
  readonly #ends: (() => void)[] = []

  readonly of = (name: string) => () => {
    this.begun.push(name)
    return new Promise<void>(resolve => this.#ends.push(resolve))
  }

  async endNext(): Promise<void> {
    this.#ends.shift()!()
    await new Promise(resolve => setImmediate(resolve))
  }
}

const from = (network: string, hasLeft = false) => ({ network, hasLeft })

test('turns go round the networks', async () => {
  const line = new HashLine(1)
  const work = new Work()
  const all = ['a1', 'a2', 'a3', 'b1', 'c1', 'b2'].map(name => line.inTurn(from(name[0]!), work.of(name)))
  for (let i = 0; i < all.length; i++) await work.endNext()
  await Promise.all(all)
  assert.deepEqual(work.begun, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2'])
})

test('no more run at once than may, and a turn that ends in an error is handed on too', async () => {
  const line = new HashLine(2)
  const work = new Work()
  const failing = assert.rejects(
    line.inTurn(undefined, () => Promise.reject(new Error('no'))),
    /no/,
  )
  const all = ['1', '2', '3'].map(name => line.inTurn(undefined, work.of(name)))
  assert.deepEqual(work.begun, ['1'])
  await failing
  assert.deepEqual(work.begun, ['1', '2'])
  for (let i = 0; i < 3; i++) await work.endNext()
  await Promise.all(all)
})

test('exactly the longest line passes, one more is turned away at once', async () => {
  const line = new HashLine(1, 2)
  const work = new Work()
  const all = ['runs', 'first', 'second'].map(name => line.inTurn(from(name), work.of(name)))
  await assert.rejects(line.inTurn(from('third'), work.of('third')), TurnedAway)
  for (let i = 0; i < 3; i++) await work.endNext()
  await Promise.all(all)
  assert.deepEqual(work.begun, ['runs', 'first', 'second'])
})

test('who left costs no hash', async () => {
  const line = new HashLine(1)
  const work = new Work()
  const first = line.inTurn(from('a'), work.of('a'))
  const left = assert.rejects(line.inTurn(from('b', true), work.of('b')), TurnedAway)
  const last = line.inTurn(from('c'), work.of('c'))
  await work.endNext()
  await left
  await work.endNext()
  await Promise.all([first, last])
  assert.deepEqual(work.begun, ['a', 'c'])
})
