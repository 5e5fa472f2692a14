/** The remote control of Gecko programs: `length:[0, id, command, parameters]` one way, `length:[1, id, error, result]` the other. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }

export class Marionette implements Disposable {
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  #unread: Buffer = Buffer.alloc(0)
  #ids = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the program closed its remote control'))
    })
    socket.on('error', () => {})
  }

  /** Connects and opens a session whose scripts run with the program's own rights. */
  static async connect(port: number): Promise<Marionette> {
    const socket = connect({ port, host: '127.0.0.1' })
    await once(socket, 'connect')
    const control = new Marionette(socket)
    await control.#send('WebDriver:NewSession', {})
    await control.#send('Marionette:SetContext', { value: 'chrome' })
    await control.#send('WebDriver:SetTimeouts', { script: 30_000 })
    return control
  }

  /** Runs the body of an asynchronous function in the program's main window; what it returns must be JSON. */
  async run<Result = unknown>(body: string, ...args: readonly unknown[]): Promise<Result> {
    const script = `return (async (...args) => { ${body} })(...arguments)`
    const { value } = (await this.#send('WebDriver:ExecuteScript', { script, args, sandbox: 'system' })) as {
      value: Result
    }
    return value
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #send(command: string, parameters: object): Promise<unknown> {
    const id = ++this.#ids
    const packet = Buffer.from(JSON.stringify([0, id, command, parameters]))
    this.#socket.write(`${packet.length}:`)
    this.#socket.write(packet)
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  #take(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk])
    for (;;) {
      const colon = this.#unread.indexOf(':')
      const length = Number(this.#unread.subarray(0, Math.max(colon, 0)).toString())
      const end = colon + 1 + length
      if (colon < 0 || this.#unread.length < end) return
      this.#answer(JSON.parse(this.#unread.subarray(colon + 1, end).toString()))
      this.#unread = this.#unread.subarray(end)
    }
  }

  #answer(packet: unknown): void {
    // The greeting is an object and answers nothing.
    if (!Array.isArray(packet)) return
    const [, id, error, result] = packet
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error) waiting?.reject(new Error(`${error.error}: ${error.message}\n${error.stacktrace}`))
    else waiting?.resolve(result)
  }
}
