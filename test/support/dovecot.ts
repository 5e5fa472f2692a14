/** Debian's Dovecot as a stand-in for our server, so that a client test can be run against both (E2E_PEER=dovecot). Needs root. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './ports.ts'
import { end, runOk } from './program.ts'
import { keepLog, type Ports, ready, type TestServer } from './server.ts'

export type DovecotOptions = {
  /** An existing folder, which then is left in place. */
  readonly data?: string
  readonly ports?: Ports
  /** More of a dovecot.conf, which wins over what is said here. */
  readonly settings?: string
}

export async function startDovecot(
  users: Readonly<Record<string, string>>,
  options: DovecotOptions = {},
): Promise<TestServer> {
  const folder = options.data ? undefined : await mkdtempDisposable(join(tmpdir(), 'dovecot-test-'))
  const data = options.data ?? folder?.path ?? ''
  await chmod(data, 0o755)
  const certificate = join(data, 'tls', 'cert.pem')
  if (!existsSync(certificate)) await makeCertificate(data)
  const passwords = new Map(Object.entries(users))
  const writeUsers = () => writeFile(join(data, 'users'), [...passwords].map(lineOf).join(''))
  await writeUsers()
  await runOk('chown', ['nobody', data])

  const [imap = 0, imaps = 0, lmtp = 0, http = 0] = options.ports ? [] : await freePorts(4)
  const ports = options.ports ?? { imap, imaps, lmtp, http }
  const config = join(data, 'dovecot.conf')
  await writeFile(config, `${configOf(data, ports)}${options.settings ?? ''}`)
  const child = spawn('dovecot', ['-F', '-c', config], { stdio: ['ignore', 'pipe', 'pipe'] })
  const log = keepLog(child)
  try {
    await ready(child, ports)
  } catch (error) {
    await end(child)
    await folder?.remove()
    throw new Error(`Dovecot did not start\n${log()}`, { cause: error })
  }
  const stop = () => end(child)
  return {
    ports,
    data,
    certificate,
    pid: child.pid ?? 0,
    async addUser(name, password) {
      passwords.set(name, password)
      await writeUsers()
    },
    log,
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      await folder?.remove()
    },
  }
}

/** A password may be given with its scheme, as `{SCHEME}hash`. */
const lineOf = ([name, password]: [string, string]) =>
  `${name}:${password.startsWith('{') ? '' : '{PLAIN}'}${password}\n`

async function makeCertificate(data: string): Promise<void> {
  await mkdir(join(data, 'tls'))
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'
  const files = ['-keyout', join(data, 'tls', 'key.pem'), '-out', join(data, 'tls', 'cert.pem')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30']
  await runOk('openssl', ['req', ...kind, '-subj', '/CN=localhost', '-addext', names, ...files])
}

const configOf = (data: string, ports: Ports) => `
base_dir = ${data}/run
state_dir = ${data}/state
log_path = /dev/stderr
listen = 127.0.0.1
protocols = imap lmtp
default_internal_user = dovecot
ssl = yes
ssl_cert = <${data}/tls/cert.pem
ssl_key = <${data}/tls/key.pem
disable_plaintext_auth = no
auth_username_format = %n
auth_mechanisms = plain login
auth_failure_delay = 0
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%n ${data}/users
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${data}/mail/%n
}
first_valid_uid = 1
mail_location = maildir:~/Maildir:LAYOUT=fs
recipient_delimiter = +
lmtp_save_to_detail_mailbox = yes
lda_mailbox_autocreate = yes
namespace inbox {
  inbox = yes
  separator = /
${['Sent', 'Drafts', 'Trash', 'Junk', 'Archive'].map(name => `  mailbox ${name} {\n    auto = subscribe\n    special_use = \\${name}\n  }`).join('\n')}
}
service imap-login {
  inet_listener imap {
    port = ${ports.imap}
  }
  inet_listener imaps {
    port = ${ports.imaps}
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    port = ${ports.lmtp}
  }
}
mail_plugins = zlib
protocol imap {
  mail_plugins = zlib imap_zlib
  mail_max_userip_connections = 50
}
`
