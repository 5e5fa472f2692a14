/** Runs a tool of node_modules; its output is the fault when it fails. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import type { Findings } from '../check.ts'

export const root = new URL('../..', import.meta.url).pathname

export async function output(
  tool: string,
  args: readonly string[],
): Promise<{ exit: number; out: string; err: string }> {
  const child = spawn(`${root}node_modules/.bin/${tool}`, args, {
    cwd: root,
    // Tools are scripts that look for `node` on the PATH: it must be the one we run on, not the machine's.
    env: { ...process.env, PATH: `${root}node_modules/.bin:${process.env.PATH}`, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('close', code => resolve(code ?? 1))
  })
  const [out, err, exit] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { exit, out, err }
}

export async function program(tool: string, args: readonly string[]): Promise<Findings> {
  const { exit, out, err } = await output(tool, args)
  return { faults: exit === 0 ? [] : [`${out}${err}`.trim() || `${tool} ended with ${exit}`] }
}
