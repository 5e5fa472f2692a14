import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextTurn } from './turns.ts'

/** Runs `pieces` pieces of work, telling of each. */
async function work(name: string, pieces: number, tell: (text: string) => void): Promise<void> {
  for (let i = 0; i < pieces; i++) {
    await nextTurn()
    tell(name)
  }
}

test('turns: those who wait go round', async () => {
  const told: string[] = []
  await Promise.all(['a', 'b', 'c'].map(name => work(name, 3, text => told.push(text))))
  assert.equal(told.join(''), 'abcabcabc')
})

test('turns: between two pieces everybody else is served', async () => {
  const told: string[] = []
  let done = false
  const others = () => {
    told.push('-')
    if (!done) setImmediate(others)
  }
  setImmediate(others)
  await Promise.all([work('a', 2, text => told.push(text)), work('b', 2, text => told.push(text))])
  done = true
  assert.doesNotMatch(told.join(''), /[ab]{2}/)
})
