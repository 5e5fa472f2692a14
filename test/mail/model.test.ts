/** Some hundred random histories of several sessions against a model of the RFC; test/model/run.ts plays as many as one likes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { login, password, serveInProcess } from '#test/in-process.ts'
import { checkHistories } from '../model/check.ts'

const seed = Number(process.env.MODEL_SEED ?? Date.now() % 0x7fff_ffff)

const ways: readonly [name: string, overlap: boolean][] = [
  ['one command after another: every answer is the one of the model', false],
  ['all devices at once: no rule is broken, and when all is quiet everybody knows what is', true],
]

for (const [name, overlap] of ways) {
  test(`histories of several sessions, ${name}`, async t => {
    await using server = await serveInProcess()
    const place = { port: server.port, user: login, password }
    const done = await checkHistories({ place, histories: 150, seed, ms: 2_500, overlap })
    t.diagnostic(`${done} histories, seed ${seed}`)
    assert.ok(done > 0, 'no history was played')
  })
}
