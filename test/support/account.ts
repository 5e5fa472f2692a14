/** A whole account seen over IMAP: filled by a test before a client comes, and compared with what the client made of it. */
import { ImapClient, quoted } from './imap-client.ts'
import { digest } from './message.ts'
import { decodeName, encodeName } from './names.ts'
import type { TestServer } from './server.ts'

export const user = 'alice'
/** Where mail for the user is delivered. */
export const address = 'alice@localhost'
/** With the characters that a client must quote. */
export const password = 'open "sesame" 1'

/** One message: its flags without \Recent, sorted; its octets. */
export type Mail = { readonly uid: number; readonly flags: readonly string[]; readonly octets: Buffer }

export type Folder = ReadonlyMap<number, Mail>

export function logIn(server: TestServer, name = user, secret = password): Promise<ImapClient> {
  return ImapClient.login({ port: server.ports.imap, user: name, password: secret })
}

/** Folder names, decoded, sorted; \NoSelect ones are left out. */
export async function folderNames(client: ImapClient): Promise<string[]> {
  const { untagged } = await client.ok('LIST "" "*"')
  const names = untagged.flatMap(({ text, literals }) => {
    const [, attributes = '', name = ''] = /^\* LIST \((.*?)\) (?:"[^"]+"|NIL) (.*)$/i.exec(text) ?? []
    if (/\\no(select|nexistent)/i.test(attributes) || name === '') return []
    return [decodeName(literals[0]?.toString('latin1') ?? name.replace(/^"(.*)"$/, '$1').replaceAll(/\\(.)/g, '$1'))]
  })
  return names.sort()
}

export async function createFolder(client: ImapClient, name: string): Promise<void> {
  await client.ok(`CREATE ${quoted(encodeName(name))}`)
  await client.ok(`SUBSCRIBE ${quoted(encodeName(name))}`)
}

export type Addition = { readonly octets: Buffer; readonly flags?: readonly string[] }

/** Appends in one pipeline; resolves when all are accepted. */
export async function append(client: ImapClient, folder: string, mails: readonly Addition[]): Promise<void> {
  const name = quoted(encodeName(folder))
  await Promise.all(mails.map(({ octets, flags = [] }) => client.ok(`APPEND ${name} (${flags.join(' ')}) `, octets)))
}

/** All messages of a folder, read without changing anything. */
export async function readFolder(client: ImapClient, name: string): Promise<Folder> {
  await client.ok(`EXAMINE ${quoted(encodeName(name))}`)
  const { untagged } = await client.ok('UID FETCH 1:* (FLAGS BODY.PEEK[])')
  await client.ok('UNSELECT')
  const mails = untagged.flatMap(({ text, literals }) => {
    const uid = Number(/\bUID (\d+)/.exec(text)?.[1])
    const flags = (/FLAGS \(([^)]*)\)/.exec(text)?.[1] ?? '').split(' ').filter(flag => flag && flag !== '\\Recent')
    return literals[0] ? [[uid, { uid, flags: flags.sort(), octets: literals[0] }] as const] : []
  })
  return new Map(mails)
}

/** Finds the one message of a folder whose octets contain a text; throws when there is none or more than one. */
export function only(folder: Folder, part: string): Mail {
  const found = [...folder.values()].filter(mail => mail.octets.includes(part))
  if (found.length !== 1) throw new Error(`${found.length} messages contain ${part}`)
  return found[0]!
}

export async function store(
  client: ImapClient,
  folder: string,
  uids: readonly number[],
  change: string,
): Promise<void> {
  await client.ok(`SELECT ${quoted(encodeName(folder))}`)
  await client.ok(`UID STORE ${uids.join(',')} ${change}`)
  await client.ok('UNSELECT')
}

export async function expunge(client: ImapClient, folder: string, uids: readonly number[]): Promise<void> {
  await client.ok(`SELECT ${quoted(encodeName(folder))}`)
  await client.ok(`UID STORE ${uids.join(',')} +FLAGS.SILENT (\\Deleted)`)
  await client.ok(`UID EXPUNGE ${uids.join(',')}`)
  await client.ok('UNSELECT')
}

/** `digest flags` of every message, sorted: what two copies of a folder must have in common. */
export function summary(mails: Iterable<Pick<Mail, 'flags' | 'octets'>>, shape = (octets: Buffer) => octets): string[] {
  return Array.from(mails, mail => `${digest(shape(mail.octets))} ${mail.flags.join(' ')}`.trim()).sort()
}
