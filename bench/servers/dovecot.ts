/** Debian's Dovecot as a good admin sets it up: high-performance login, passwords checked from memory, all else as it comes. */
import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { startDovecot } from '#test/dovecot.ts'
import { missing, runOk } from '#test/program.ts'
import { password } from '../load/lab.ts'
import type { Launcher } from './server.ts'

export const variants = ['maildir', 'mdbox'] as const
export type Variant = (typeof variants)[number]

/** Why Dovecot cannot be measured here; false when it can. */
export function dovecotMissing(): string | false {
  if (process.getuid?.() !== 0) return 'Dovecot is started by root only'
  return missing('dovecot', 'openssl')
}

/** A salted SHA-256: the peer's login is not made to pay for a slow hash. */
const salt = Buffer.from('benchsalt')
const hash = createHash('sha256').update(password).update(salt).digest()
const secret = `{SSHA256}${Buffer.concat([hash, salt]).toString('base64')}`

export async function dovecotLauncher(variant: Variant): Promise<Launcher> {
  const version = (await runOk('dovecot', ['--version'])).stdout.trim()
  const users = new Map<string, string>()
  return {
    name: `dovecot-${variant}`,
    described: `Dovecot ${version}, ${variant}, high-performance login (service_count = 0), auth cache, mail_fsync as by default`,
    start: ({ data, ports, loading }) =>
      startDovecot(Object.fromEntries(users), { data, ports, settings: settingsOf(variant, loading) }),
    async addUsers(_data, names) {
      for (const name of names) users.set(name, secret)
    },
  }
}

const settingsOf = (variant: Variant, loading: boolean): string => {
  const cores = availableParallelism()
  const place = variant === 'maildir' ? 'maildir:~/Maildir:LAYOUT=fs' : 'mdbox:~/mdbox'
  return `
mail_location = ${place}
${loading ? 'mail_fsync = never' : ''}
auth_cache_size = 10 M
info_log_path = /dev/null
verbose_proctitle = no
default_client_limit = 16000
default_vsz_limit = 2 G
service imap-login {
  service_count = 0
  process_min_avail = ${cores}
  process_limit = ${cores}
  client_limit = 10000
  vsz_limit = 2 G
}
service imap {
  # A process serves one session at a time, and others after it.
  service_count = 256
  process_limit = 6000
  process_min_avail = ${cores}
}
service lmtp {
  service_count = 256
  process_min_avail = ${cores}
}
service auth {
  client_limit = 16000
}
service anvil {
  client_limit = 16000
}
service stats {
  client_limit = 16000
}
protocol imap {
  mail_max_userip_connections = 20000
}
`
}
