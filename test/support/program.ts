/** Other people's programs as children of a test: found or named as missing, always bounded in time, their output kept. */
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export type Finished = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

export type RunOptions = {
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly timeoutMs?: number
}

/** The value for a test's `skip`: false when all programs are on PATH, else a sentence naming the ones that are not. */
export function missing(...programs: readonly string[]): string | false {
  const absent = programs.filter(program => !isOnPath(program))
  return absent.length > 0 && `not installed: ${absent.join(', ')}`
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => isExecutable(join(folder, program)))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Runs to the end, whatever the exit code; kills and rejects with all output when that takes longer than `timeoutMs` (default 30 s). */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8')
    child[name].on('data', (text: string) => {
      output[name] += text
    })
  }
  // A program that does not read its input closes the pipe; its exit code tells more than the EPIPE would.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input)
  const timeoutMs = options.timeoutMs ?? 30_000
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${program} ran longer than ${timeoutMs} ms\n${output.stdout}\n${output.stderr}`))
    }, timeoutMs)
    child.once('error', error => {
      clearTimeout(timer)
      reject(error)
    })
    child.once('close', code => {
      clearTimeout(timer)
      resolve({ code, ...output })
    })
  })
}

/** As `run`, but an exit code other than 0 rejects with what the program said. */
export async function runOk(program: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const finished = await run(program, args, options)
  if (finished.code !== 0) {
    throw new Error(`${program} ${args.join(' ')} ended with ${finished.code}\n${finished.stdout}\n${finished.stderr}`)
  }
  return finished
}

/** Ends a child by its own id: asks, and after `boundMs` insists. Resolves when it is gone. */
export async function end(child: ChildProcess, boundMs = 5_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), boundMs)
  await gone
  clearTimeout(timer)
}
