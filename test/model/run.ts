/**
 * The model test for as long as one likes: MODEL_RUNS histories (default 2000) from MODEL_SEED (default: of the clock).
 *   node test/model/run.ts [--process]    in this process, or against a server process with three session threads
 */
import { login, password, serveInProcess } from '#test/in-process.ts'
import { checkHistories } from './check.ts'

const histories = Number(process.env.MODEL_RUNS ?? 2000)
const seed = Number(process.env.MODEL_SEED ?? Date.now() % 0x7fff_ffff)

await using server = await serveInProcess()
const since = performance.now()
const onHistory = (done: number) => {
  if (done % 100 !== 0) return
  process.stderr.write(`${done} of ${histories} histories, ${Math.round((performance.now() - since) / done)} ms each\n`)
}
process.stderr.write(`seed ${seed}\n`)
try {
  const done = await checkHistories({ place: { port: server.port, user: login, password }, histories, seed, onHistory })
  process.stdout.write(`${done} histories agree\n`)
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
