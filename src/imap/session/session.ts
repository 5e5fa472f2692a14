import type { Octets } from '#base/bytes.ts'
import { Refusal, SyntaxFault } from '#base/errors.ts'
import { limits } from '#base/limits.ts'
import { type Mail, openMail } from '#mail/mail.ts'
import type { Numbering, View } from '#mail/view.ts'
import type { Connection } from '#net/connection.ts'
import type { Login } from '#ports/users.ts'
import { mechanisms } from '#sasl/mechanisms.ts'
import type { FrameEvent, Framer, FramerLimits } from '../wire/framer.ts'
import type { SequenceSet } from '../wire/syntax.ts'
import { capabilities } from './capabilities.ts'
import type { Phase } from './command.ts'
import type { Idling } from './idling.ts'
import { Input } from './input.ts'
import type { Profile } from './profiles.ts'
import { endingOf } from './refusals.ts'
import type { ImapServices, ImapSettings } from './services.ts'
import { sendNews } from './updates.ts'

/** What the client switched on with ENABLE or by using it. RFC 9051 §6.3.1, RFC 7162 §3.1, RFC 9586 */
export type Enabled = { rev2: boolean; utf8: boolean; condstore: boolean; qresync: boolean; uidOnly: boolean }

const nothing: readonly string[] = []

const freshEnabled = (): Enabled => ({ rev2: false, utf8: false, condstore: false, qresync: false, uidOnly: false })

/**
 * One client's session: what it is in, what its client switched on, and what commands use to answer. The loop that runs them is in loop.ts.
 *
 * While nothing arrives, a session is this object, its framer and, when a mailbox is selected, a view.
 */
export class Session {
  readonly services: ImapServices
  readonly connection: Connection
  readonly input: Input
  readonly id: number
  phase: Phase = { phase: 'anonymous' }
  enabled: Enabled = freshEnabled()
  /** Result of SEARCH RETURN (SAVE), UIDs ascending. RFC 5182 */
  saved: Uint32Array = new Uint32Array(0)
  /** Name and version from ID, for logs and the client's profile. */
  client: Octets = ''
  /** What is done differently for this client. */
  profile: Profile | null = null
  /** Tag of the command that runs, for answers that name it. */
  tag: Octets = ''
  /** An IDLE that waits for DONE. */
  idling: Idling | null = null
  /** Set once BYE is said: nothing more is read. */
  closing = false
  #farewell: { readonly text: string; readonly code: string } | null = null

  constructor(services: ImapServices, connection: Connection, id: number) {
    this.services = services
    this.connection = connection
    this.id = id
    this.input = new Input(connection, framerLimits(services.settings, 'anonymous'))
  }

  get view(): View | null {
    return this.phase.phase === 'selected' ? this.phase.view : null
  }

  get mail(): Mail | null {
    return this.phase.phase === 'anonymous' ? null : this.phase.mail
  }

  /** Mailbox names and strings go out as UTF-8. RFC 9051 §5.1, RFC 9755 §3 */
  get utf8(): boolean {
    return this.enabled.rev2 || this.enabled.utf8
  }

  get framer(): Framer {
    return this.input.framer
  }

  greet(): void {
    this.write(`* OK [CAPABILITY ${this.capabilities().join(' ')}] Rookery ready\r\n`)
  }

  capabilities(): readonly string[] {
    const { services, connection } = this
    return capabilities({
      phase: this.phase.phase === 'anonymous' ? 'anonymous' : 'authenticated',
      secure: connection.secure !== null,
      startTls: services.tls() !== null,
      plaintext: this.mayUsePlaintext(),
      mechanisms: this.mechanisms(),
      compressed: connection.compressed,
      appendLimit: services.settings.appendLimit,
      messageLimit: services.settings.messageLimit,
      saveLimit: services.settings.saveLimit,
      without: this.profile?.without ?? nothing,
    })
  }

  /** SASL mechanisms that work on this connection and are not switched off. */
  mechanisms(): readonly string[] {
    const allowed = this.services.settings.mechanisms
    const { secure } = this.connection
    return mechanisms({ plaintext: this.mayUsePlaintext(), secure }).filter(name => allowed.includes(name))
  }

  /** Passwords in clear are taken only from where nobody can listen. RFC 9051 §11.1 */
  mayUsePlaintext(): boolean {
    return this.connection.secure !== null || this.services.settings.trustsPlaintext(this.connection.remoteAddress)
  }

  write(octets: Octets | Uint8Array): void {
    this.connection.write(octets)
  }

  /** Resolves when the client has read enough for more to be sent; rejects when it is gone. Await it between pages. */
  drained(): Promise<void> | undefined {
    return this.connection.drained()
  }

  /** UIDs that a set of the selected mailbox names, ascending; `$` is the saved result. @throws {SyntaxFault} for numbers above EXISTS */
  resolve(set: SequenceSet, numbering: Numbering): Uint32Array {
    const view = this.view!
    // Messages that are gone drop out of the saved result. RFC 5182 §2.1
    if (set === 'saved') return this.saved.filter(uid => view.seqOf(uid) > 0)
    if (numbering === 'seq' && view.exceeds(set)) throw new SyntaxFault(`There are ${view.exists} messages`)
    return view.resolve(set, numbering)
  }

  nextEvent(): Promise<FrameEvent | null> {
    return this.input.nextEvent()
  }

  /** A line that asks the client to go on. In a write of its own: some clients miss what shares a record with it. */
  continuation(text: string): void {
    this.write(`+ ${text}\r\n`)
    this.connection.flush()
  }

  /** The first command that uses modseqs is told where the selected mailbox is. RFC 7162 §3.1 */
  enableCondstore(): void {
    if (this.enabled.condstore) return
    this.enabled.condstore = true
    if (this.view) this.write(`* OK [HIGHESTMODSEQ ${this.view.toldUpTo}] Highest\r\n`)
  }

  /** Looks what changed in the selected mailbox and tells it; true when there was anything. */
  async sync(mayExpunge: boolean, withUid: boolean): Promise<boolean> {
    const { phase } = this
    if (phase.phase !== 'selected') return false
    const { mail, view } = phase
    try {
      await mail.states.refresh(mail.account, view.state, view.dozes)
    } catch (error) {
      if (!(error instanceof Refusal && error.reason === 'mailbox-missing')) throw error
      // Whoever has a deleted mailbox selected is let go. RFC 2180 §3.3
      this.retire('The selected mailbox was deleted')
      return false
    }
    const { version } = view
    const news = view.sync(mayExpunge)
    const claims = news.exists !== null && !view.readOnly && !this.enabled.rev2
    const claimed = claims ? mail.metadata.claimRecent(mail.account, view.state.id) : null
    // Awaited by who tells of it; a client that leaves before is no reason to fall.
    claimed?.catch(() => {})
    await sendNews(this, news, withUid, claimed)
    return view.version !== version
  }

  /** Says why, then closes. RFC 9051 §7.1.5 */
  bye(text: string, code = ''): void {
    if (this.closing) return
    this.closing = true
    this.connection.end(`* BYE ${code ? `[${code}] ` : ''}${text}\r\n`)
  }

  /** BYE as soon as the command that runs now has been answered. */
  retire(text: string, code = ''): void {
    if (this.input.waiting) this.bye(text, code)
    else this.#farewell = { text, code }
  }

  /** The BYE that waited for a command to end. */
  sayFarewell(): void {
    if (this.#farewell) this.bye(this.#farewell.text, this.#farewell.code)
  }

  async authenticated(login: Login): Promise<void> {
    const mail = await openMail(this.services.mail, login.account)
    this.phase = { phase: 'authenticated', mail, login: login.login }
    this.input.framer.setLimits(framerLimits(this.services.settings, 'authenticated'))
    this.connection.deadline(null)
    this.connection.idleLimit(this.services.settings.idleMs)
  }

  /** Selects a mailbox, leaving the one before. */
  select(view: View): void {
    this.unselect()
    if (this.phase.phase !== 'authenticated') throw new SyntaxFault('Log in first')
    this.phase = { ...this.phase, phase: 'selected', view }
  }

  unselect(): void {
    const { phase } = this
    if (phase.phase !== 'selected') return
    phase.view.close()
    phase.mail.states.release(phase.mail.account, phase.view.state.id)
    this.saved = new Uint32Array(0)
    this.phase = { phase: 'authenticated', mail: phase.mail, login: phase.login }
  }

  /** Back to before login: UNAUTHENTICATE (RFC 8437), or the end of the connection. */
  leave(): void {
    void this.idling?.stop()
    this.idling = null
    this.unselect()
    if (this.phase.phase !== 'anonymous') this.services.admission.leave(this.phase.login)
    this.phase = { phase: 'anonymous' }
    this.enabled = freshEnabled()
    this.input.framer.setLimits(framerLimits(this.services.settings, 'anonymous'))
  }

  /** Something failed outside a command: the client cannot be answered, only told. */
  failed(error: unknown): void {
    const ending = endingOf(error, this.services.log, () => ({ session: this.id }))
    this.bye(ending.text, ending.code?.join(' ') ?? '')
  }
}

/** How much of a command is held in memory, before and after login. */
export function framerLimits(settings: ImapSettings, phase: Phase['phase']): FramerLimits {
  return phase === 'anonymous'
    ? { commandOctets: settings.commandOctetsAnonymous, literalOctets: limits.literalOctetsAnonymous }
    : { commandOctets: settings.commandOctets, literalOctets: settings.literalOctets }
}
