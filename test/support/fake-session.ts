/** A session without a connection: runs one row of the command table on mail in memory and keeps what it writes. */
import type { AccountId } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import type { Command, Ending } from '#imap/session/command.ts'
import { endingOf } from '#imap/session/refusals.ts'
import type { Enabled, Session } from '#imap/session/session.ts'
import { Args } from '#imap/wire/reader.ts'
import { responseText } from '#imap/wire/writer.ts'
import type { Numbering, View } from '#mail/view.ts'
import type { MemoryMail } from './memory-mail.ts'

type Row = Command<'selected', never>

export class FakeSession {
  enabled: Enabled = { rev2: false, utf8: false, condstore: false, qresync: false, uidOnly: false }
  saved: Uint32Array = new Uint32Array(0)
  tag = ''
  messageLimit: number | null = null
  readonly gone = new AbortController()
  readonly box: MemoryMail
  readonly view: View
  readonly #numbering: Numbering = 'seq'
  #written = ''
  #tags = 0

  constructor(box: MemoryMail, view: View) {
    this.box = box
    this.view = view
  }

  static async on(box: MemoryMail): Promise<FakeSession> {
    return new FakeSession(box, await box.select())
  }

  /** What goes over the wire for a command, without its tag: lines, then the tagged one with the tag left out. */
  async run(row: unknown, args: string, numbering: Numbering = this.#numbering): Promise<readonly string[]> {
    this.tag = `a${++this.#tags}`
    this.#written = ''
    const ending = await this.#ending(row as Row, args, numbering)
    return [
      ...this.#written.split('\r\n').slice(0, -1),
      `${ending.status} ${responseText(ending.code ?? null, ending.text)}`,
    ]
  }

  async #ending(row: Row, args: string, numbering: Numbering): Promise<Ending> {
    try {
      const parsed = row.parse(Args.of(` ${args}`, this.enabled.utf8 || this.enabled.rev2))
      const at = { session: this as unknown as Session, mail: this.box.mail, view: this.view }
      return (await row.run(at, parsed, numbering))!
    } catch (error) {
      return endingOf(error, silentLog, () => ({}))
    }
  }

  enableCondstore(): void {
    this.enabled.condstore = true
  }

  get services(): object {
    return { settings: { messageLimit: this.messageLimit }, mail: this.box.mail }
  }

  get connection(): object {
    return { signal: this.gone.signal }
  }

  get account(): AccountId {
    return this.box.mail.account
  }

  write(octets: string): void {
    this.#written += octets
  }

  drained(): undefined {}

  async sync(mayExpunge: boolean): Promise<void> {
    await this.box.mail.states.refresh(this.account, this.view.state)
    this.view.sync(mayExpunge)
  }
}
