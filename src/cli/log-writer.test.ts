import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'

const writer = new URL('./log-writer.ts', import.meta.url).href

/** A process that writes so many lines to its stdout and then says on stderr how long that took. */
function talker(lines: number) {
  const code = `
    const { LogWriter } = await import(${JSON.stringify(writer)})
    process.stdout.on('error', () => {})
    const log = new LogWriter(1)
    process.stderr.write('begin\\n')
    await new Promise(resolve => process.stdin.once('data', resolve))
    const from = performance.now()
    for (let i = 0; i < ${lines}; i++) log.write('line ' + i + ' ' + 'x'.repeat(100) + '\\n')
    log.flush()
    process.stderr.write(String(Math.round(performance.now() - from)) + '\\n')
    process.exit(0)`
  return spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'pipe'] })
}

async function said(stream: NodeJS.ReadableStream): Promise<string> {
  const [chunk] = await once(stream, 'data')
  return String(chunk).trim()
}

test('LogWriter: a reader that is gone costs lines, not time', { timeout: 10_000 }, async () => {
  const child = talker(10_000)
  await said(child.stderr)
  child.stdout.destroy()
  child.stdin.write('go\n')
  assert.ok(Number(await said(child.stderr)) < 2_000)
  assert.equal((await once(child, 'exit'))[0], 0)
})
