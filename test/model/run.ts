/**
 * The model test for as long as one likes.
 *   node test/model/run.ts [--overlap] [--process]
 *
 *   --overlap    all devices of a history at once; otherwise one command after another
 *   --process    against a server process with three session threads; otherwise in this thread
 *   MODEL_RUNS   histories, default 2000
 *   MODEL_SEED   default: from the clock
 */
import { parseArgs } from 'node:util'
import { login, password, serveInProcess } from '#test/in-process.ts'
import { startServer } from '#test/server.ts'
import { checkHistories } from './check.ts'

const { overlap = false, process: apart = false } = parseArgs({
  options: { overlap: { type: 'boolean' }, process: { type: 'boolean' } },
}).values
const histories = Number(process.env.MODEL_RUNS ?? 2000)
const seed = Number(process.env.MODEL_SEED ?? Date.now() % 0x7fff_ffff)

await using stack = new AsyncDisposableStack()
async function start(): Promise<number> {
  if (!apart) return stack.use(await serveInProcess()).port
  return stack.use(await startServer({ users: { [login]: password }, args: ['--threads', '3'] })).ports.imap
}
const place = { port: await start(), user: login, password }
const since = performance.now()
const onHistory = (done: number) => {
  if (done % 100 !== 0) return
  process.stderr.write(`${done} of ${histories} histories, ${Math.round((performance.now() - since) / done)} ms each\n`)
}
process.stderr.write(`seed ${seed}\n`)
try {
  const done = await checkHistories({ place, histories, seed, overlap, onHistory })
  process.stdout.write(`${done} histories agree\n`)
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
