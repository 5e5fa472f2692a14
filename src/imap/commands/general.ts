import { type Command, no, ok } from '../session/command.ts'
import { printable } from '../session/printable.ts'
import { profileById } from '../session/profiles.ts'
import { quoted } from '../wire/writer.ts'

/** RFC 9051 §6.1.1 */
export const capability: Command<'any', null> = {
  name: 'CAPABILITY',
  phase: 'any',
  parse(args) {
    args.end()
    return null
  },
  run({ session }) {
    session.write(`* CAPABILITY ${session.capabilities().join(' ')}\r\n`)
    return ok('CAPABILITY done')
  },
}

/** RFC 9051 §6.1.2: the loop tells what changed, as after every command. */
export const noop: Command<'any', null> = {
  name: 'NOOP',
  phase: 'any',
  parse(args) {
    args.end()
    return null
  },
  run: () => ok('NOOP done'),
}

/** RFC 9051 §6.1.3 */
export const logout: Command<'any', null> = {
  name: 'LOGOUT',
  phase: 'any',
  parse(args) {
    args.end()
    return null
  },
  run({ session }) {
    session.unselect()
    session.write('* BYE Logging out\r\n')
    return {
      ...ok('LOGOUT done'),
      after: () => {
        session.closing = true
        session.connection.end()
      },
    }
  },
}

type ClientId = readonly (readonly [name: string, value: string | null])[]

/** RFC 2971; may come in any phase and again, with NIL values too. */
export const id: Command<'any', ClientId> = {
  name: 'ID',
  phase: 'any',
  parse(args) {
    args.space()
    const fields: [string, string | null][] = []
    if (args.takeWord('NIL')) {
      args.end()
      return fields
    }
    args.list(() => {
      const name = args.string()
      args.space()
      fields.push([name.toLowerCase(), args.nstring()])
    })
    args.end()
    return fields
  },
  run({ session }, fields) {
    const known = new Map(fields)
    const name = known.get('name')
    if (name) session.client = printable(`${name} ${known.get('version') ?? ''}`.trim())
    const profile = profileById(known)
    if (profile) session.profile = profile
    session.services.log.info('client.id', {
      session: session.id,
      client: session.client,
      os: printable(known.get('os') ?? ''),
      profile: session.profile?.name ?? null,
    })
    if (session.services.settings.shedsBackground && profile?.background?.includes(known.get('event') ?? ''))
      return no('The server is busy; come back tomorrow', ['UNAVAILABLE'])
    // It has seen the others' already.
    if (profile?.without) session.write(`* CAPABILITY ${session.capabilities().join(' ')}\r\n`)
    const own = ['name', 'Rookery', 'version', session.services.version]
    session.write(`* ID (${own.map(quoted).join(' ')})\r\n`)
    return ok('ID done')
  },
}

/** RFC 9051 §6.3.1: names that are not known are ignored. */
export const enable: Command<'authenticated', readonly string[]> = {
  name: 'ENABLE',
  phase: 'authenticated',
  parse(args) {
    const names: string[] = []
    do {
      args.space()
      names.push(args.atom().toUpperCase())
    } while (!args.atEnd())
    args.end()
    return names
  },
  async run({ session }, names) {
    const { enabled } = session
    const now: string[] = []
    for (const name of names) {
      if (session.profile?.without?.includes(name)) continue
      if (name === 'IMAP4REV2' && !enabled.rev2) {
        enabled.rev2 = true
        now.push('IMAP4rev2')
      } else if (name === 'UTF8=ACCEPT' && !enabled.utf8) {
        enabled.utf8 = true
        now.push('UTF8=ACCEPT')
      } else if (name === 'CONDSTORE' && !enabled.condstore) {
        session.enableCondstore()
        now.push('CONDSTORE')
      } else if (name === 'QRESYNC' && !enabled.qresync) {
        enabled.qresync = true
        session.enableCondstore()
        now.push('QRESYNC')
      } else if (name === 'UIDONLY' && !enabled.uidOnly) {
        // Whatever is pending is told in numbers while the client still understands them. RFC 9586 §3
        await session.sync(true, false)
        enabled.uidOnly = true
        now.push('UIDONLY')
      }
    }
    session.write(`* ENABLED${now.map(name => ` ${name}`).join('')}\r\n`)
    return ok('ENABLE done')
  },
}
