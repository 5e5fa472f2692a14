/**
 * Kills a busy server again and again and looks what became of the mail.
 *   node test/crash/run.ts [--json]
 *
 *   CRASH_KILLS     how many kills, default 1000
 *   CRASH_SECONDS   ends after this time with as many as there were
 *   CRASH_SEED      chooses what happens; moments differ all the same
 *   CRASH_WORLDS    data directories, each with a server of its own, default 2
 */
import { parseArgs } from 'node:util'
import { Broken } from './lane.ts'
import { World } from './world.ts'

const { json = false } = parseArgs({ options: { json: { type: 'boolean' } } }).values
const wanted = Number(process.env.CRASH_KILLS ?? 1000)
const seconds = Number(process.env.CRASH_SECONDS ?? Number.POSITIVE_INFINITY)
const seed = Number(process.env.CRASH_SEED ?? Date.now() % 0x7fff_ffff)
const count = Math.max(1, Number(process.env.CRASH_WORLDS ?? 2))
/** Kills of one world between two readings of everything. */
const ROUND = 40
/** What the last reading may take of the time. */
const RESERVE_SECONDS = 12

const since = performance.now()
const elapsed = () => (performance.now() - since) / 1000
const say = (text: string) => process.stderr.write(`${elapsed().toFixed(0).padStart(4)} s  ${text}\n`)
const failures: { readonly world: number; readonly data: string; readonly why: string }[] = []
const worlds: World[] = []
let verified = 0
let killed = 0

async function run(index: number): Promise<void> {
  const world = await World.make(seed + index * 7919)
  worlds[index] = world
  let unverified = 0
  try {
    while (killed < wanted && elapsed() < seconds - RESERVE_SECONDS && failures.length === 0) {
      const before = world.counts.kills
      await world.killOnce()
      const more = world.counts.kills - before
      killed += more
      unverified += more
      if (killed % 50 === 0 && more > 0)
        say(`${killed} of ${wanted} kills, ${(killed / elapsed()).toFixed(1)} per second`)
      if (unverified < ROUND) continue
      await world.verifyAll()
      verified += unverified
      unverified = 0
    }
    await world.verifyAll()
    verified += unverified
    await world.remove()
  } catch (error) {
    const why =
      error instanceof Broken ? error.message : error instanceof Error ? (error.stack ?? error.message) : `${error}`
    failures.push({ world: index, data: world.data, why })
    say(`FAILED after ${world.counts.kills} kills of world ${index}, whose data stay in ${world.data}\n${why}`)
  }
}

say(`seed ${seed}, ${count} servers`)
await Promise.all(Array.from({ length: count }, (_, index) => run(index)))

const sum = (of: (world: World) => number) => worlds.reduce((all, world) => all + of(world), 0)
const summary = {
  seed,
  wanted,
  kills: killed,
  passed: verified,
  failed: failures.length,
  seconds: Math.round(elapsed()),
  whileStarting: sum(({ counts }) => counts.whileStarting),
  whileStopping: sum(({ counts }) => counts.whileStopping),
  checks: sum(({ counts }) => counts.checks),
  programs: sum(({ counts }) => counts.programs),
  operations: sum(({ acknowledged }) => acknowledged.operations),
  messages: sum(({ acknowledged }) => acknowledged.messages),
  deliveries: sum(({ acknowledged }) => acknowledged.deliveries),
  messagesRead: sum(({ messages }) => messages),
  failures,
}
say(
  `${killed} kills of ${wanted} in ${summary.seconds} s (${summary.whileStarting} while starting, ${summary.whileStopping} while stopping); acknowledged before: ${summary.operations} commands, ${summary.messages} messages appended, ${summary.deliveries} delivered; ${summary.messagesRead} messages read`,
)
process.stdout.write(`${verified} passed, ${failures.length} failed\n`)
if (json) process.stdout.write(`${JSON.stringify(summary)}\n`)
process.exitCode = failures.length > 0 ? 1 : 0
