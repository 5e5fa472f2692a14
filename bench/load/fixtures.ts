/** The mail that scenarios read, loaded once into each server by the same commands. */
import { realMail } from '#test/corpus.ts'
import { envelopeOf, largeMail, mail } from '../mail.ts'
import { expect, type Lab } from './lab.ts'
import { type Session, tag } from './session.ts'

export const reader = 'reader'
export const folders = 'folders'
/** One of the users that append and take deliveries, from 1. */
export const client = (n: number): string => `client${n}`

type Fixture = { readonly user: string; readonly load: (lab: Lab) => Promise<void> }

/** A mailbox of `count` generated messages; UIDs are their numbers. */
const mailbox = (name: string, count: number, octets: number): Fixture => ({
  user: reader,
  load: lab => fill(lab, name, lab.count(count), n => mail(n, octets)),
})

export const fixtures = {
  Thousand: mailbox('Thousand', 1_000, 1_000),
  Ten: mailbox('Ten', 10_000, 1_500),
  Hundred: mailbox('Hundred', 100_000, 1_000),
  Million: mailbox('Million', 1_000_000, 1_000),
  Bodies: mailbox('Bodies', 2_000, 7_500),
  Large: { user: reader, load: lab => fill(lab, 'Large', lab.count(200), largeMail) },
  Folders: { user: folders, load: loadFolders },
} as const satisfies Record<string, Fixture>

export type FixtureName = keyof typeof fixtures

const batchOctets = 4 * 1024 * 1024
const batchMessages = 500

async function fill(lab: Lab, name: string, count: number, make: (n: number) => Buffer): Promise<void> {
  const session = await lab.login(reader)
  await session.run(`CREATE ${name}`)
  await append(session, name, count, make, done => {
    if (done % 10_000 < batchMessages) lab.conductor.progress(`${name}: ${done} of ${count}`)
  })
  await session.logout()
}

/** Appends messages 1 to `count` by MULTIAPPEND and looks how many are there then. RFC 3502 */
export async function append(
  session: Session,
  name: string,
  count: number,
  make: (n: number) => Buffer,
  progress: (done: number) => void = () => {},
): Promise<void> {
  for (let n = 1; n <= count; ) {
    const pieces: Buffer[] = [Buffer.from(`${tag} APPEND ${name}`)]
    let octets = 0
    const last = Math.min(count, n + batchMessages - 1)
    for (; n <= last && octets < batchOctets; n++) {
      const message = make(n)
      pieces.push(Buffer.from(` ${envelopeOf(n)} {${message.length}+}\r\n`), message)
      octets += message.length
    }
    pieces.push(Buffer.from('\r\n'))
    await session.run(Buffer.concat(pieces))
    progress(n - 1)
  }
  expect(`the number of messages in ${name}`, await messagesIn(session, name), count)
}

export async function messagesIn(session: Session, name: string): Promise<number> {
  const answer = await session.run(`STATUS ${name} (MESSAGES)`)
  return Number(/MESSAGES (\d+)/.exec(answer.text())?.[1])
}

async function loadFolders(lab: Lab): Promise<void> {
  const session = await lab.login(folders)
  const message = mail(1, 1_000)
  const count = lab.count(1_000)
  for (let n = 1; n <= count; n++) {
    await session.run(`CREATE "folder ${n}"`)
    // Some have mail, as those of people do.
    if (n % 10 !== 0) continue
    const header = Buffer.from(`${tag} APPEND "folder ${n}" {${message.length}+}\r\n`)
    await session.run(Buffer.concat([header, message, Buffer.from('\r\n')]))
  }
  await session.logout()
}

/** Real mail with CRLF; undefined where there is none. */
export function corpus(): Buffer[] | undefined {
  return realMail(1)?.map(({ message }) =>
    Buffer.from(message.toString('latin1').replaceAll(/\r?\n/g, '\r\n'), 'latin1'),
  )
}
