import { hostname } from 'node:os'
import { contains } from '#config/networks.ts'
import type { Config } from '#config/schema.ts'
import type { ImapSettings } from '#imap/session/services.ts'
import type { LmtpSettings } from '#lmtp/services.ts'
import type { MailSettings } from '#mail/mail.ts'
import type { Role } from '#ports/metadata.ts'

/** The configuration in the words of those who use it. */

export function mailSettings({ limits, mail }: Config): MailSettings {
  const folders = Object.entries(mail.folders) as [Role, string][]
  return {
    messageOctets: limits.messageOctets,
    folders: folders.map(([role, name]) => ({ role, name })),
  }
}

export function imapSettings({ limits, login, mail }: Config): ImapSettings {
  return {
    appendLimit: limits.messageOctets,
    messageLimit: limits.messages,
    saveLimit: limits.saves,
    commandOctetsAnonymous: limits.commandOctetsAnonymous,
    commandOctets: limits.commandOctets,
    literalOctets: limits.literalOctets,
    loginMs: limits.loginMs,
    idleMs: limits.idleMs,
    heartbeatMs: mail.notifyMs,
    pollMs: 30_000,
    shedsBackground: limits.shedsBackground,
    mechanisms: login.mechanisms,
    trustsPlaintext: contains(login.plaintextFrom),
  }
}

export function lmtpSettings({ mail, server }: Config): LmtpSettings {
  return {
    hostname: server.hostname ?? hostname(),
    recipientDelimiter: mail.recipientDelimiter,
    createDetailFolder: mail.createDetailFolder,
    overQuota: mail.overQuota,
  }
}
