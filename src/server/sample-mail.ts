import { Ingest } from '#mail/ingest.ts'
import type { Mail } from '#mail/mail.ts'
import { mailboxNamed } from '#mail/mailboxes.ts'
import type { NewMessage } from '#ports/metadata.ts'

/** Puts whole messages into INBOX, unread, a minute apart, the last one now. */
export async function appendMessages(mail: Mail, bodies: readonly Uint8Array[]): Promise<void> {
  const inbox = await mailboxNamed(mail, 'INBOX')
  const messages: NewMessage[] = []
  for (const [i, body] of bodies.entries()) {
    const ingest = new Ingest(mail)
    await ingest.write(withCrlf(body))
    const receivedAt = mail.clock.now() - (bodies.length - 1 - i) * 60_000
    messages.push(await ingest.finish({ flags: 0, keywords: [], receivedAt, zone: -new Date().getTimezoneOffset() }))
  }
  await mail.metadata.append(mail.account, inbox.id, messages)
}

/** Checkouts may change line ends; mail has CRLF. */
const withCrlf = (body: Uint8Array): Uint8Array =>
  Buffer.from(Buffer.from(body).toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1')
