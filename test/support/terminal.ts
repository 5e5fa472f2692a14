/** A program that wants a terminal: gets one from script(1), is typed to, and shows a screen of which every octet is kept. */
import { spawn } from 'node:child_process'
import { eventually } from './eventually.ts'
import { end } from './program.ts'

export interface Terminal extends AsyncDisposable {
  type(keys: string): void
  /** Resolves when what came to the screen since the last `sees` contains the text. */
  sees(text: string, boundMs?: number): Promise<void>
  /** Resolves with the exit code when the program has ended. */
  ended(boundMs?: number): Promise<number>
}

export function openTerminal(command: string, env: Readonly<Record<string, string>>): Terminal {
  const child = spawn('script', ['-qfec', command, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', LINES: '40', COLUMNS: '120', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let screen = ''
  let looked = 0
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    screen += text
  })
  child.stdin.on('error', () => {})
  return {
    type: keys => child.stdin.write(keys),
    async sees(text, boundMs) {
      try {
        await eventually(`"${text}" on the screen`, () => screen.includes(text, looked), boundMs)
      } catch (error) {
        throw new Error(`not on the screen: "${text}"; what came since: ${screen.slice(looked).slice(-3_000)}`, {
          cause: error,
        })
      }
      looked = screen.length
    },
    async ended(boundMs) {
      await eventually(`${command} to end`, () => child.exitCode !== null, boundMs)
      return child.exitCode ?? -1
    },
    [Symbol.asyncDispose]: () => end(child, 2_000),
  }
}
