/** A server of its own for one test: a fresh data directory, free ports, users, stopped by its process id, its log kept. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startDovecot } from './dovecot.ts'
import { eventually } from './eventually.ts'
import { freePorts, greetingOf } from './ports.ts'
import { end, runOk } from './program.ts'

export type Ports = {
  readonly imap: number
  readonly imaps: number
  readonly lmtp: number
  readonly http: number
}

export interface TestServer {
  /** Loopback ports; the names in the certificate are localhost, 127.0.0.1 and ::1. */
  readonly ports: Ports
  readonly data: string
  /** Self-signed certificate, PEM. */
  readonly certificate: string
  readonly pid: number
  addUser(name: string, password: string): Promise<void>
  /** Everything the server has written to stdout and stderr so far. */
  log(): string
  /** SIGTERM, SIGKILL when that takes too long; the data directory stays. */
  stop(): Promise<void>
  /** stop, and the data directory goes. */
  [Symbol.asyncDispose](): Promise<void>
}

export type ServerOptions = {
  /** Passwords by user name. */
  readonly users?: Readonly<Record<string, string>>
  /** An existing data directory, which then is left in place. */
  readonly data?: string
  /** Free ones when left out. */
  readonly ports?: Ports
  /** More arguments for `serve`. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export const rookery = fileURLToPath(new URL('../../bin/rookery', import.meta.url))

/** Name of the peer that client tests run against instead of our server, to tell a client's ways from our faults. */
export const peer = process.env.E2E_PEER

export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const folder = options.data ? undefined : await mkdtempDisposable(join(tmpdir(), 'rookery-test-'))
  const data = options.data ?? folder?.path ?? ''
  const users = Object.entries(options.users ?? {})
  for (const [name, password] of users) await addUser(data, name, password)

  const [imap = 0, imaps = 0, lmtp = 0, http = 0] = options.ports ? [] : await freePorts(4)
  const ports = options.ports ?? { imap, imaps, lmtp, http }
  const where = Object.entries(ports).flatMap(([name, port]) => [`--${name}`, `127.0.0.1:${port}`])
  const child = spawn(rookery, ['serve', '--data', data, ...where, ...(options.args ?? [])], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = keepLog(child)
  try {
    await ready(child, ports)
  } catch (error) {
    await end(child)
    await folder?.remove()
    throw new Error(`the server did not start\n${log()}`, { cause: error })
  }
  const stop = () => end(child, 10_000)
  return {
    ports,
    data,
    certificate: join(data, 'tls', 'cert.pem'),
    pid: child.pid ?? 0,
    addUser: (name, password) => addUser(data, name, password),
    log,
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      await folder?.remove()
    },
  }
}

/** As `startServer`, ended with the test; when the test fails the end of the log is shown. */
export async function serverFor(test: TestContext, options: ServerOptions = {}): Promise<TestServer> {
  const server = peer === 'dovecot' ? await startDovecot(options.users ?? {}) : await startServer(options)
  test.after(async () => {
    await server[Symbol.asyncDispose]()
    if (!test.passed) test.diagnostic(`server log:\n${server.log().slice(-8_000)}`)
  })
  return server
}

async function addUser(data: string, name: string, password: string): Promise<void> {
  await runOk(rookery, ['user', 'add', name, '--password-stdin', '--data', data], { input: `${password}\n` })
}

export function keepLog(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8')
    stream?.on('data', (more: string) => {
      text += more
    })
  }
  return () => text
}

/** Resolves when IMAP and LMTP greet; rejects at once when the process has ended. */
export async function ready(child: ChildProcess, ports: Pick<Ports, 'imap' | 'lmtp'>): Promise<void> {
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', (code, signal) => reject(new Error(`ended with ${code ?? signal}`)))
    child.once('error', reject)
  })
  const greeted = eventually(
    'the greetings of IMAP and LMTP',
    async () => {
      const [imap, lmtp] = await Promise.all([greetingOf(ports.imap), greetingOf(ports.lmtp)])
      return imap.startsWith('* OK') && lmtp.startsWith('220')
    },
    20_000,
  )
  await Promise.race([greeted, ended])
}
