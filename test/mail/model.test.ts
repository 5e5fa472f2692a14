/** Some hundred random histories of several sessions against a model of the RFC; test/model/run.ts plays as many as one likes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { login, password, serveInProcess } from '#test/in-process.ts'
import { checkHistories } from '../model/check.ts'

test('histories of several sessions, command by command: every client knows what is', async t => {
  await using server = await serveInProcess()
  const seed = Number(process.env.MODEL_SEED ?? Date.now() % 0x7fff_ffff)
  const place = { port: server.port, user: login, password }
  const done = await checkHistories({ place, histories: 200, seed, ms: 4_000 })
  t.diagnostic(`${done} histories, seed ${seed}`)
  assert.ok(done >= 20, `only ${done} histories were played`)
})
