/** The admission of the main thread, asked by message. Answers come in any order and are told apart by number. */
import type { MessagePort } from 'node:worker_threads'
import type { Admission } from '#ports/admission.ts'

type Question = { readonly id: number } & (
  | { readonly ask: 'open'; readonly address: string }
  | { readonly ask: 'beforeLogin'; readonly address: string; readonly login: string }
  | { readonly ask: 'enter'; readonly login: string }
)
type Notice =
  | { readonly tell: 'close'; readonly address: string }
  | { readonly tell: 'afterLogin'; readonly address: string; readonly login: string; readonly success: boolean | null }
  | { readonly tell: 'leave'; readonly login: string }
type Answer = { readonly id: number; readonly refused?: string | null; readonly delayMs?: number }

/** Also counts what the thread holds, so that a thread that died holds nothing. */
export function serveAdmission(port: MessagePort, admission: Admission): void {
  const open = new Map<string, number>()
  const entered = new Map<string, number>()
  const count = (counts: Map<string, number>, key: string, by: number) => {
    const sum = (counts.get(key) ?? 0) + by
    if (sum > 0) counts.set(key, sum)
    else counts.delete(key)
  }
  const told = (notice: Notice): void => {
    if (notice.tell === 'close') {
      count(open, notice.address, -1)
      admission.close(notice.address)
    } else if (notice.tell === 'leave') {
      count(entered, notice.login, -1)
      admission.leave(notice.login)
    } else admission.afterLogin(notice.address, notice.login, notice.success)
  }
  const asked = async (question: Question): Promise<Answer> => {
    const { id } = question
    if (question.ask === 'beforeLogin')
      return { id, ...(await admission.beforeLogin(question.address, question.login)) }
    const opening = question.ask === 'open'
    const answer = await (opening ? admission.open(question.address) : admission.enter(question.login))
    if (answer.refused === null) count(opening ? open : entered, opening ? question.address : question.login, 1)
    return { id, ...answer }
  }
  port.on('message', (message: Question | Notice) => {
    if ('tell' in message) told(message)
    else void asked(message).then(answer => port.postMessage(answer))
  })
  // Neither side lives on for the sake of a question.
  port.unref()
  port.on('close', () => {
    for (const [address, times] of open) for (let i = 0; i < times; i++) admission.close(address)
    for (const [login, times] of entered) for (let i = 0; i < times; i++) admission.leave(login)
  })
}

export function remoteAdmission(port: MessagePort): Admission {
  const waiting = new Map<number, (answer: Answer) => void>()
  let last = 0
  let closed = false
  port.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer)
    waiting.delete(answer.id)
  })
  port.unref()
  port.on('close', () => {
    closed = true
    for (const [id, resolve] of waiting) resolve({ id, ...gone })
    waiting.clear()
  })
  const ask = (question: DistributiveOmit<Question, 'id'>): Promise<Answer> => {
    const id = ++last
    if (closed) return Promise.resolve({ id, ...gone })
    return new Promise(resolve => {
      waiting.set(id, resolve)
      port.postMessage({ id, ...question })
    })
  }
  const tell = (notice: Notice): void => port.postMessage(notice)
  const refusedOf = ({ refused = null }: Answer) => ({ refused })
  return {
    open: async address => refusedOf(await ask({ ask: 'open', address })),
    close: address => tell({ tell: 'close', address }),
    beforeLogin: async (address, login) => {
      const { delayMs = 0 } = await ask({ ask: 'beforeLogin', address, login })
      return { delayMs }
    },
    afterLogin: (address, login, success) => tell({ tell: 'afterLogin', address, login, success }),
    enter: async login => refusedOf(await ask({ ask: 'enter', login })),
    leave: login => tell({ tell: 'leave', login }),
  }
}

type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never

/** The main thread is gone: nobody new comes in, and the attempts under way wait as long as the slowest would. */
const gone = { refused: 'The server is shutting down', delayMs: 15_000 } as const
