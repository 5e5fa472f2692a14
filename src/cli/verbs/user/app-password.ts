/** Passwords of single programs, which can be revoked one by one. */
import { durationMs } from '#config/units.ts'
import type { Credential, Protocol } from '#ports/users.ts'
import { Exit, Failure, UsageFault } from '../../exits.ts'
import { dataOptions } from '../../settings.ts'
import { existing, nameArgument, withUsers } from '../../users.ts'
import { verb } from '../../verb.ts'

const protocols: readonly Protocol[] = ['imap', 'pop3', 'lmtp', 'http']

export const appPasswordAdd = verb({
  name: 'user app-password add',
  summary: 'Make a password for one program of a user and print it once',
  arguments: [nameArgument, { name: 'LABEL', doc: 'What it is for: "phone"' }],
  options: {
    ...dataOptions,
    protocol: {
      value: 'NAME',
      multiple: true,
      doc: `Only for this protocol (${protocols.join(', ')}); may be repeated`,
    },
    expires: { value: 'TIME', doc: 'Good for this long: "90 d"' },
    json: { doc: 'Answer as one JSON object' },
  },
  examples: [
    ['rookery user app-password add ann phone', 'good for everything until it is removed'],
    ['rookery user app-password add ann backup --protocol imap --expires "365 d"', 'narrower'],
  ],

  async run(call) {
    const [name, label] = call.arguments
    const chosen = call.options.protocol.map(protocolNamed)
    const expiresMs = call.options.expires === undefined ? null : durationMs(call.options.expires)
    if (call.options.expires !== undefined && (expiresMs === null || expiresMs <= 0)) {
      throw new UsageFault(`--expires wants a duration like "90 d"; it is ${call.options.expires}`)
    }
    return withUsers(call, async users => {
      const { login } = await existing(users, name!)
      const { credential, secret } = await users.addAppPassword(login, {
        name: label!,
        ...(chosen.length > 0 ? { protocols: chosen } : {}),
        ...(expiresMs === null ? {} : { expiresAt: Date.now() + expiresMs }),
      })
      if (call.options.json) call.terminal.out(`${JSON.stringify({ ...readable(credential), password: secret })}\n`)
      else call.terminal.out(`Added ${credential.id} (${credential.name}) for ${login}.\nPassword: ${secret}\n`)
      return Exit.ok
    })
  },
})

export const appPasswordList = verb({
  name: 'user app-password list',
  summary: 'List the credentials of a user, without their secrets',
  arguments: [nameArgument],
  options: { ...dataOptions, json: { doc: 'As a JSON list of objects' } },
  examples: [['rookery user app-password list ann', 'ids, labels, last use']],

  async run(call) {
    const credentials = await withUsers(call, async users =>
      users.credentials((await existing(users, call.arguments[0]!)).login),
    )
    if (call.options.json) {
      call.terminal.out(`${JSON.stringify(credentials.map(readable))}\n`)
      return Exit.ok
    }
    const wide = Math.max(0, ...credentials.map(each => each.id.length))
    for (const each of credentials) {
      const { lastUsedAt, expiresAt } = readable(each)
      const facts = [each.kind, each.protocols === null ? 'all protocols' : each.protocols.join(' ')]
      facts.push(lastUsedAt === null ? 'never used' : `last used ${lastUsedAt}`)
      if (expiresAt !== null) facts.push(`until ${expiresAt}`)
      call.terminal.out(`${each.id.padEnd(wide)}  ${each.name}  (${facts.join(', ')})\n`)
    }
    return Exit.ok
  },
})

export const appPasswordRemove = verb({
  name: 'user app-password remove',
  summary: 'Revoke an app password',
  arguments: [nameArgument, { name: 'ID', doc: 'As "rookery user app-password list" shows it' }],
  options: dataOptions,
  examples: [['rookery user app-password remove ann 7', 'the others stay good']],

  async run(call) {
    const [name, id] = call.arguments
    return withUsers(call, async users => {
      const { login } = await existing(users, name!)
      const found = (await users.credentials(login)).find(each => each.id === id)
      if (found === undefined) {
        throw new Failure(
          Exit.no,
          `${login} has no app password ${id}; "rookery user app-password list ${login}" names them`,
        )
      }
      if (found.kind === 'password') {
        throw new Failure(Exit.no, `${id} is the password of ${login}; "rookery user passwd" changes it`)
      }
      await users.removeCredential(login, found.id)
      call.terminal.out(`Removed ${found.id} (${found.name}) of ${login}.\n`)
      return Exit.ok
    })
  },
})

function protocolNamed(name: string): Protocol {
  const found = protocols.find(each => each === name)
  if (found === undefined) throw new UsageFault(`there is no protocol ${name}; there are ${protocols.join(', ')}`)
  return found
}

const time = (at: number | null) => (at === null ? null : new Date(at).toISOString())
const readable = (each: Credential) => ({
  ...each,
  createdAt: time(each.createdAt),
  expiresAt: time(each.expiresAt),
  lastUsedAt: time(each.lastUsedAt),
})
