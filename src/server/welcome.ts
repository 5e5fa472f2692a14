import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '#config/schema.ts'
import { openUsers, withMail } from './open.ts'
import { appendMessages } from './sample-mail.ts'

const LOGIN = 'demo'
const samples = new URL('../../samples/', import.meta.url)

/** For who tries the server: an account with sample mail at the first start, and how to connect at each. */
export async function welcome(config: Config, print: (text: string) => void): Promise<void> {
  const users = await openUsers(config)
  try {
    let password: string | null = null
    if ((await users.list()).length === 0) {
      password = randomBytes(9).toString('base64url')
      const user = await users.add(LOGIN, password)
      await withMail(config, user.account, appendSamples)
    }
    const known = await users.find(LOGIN)
    print(howToConnect(config, known ? LOGIN : 'USER', password))
  } finally {
    await users.close()
  }
}

async function appendSamples(mail: Parameters<typeof appendMessages>[0]): Promise<void> {
  const names = (await readdir(samples)).filter(name => name.endsWith('.eml')).sort()
  const bodies = await Promise.all(names.map(name => readFile(new URL(name, samples))))
  await appendMessages(mail, bodies)
}

function howToConnect({ listen, data, tls }: Config, login: string, password: string | null): string {
  const secret = password ?? 'PASSWORD'
  const lines = ['', 'Rookery is ready.', '']
  const row = (name: string, value: string) => lines.push(`  ${name.padEnd(13)}${value}`)
  const at = (places: Config['listen']['imap']) => places.map(({ host, port }) => `${host}:${port}`).join(', ')
  if (listen.imap.length > 0) row('IMAP', `${at(listen.imap)}  (STARTTLS)`)
  if (listen.imaps.length > 0) row('IMAPS', `${at(listen.imaps)}  (TLS)`)
  if (listen.lmtp.length > 0)
    row('LMTP', listen.lmtp.map(place => ('path' in place ? place.path : `${place.host}:${place.port}`)).join(', '))
  if (listen.http.length > 0) row('HTTP', at(listen.http))
  row('account', login)
  row('password', password ?? 'as it was shown at the first start; "rookery user passwd" sets a new one')
  if (tls.certFile === null) row('certificate', `${join(data.dir, 'tls', 'cert.pem')} (self-signed)`)
  const [imap] = listen.imap
  if (imap) {
    lines.push('', 'Try it:', '')
    lines.push(`  curl --user '${login}:${secret}' 'imap://${imap.host}:${imap.port}/INBOX;UID=1'`)
    lines.push(
      `  python3 -c 'import imaplib; m = imaplib.IMAP4("${imap.host}", ${imap.port}); m.login("${login}", "${secret}"); print(m.select("INBOX")); print(m.search(None, "UNSEEN"))'`,
    )
  }
  return `${lines.join('\n')}\n\n`
}
