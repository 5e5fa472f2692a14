import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { passed } from './garbage.ts'

test('garbage: buffers of a long stream do not pile up', async () => {
  let most = 0
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < 400; i++) {
    passed(Buffer.allocUnsafe(256 * 1024).fill(i).length)
    await turn()
    most = Math.max(most, process.memoryUsage().arrayBuffers - before)
  }
  assert.ok(most < 24 * 1024 * 1024, `${most} octets at the worst`)
})
