/** Delivery as a mail transfer agent does it: one LMTP transaction, one answer per recipient. RFC 2033 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

export type Delivery = {
  readonly port: number
  readonly to: readonly string[]
  readonly message: Uint8Array
  readonly from?: string
}

/** The answers to the recipients in order: that of DATA for the accepted ones, that of RCPT for the refused. */
export async function deliver({ port, to, message, from = 'sender@example.org' }: Delivery): Promise<string[]> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.setTimeout(20_000, () => socket.destroy(new Error('LMTP: no answer for 20 s')))
  try {
    await once(socket, 'connect')
    const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]()
    const answer = async () => {
      for (;;) {
        const { value, done } = await lines.next()
        if (done) throw new Error('LMTP: the server closed the connection')
        if (value[3] !== '-') return value as string
      }
    }
    const say = async (line: string) => {
      socket.write(`${line}\r\n`)
      return answer()
    }
    await answer()
    await say('LHLO localhost')
    await say(`MAIL FROM:<${from}>`)
    const replies: string[] = []
    for (const recipient of to) replies.push(await say(`RCPT TO:<${recipient}>`))
    const accepted = replies.flatMap((reply, index) => (reply.startsWith('2') ? [index] : []))
    if (accepted.length > 0) {
      await say('DATA')
      socket.write(dotStuffed(message))
      for (const index of accepted) replies[index] = await answer()
    }
    socket.end('QUIT\r\n')
    return replies
  } finally {
    socket.destroySoon()
  }
}

/** As `deliver`, but an answer other than 250 throws. */
export async function deliverOk(delivery: Delivery): Promise<void> {
  for (const reply of await deliver(delivery)) if (!reply.startsWith('250')) throw new Error(`LMTP: ${reply}`)
}

/** RFC 5321 §4.5.2 */
function dotStuffed(message: Uint8Array): Buffer {
  const text = Buffer.from(message).toString('latin1')
  const stuffed = text.replaceAll(/^\./gm, '..')
  return Buffer.from(`${stuffed}${stuffed.endsWith('\r\n') ? '' : '\r\n'}.\r\n`, 'latin1')
}
