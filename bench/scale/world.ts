/**
 * The data of the run: very many users with a little mail, and one with much. Made in process, since a command for each user would take
 * hours; all have the same password, hashed once at its real price and given to each, and the same app password.
 */
import { randomBytes } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { loadConfig } from '#config/load.ts'
import type { Config } from '#config/schema.ts'
import { hashAppPassword, readAppPassword } from '#drivers/directory/app-password.ts'
import { openDirectory } from '#drivers/directory/directory.ts'
import { type EmbeddedStore, openStoreInProcess } from '#drivers/embedded/store.ts'
import { openMail } from '#mail/mail.ts'
import { mailServices } from '../../src/server/open.ts'
import { appendMessages } from '../../src/server/sample-mail.ts'
import { mail } from '../mail.ts'
import { pestUser, secrets, userName } from './words.ts'

const mailOctets = 2_000
const pestMessages = 10_000
/** Users made at the same time, so that their commits are shared. */
const together = 64

/** Makes what is missing. `progress` hears how many users there are. */
export async function makeWorld(data: string, users: number, messages: number, progress: (made: number) => void) {
  const { config } = loadConfig({ env: {}, flags: {}, sets: { 'data.dir': data } })
  const store = await openStoreInProcess(data)
  try {
    const has = (await exists(join(data, 'directory.sqlite'))) ? countUsers(data) : 0
    if (has === 0) await makePest(data, config, store)
    const made = Math.max(0, has - 1)
    for (let from = made; from < users; from += together) {
      const numbers = Array.from({ length: Math.min(together, users - from) }, (_, i) => from + i)
      const accounts = await Promise.all(numbers.map(() => makeAccount(config, store, messages)))
      copyUser(
        data,
        numbers.map((n, i) => [userName(n), accounts[i]!]),
      )
      progress(from + numbers.length)
    }
  } finally {
    await store.close()
  }
}

async function makePest(data: string, config: Config, store: EmbeddedStore): Promise<void> {
  const directory = await openDirectory(data, { createAccount: () => store.createAccount() })
  const { account } = await directory.add(pestUser, secrets.password)
  await directory.close()
  const its = await openMail(mailServices(config, store), account)
  for (let from = 0; from < pestMessages; from += 500) {
    await appendMessages(
      its,
      Array.from({ length: 500 }, (_, i) => mail(from + i + 1, mailOctets)),
    )
  }
}

async function makeAccount(config: Config, store: EmbeddedStore, messages: number) {
  const account = await store.createAccount()
  const its = await openMail(mailServices(config, store), account)
  const bodies = Array.from({ length: messages }, (_, i) => mail(i + 1, mailOctets))
  if (messages > 0) await appendMessages(its, bodies)
  return account
}

function withDirectory<Answer>(data: string, work: (db: DatabaseSync) => Answer): Answer {
  const db = new DatabaseSync(join(data, 'directory.sqlite'))
  try {
    return work(db)
  } finally {
    db.close()
  }
}

const countUsers = (data: string): number =>
  withDirectory(data, db => Number(db.prepare('SELECT count(*) AS count FROM users').get()!.count))

/** More users with the first one's password. */
function copyUser(data: string, users: readonly (readonly [login: string, account: number])[]): void {
  withDirectory(data, db => {
    db.exec('PRAGMA synchronous = OFF; BEGIN')
    const add = db.prepare('INSERT INTO users (login, folded, account, created_at) VALUES (?, ?, ?, 0)')
    const credential = db.prepare(
      'INSERT INTO credentials (id, user, kind, name, created_at, proof) SELECT ?, ?, kind, name, 0, proof FROM credentials WHERE user = 1',
    )
    const app = db.prepare(
      "INSERT INTO credentials (id, user, kind, name, created_at, proof) VALUES (?, ?, 'app-password', 'device', 0, ?)",
    )
    const proof = hashAppPassword(readAppPassword(secrets['app-password'])!)
    for (const [login, account] of users) {
      const { lastInsertRowid } = add.run(login, login, account)
      credential.run(newId(), lastInsertRowid)
      app.run(newId(), lastInsertRowid, proof)
    }
    db.exec('COMMIT')
  })
}

const newId = () => randomBytes(9).toString('base64url')

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}
