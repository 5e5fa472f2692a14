/** Mailboxes with very many messages, and very many mailboxes, filled quickly over IMAP. */
import type { ImapClient, Piece } from '#test/imap-client.ts'

const PER_COMMAND = 500

/** Small messages, each with its own subject, in threads of ten; by MULTIAPPEND. */
export async function fill(client: ImapClient, mailbox: string, count: number): Promise<void> {
  for (let from = 0; from < count; from += PER_COMMAND) {
    const pieces: Piece[] = [`APPEND ${mailbox}`]
    for (let i = from; i < Math.min(count, from + PER_COMMAND); i++) pieces.push(' ', message(i))
    await client.ok(...pieces)
  }
}

function message(i: number): Buffer {
  const thread = Math.floor(i / 10)
  const reply =
    i % 10 === 0
      ? ''
      : `In-Reply-To: <m${i - 1}@example.org>\r\nReferences: <m${thread * 10}@example.org> <m${i - 1}@example.org>\r\n`
  return Buffer.from(
    `From: Sender ${i % 997} <s${i % 997}@example.org>\r\nTo: bad@example.org\r\nDate: ${new Date(1.7e12 + ((i * 7919) % 100_000) * 60_000).toUTCString()}\r\n` +
      `Subject: ${i % 10 === 0 ? '' : 'Re: '}matter ${thread}\r\nMessage-ID: <m${i}@example.org>\r\n${reply}\r\nAbout matter ${thread}, ${i}.\r\n`,
  )
}
