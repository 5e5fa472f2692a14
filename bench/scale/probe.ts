/**
 * Loaded into every thread of the measured server before its own code: answers on a unix socket what only the thread itself can know. One
 * line asked, one JSON line answered; it costs nothing between questions but the histogram of the event loop.
 */
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString, writeHeapSnapshot } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { threadId, threadName } from 'node:worker_threads'

const resolutionMs = 5
const folder = process.env.SCALE_PROBE_FOLDER
if (folder !== undefined) listen(folder)

/** Microseconds. Between two ticks of a timer it says how long the thread kept others waiting, however busy the machine is. */
function threadCpu(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

function listen(folder: string): void {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()
  const turns = createHistogram()
  let used = threadCpu()
  setInterval(() => {
    const now = threadCpu()
    turns.record(Math.max(1, now - used))
    used = now
  }, resolutionMs).unref()
  let collect: (() => void) | undefined
  const gc = () => {
    if (collect === undefined) {
      setFlagsFromString('--expose-gc')
      collect = runInNewContext('gc') as () => void
    }
    collect()
    collect()
  }
  const answer = (question: string): object => {
    const [word, argument = ''] = question.split(' ')
    if (word === 'delay') {
      // What is measured is the time from tick to tick.
      const late = (ns: number) => Math.max(0, ns / 1e6 - resolutionMs)
      const found = {
        p50: late(delay.percentile(50)),
        p99: late(delay.percentile(99)),
        max: late(delay.max),
        busyP99: turns.percentile(99) / 1000,
        busyMax: turns.max / 1000,
      }
      delay.reset()
      turns.reset()
      return found
    }
    if (word === 'collect') {
      gc()
      return {}
    }
    if (word === 'snapshot') return { file: writeHeapSnapshot(join(argument, `thread-${threadId}.heapsnapshot`)) }
    const { heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage()
    const spaces = Object.fromEntries(getHeapSpaceStatistics().map(space => [space.space_name, space.space_used_size]))
    return { heapUsed, heapTotal, external, arrayBuffers, spaces }
  }
  const server = createServer(socket => {
    socket.unref()
    socket.on('error', () => {})
    socket.on('data', chunk => socket.write(`${JSON.stringify(answer(chunk.toString().trim()))}\n`))
  })
  server.on('error', () => {})
  server.listen(join(folder, `${threadId} ${threadName}.sock`)).unref()
}
