/** The three streams and the environment, as verbs see them; tests give their own. */
import { createInterface } from 'node:readline'
import { type Environment, environment } from '#config/environment.ts'
import { Exit, Failure } from './exits.ts'

export interface Terminal {
  readonly env: Environment
  /** True when a person can be asked. */
  readonly interactive: boolean
  /** True when stderr can redraw a line. */
  readonly redraws: boolean
  /** Columns of stderr. */
  readonly columns: number
  out(text: string): void
  err(text: string): void
  readonly input: AsyncIterable<Uint8Array>
  /** Asks on stderr; what is typed is not shown. @throws {Failure} when interrupted */
  askSecret(question: string): Promise<string>
  /** Asks on stderr; what is typed is shown. '' at the end of the input. */
  ask(question: string): Promise<string>
}

export const processTerminal: Terminal = {
  env: environment,
  get interactive() {
    return process.stdin.isTTY === true && process.stderr.isTTY === true
  },
  get redraws() {
    return process.stderr.isTTY === true && environment.TERM !== 'dumb'
  },
  get columns() {
    return process.stderr.columns ?? 80
  },
  out: text => write(process.stdout, text),
  err: text => write(process.stderr, text),
  get input() {
    return process.stdin
  },
  askSecret,
  ask,
}

/** A reader that goes away in the middle (`rookery user list | head -1`) is no fault of the verb's. */
function write(stream: NodeJS.WriteStream, text: string): void {
  if (stream.listenerCount('error', ignore) === 0) stream.on('error', ignore)
  stream.write(text)
}
const ignore = () => {}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const { promise, resolve } = Promise.withResolvers<string>()
  lines.on('close', () => resolve(''))
  lines.question(question, resolve)
  try {
    return await promise
  } finally {
    lines.close()
  }
}

/** Raw mode, because only there the terminal does not echo. Line editing is ours then: backspace, Ctrl-U, Ctrl-C, Ctrl-D. */
function askSecret(question: string): Promise<string> {
  const { stdin, stderr } = process
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let typed: string[] = []
  stderr.write(question)
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  const end = (settle: () => void) => {
    stdin.off('data', take)
    stdin.setRawMode(false)
    stdin.pause()
    stderr.write('\n')
    settle()
  }
  const take = (text: string) => {
    for (const [index, char] of [...text].entries()) {
      if (char === '\x03') return end(() => reject(new Failure(Exit.interrupted, 'interrupted')))
      if (char === '\r' || char === '\n' || char === '\x04') {
        // What was pasted behind the end of the line is for the next question.
        const rest = [...text].slice(index + 1).join('')
        return end(() => {
          if (rest !== '') stdin.unshift(rest, 'utf8')
          resolve(typed.join(''))
        })
      }
      if (char === '\x7f' || char === '\b') typed.pop()
      else if (char === '\x15') typed = []
      else if (char >= ' ') typed.push(char)
    }
  }
  stdin.on('data', take)
  stdin.resume()
  return promise
}
