/** An LMTP connection of the load generator that delivers message after message. RFC 2033, with PIPELINING (RFC 2920) */
import { Wire } from './wire.ts'

const ready = Buffer.from('220 ')
const ok = Buffer.from('250 ')
const goOn = Buffer.from('354')

export class LmtpSession {
  readonly wire: Wire

  private constructor(wire: Wire) {
    this.wire = wire
  }

  static async open(port: number): Promise<LmtpSession> {
    const wire = await Wire.open({ port })
    await wire.until(ready)
    wire.write('LHLO bench.example.org\r\n')
    await wire.until(ok)
    return new LmtpSession(wire)
  }

  /** Sends the envelope; resolves when the server waits for the message. */
  async envelope(to: string): Promise<void> {
    this.wire.write(`MAIL FROM:<ada@example.org>\r\nRCPT TO:<${to}>\r\nDATA\r\n`)
    await this.wire.until(goOn)
  }

  /** Sends the message, which has no line that begins with a dot, and resolves with its one 250. */
  async data(message: Buffer): Promise<void> {
    this.wire.write(Buffer.concat([message, end]))
    await this.wire.until(ok)
  }

  async deliver(to: string, message: Buffer): Promise<void> {
    await this.envelope(to)
    await this.data(message)
  }

  close(): void {
    this.wire.write('QUIT\r\n')
    this.wire.destroy()
  }
}

const end = Buffer.from('.\r\n')
