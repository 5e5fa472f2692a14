import type { Octets } from '#base/bytes.ts'
import { Refusal, SyntaxFault } from '#base/errors.ts'
import { limits } from '#base/limits.ts'
import { type Mail, openMail } from '#mail/mail.ts'
import type { Numbering, View } from '#mail/view.ts'
import { type Connection, ConnectionClosed } from '#net/connection.ts'
import type { Login } from '#ports/users.ts'
import { mechanisms } from '#sasl/mechanisms.ts'
import { findCommand } from '../commands/table.ts'
import { type Frame, type FrameEvent, Framer, type FramerLimits, type LiteralAnnounced } from '../wire/framer.ts'
import { Args } from '../wire/reader.ts'
import type { SequenceSet } from '../wire/syntax.ts'
import { responseText } from '../wire/writer.ts'
import { capabilities } from './capabilities.ts'
import { bad, type Ending, type Phase, type Row } from './command.ts'
import { endingOf } from './refusals.ts'
import type { ImapServices, ImapSettings } from './services.ts'
import { Gone, StreamedInput } from './streamed-input.ts'
import { TimeSlice } from './time-slice.ts'
import { sendNews } from './updates.ts'

/** What the client switched on with ENABLE or by using it. RFC 9051 §6.3.1, RFC 7162 §3.1, RFC 9586 */
export type Enabled = { rev2: boolean; utf8: boolean; condstore: boolean; qresync: boolean; uidOnly: boolean }

const freshEnabled = (): Enabled => ({ rev2: false, utf8: false, condstore: false, qresync: false, uidOnly: false })

/**
 * One client's session: the loop that reads commands, runs them one after another and tells what happened elsewhere.
 *
 * Everything is driven by what arrives: while nothing does, a session is this object, its framer and, when a mailbox is selected, a view.
 */
export class Session {
  readonly services: ImapServices
  readonly connection: Connection
  readonly framer: Framer
  readonly id: number
  phase: Phase = { phase: 'anonymous' }
  enabled: Enabled = freshEnabled()
  /** Result of SEARCH RETURN (SAVE), UIDs ascending. RFC 5182 */
  saved: Uint32Array = new Uint32Array(0)
  /** Name and version from ID, for logs and the client's profile. */
  client: Octets = ''
  /** Capabilities this client's profile drops. */
  without: ReadonlySet<string> = new Set()
  /** Tag of the command that runs, for answers that name it. */
  tag: Octets = ''
  /** Tag of an IDLE that waits for DONE. */
  idleTag: Octets | null = null
  /** Set once BYE is said: nothing more is read. */
  closing = false
  /** Between commands: what happens elsewhere may be told when the client idles. */
  #waiting = false
  #bad = 0
  #farewell: { readonly text: string; readonly code: string } | null = null
  #watch: { stop(): void } | null = null
  #telling: Promise<void> | null = null
  #again = false
  #spokeAt = 0
  #lookedAt = 0

  constructor(services: ImapServices, connection: Connection, id: number) {
    this.services = services
    this.connection = connection
    this.id = id
    this.framer = new Framer({
      commandOctets: limits.commandOctetsAnonymous,
      literalOctets: limits.literalOctetsAnonymous,
    })
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
      without: this.without,
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

  /** Serves the client until it leaves. Never throws. */
  async run(): Promise<void> {
    const slice = new TimeSlice()
    try {
      this.connection.deadline(this.services.settings.loginMs)
      this.greet()
      while (!this.closing) {
        const event = this.framer.next() ?? (await this.nextEvent())
        if (event === null) break
        if (event.kind === 'frame') await this.#frame(event.frame)
        else if (event.kind === 'literal') await this.#literal(event.soFar, event.literal)
        else if (event.kind === 'fault') this.#end(event.tag, bad('The command is too long', ['TOOBIG']))
        if (this.#farewell) this.bye(this.#farewell.text, this.#farewell.code)
        // Nothing more is done for a client that does not read its answers, and a long pipeline is not carried out in one go.
        const wait = this.drained() ?? slice.rest()
        if (wait) await wait
      }
      if (this.connection.ended === 'timeout') this.bye('Nothing was heard for too long')
    } catch (error) {
      // A connection that is gone ends up here too; everything else became a tagged answer.
      if (!isGone(error)) this.failed(error)
    } finally {
      this.closing = true
      this.leave()
      this.connection.end()
    }
  }

  /** UIDs that a set of the selected mailbox names, ascending; `$` is the saved result. @throws {SyntaxFault} for numbers above EXISTS */
  resolve(set: SequenceSet, numbering: Numbering): Uint32Array {
    const view = this.view!
    // Messages that are gone drop out of the saved result. RFC 5182 §2.1
    if (set === 'saved') return this.saved.filter(uid => view.seqOf(uid) > 0)
    if (numbering === 'seq' && view.exceeds(set)) throw new SyntaxFault(`There are ${view.exists} messages`)
    return view.resolve(set, numbering)
  }

  /** The next event of the framer, reading on as long as it needs more; null when the client is gone. */
  async nextEvent(): Promise<FrameEvent | null> {
    for (;;) {
      const event = this.framer.next()
      if (event) return event
      if (!(await this.#read())) return null
    }
  }

  /** The next line as it is, for exchanges inside a command; null when the client is gone. RFC 9051 §6.2.2 */
  async nextLine(): Promise<Octets | null> {
    for (;;) {
      const line = this.framer.nextLine()
      if (line !== null) return line
      if (!(await this.#read())) return null
    }
  }

  async #read(): Promise<boolean> {
    this.connection.flush()
    this.#waiting = true
    // What came while the command before ran, and before we listened, is told now if the client waits in IDLE.
    if (this.idleTag !== null) this.notify()
    const chunk = await this.connection.read()
    this.#waiting = false
    if (chunk === null) return false
    this.framer.push(chunk)
    return true
  }

  async #frame(frame: Frame): Promise<void> {
    const isDone = frame.pieces.length === 0 && frame.tag?.toUpperCase() === 'DONE'
    // Some clients send their next command instead of DONE; a DONE without IDLE crossed the end of one.
    if (this.idleTag !== null) await this.#endIdle(this.idleTag)
    if (isDone) return
    const args = new Args(frame, this.utf8)
    const found = this.#find(args)
    if ('status' in found) return this.#end(frame.tag, found)
    const { row, numbering } = found
    if (row.streams) return this.#stream(frame, null, row, args, numbering)
    await this.#run(frame.tag, row, numbering, () => row.run(this.#at() as never, row.parse(args), numbering))
  }

  async #literal(soFar: Frame, literal: LiteralAnnounced): Promise<void> {
    if (this.idleTag !== null) await this.#endIdle(this.idleTag)
    const args = new Args(soFar, this.utf8)
    const found = this.#find(args)
    if (!('status' in found) && found.row.streams) return this.#stream(soFar, literal, found.row, args, found.numbering)
    const { phase } = this.phase
    // Before login only short literals may come unasked. RFC 7888 §5
    const room =
      phase === 'anonymous' && !literal.sync
        ? limits.literalMinusOctets
        : framerLimits(this.services.settings, phase).literalOctets
    const ending =
      'status' in found ? found : literal.octets > room ? bad('That literal is too big here', ['TOOBIG']) : null
    if (ending) {
      this.framer.decide('refuse')
      return this.#end(soFar.tag, ending)
    }
    if (this.framer.decide('buffer') && literal.sync) this.continuation('Go on')
  }

  async #stream(
    frame: Frame,
    literal: LiteralAnnounced | null,
    row: Row & { streams: true },
    args: Args,
    numbering: 'seq' | 'uid',
  ): Promise<void> {
    const input = new StreamedInput(this, args, literal)
    await this.#run(frame.tag, row, numbering, () => row.run(this.#at() as never, input, numbering))
    await input.skipRest()
  }

  /** A line that asks the client to go on. In a write of its own: some clients miss what shares a record with it. */
  continuation(text: string): void {
    this.write(`+ ${text}\r\n`)
    this.connection.flush()
  }

  #find(args: Args): { row: Row; numbering: 'seq' | 'uid' } | Ending {
    try {
      args.space()
      let name = args.atom().toUpperCase()
      let numbering: 'seq' | 'uid' = 'seq'
      if (name === 'UID') {
        args.space()
        name = args.atom().toUpperCase()
        numbering = 'uid'
      }
      const row = findCommand(name)
      if (!row || (numbering === 'uid' ? !row.uid : row.uid === 'only')) return bad('Unknown command')
      const { phase } = this.phase
      if (row.phase === 'anonymous' && phase !== 'anonymous') return bad('Already logged in')
      if ((row.phase === 'authenticated' || row.phase === 'selected') && phase === 'anonymous')
        return bad('Log in first')
      if (row.phase === 'selected' && phase !== 'selected') return bad('Select a mailbox first')
      if (this.enabled.uidOnly && row.numbers && numbering === 'seq')
        return bad('Message numbers are off', ['UIDREQUIRED'])
      return { row, numbering }
    } catch (error) {
      return endingOf(error, this.services.log, () => ({ session: this.id }))
    }
  }

  #at(): object {
    const { phase } = this
    if (phase.phase === 'anonymous') return { session: this }
    return phase.phase === 'selected'
      ? { session: this, mail: phase.mail, view: phase.view }
      : { session: this, mail: phase.mail }
  }

  async #run(
    tag: Octets | null,
    row: Row,
    numbering: 'seq' | 'uid',
    run: () => Promise<Ending | null> | Ending | null,
  ): Promise<void> {
    let ending: Ending | null
    const begun = performance.now()
    this.tag = tag ?? ''
    try {
      ending = await run()
      if (ending === null) return
      if (ending.status !== 'BAD') await this.#tellNews(row, numbering)
    } catch (error) {
      if (this.closing || isGone(error)) return
      ending = endingOf(error, this.services.log, () => ({ session: this.id, command: row.name }))
    }
    this.#end(tag, ending)
    this.services.observer?.command(row.name, ending.status, performance.now() - begun)
    if (ending.after) await ending.after()
  }

  async #tellNews(row: Row, numbering: 'seq' | 'uid'): Promise<void> {
    if (!this.view) return
    const mayExpunge = !row.holdsExpunge || numbering === 'uid'
    await this.sync(mayExpunge, numbering === 'uid')
    // A client that keeps the highest modseq it sees would never ask for the expunges below it. RFC 7162 §3.2
    if (!mayExpunge && this.enabled.qresync && this.view?.holdsExpunge)
      this.write(`* OK [HIGHESTMODSEQ ${this.view.toldUpTo}] Expunges are still to come\r\n`)
  }

  /** The first command that uses modseqs is told where the selected mailbox is. RFC 7162 §3.1 */
  enableCondstore(): void {
    if (this.enabled.condstore) return
    this.enabled.condstore = true
    if (this.view) this.write(`* OK [HIGHESTMODSEQ ${this.view.toldUpTo}] Highest\r\n`)
  }

  /** Looks what changed in the selected mailbox and tells it. */
  async sync(mayExpunge: boolean, withUid: boolean): Promise<void> {
    const { phase } = this
    if (phase.phase !== 'selected') return
    const { mail, view } = phase
    try {
      await mail.states.refresh(mail.account, view.state)
    } catch (error) {
      if (!(error instanceof Refusal && error.reason === 'mailbox-missing')) throw error
      // Whoever has a deleted mailbox selected is let go. RFC 2180 §3.3
      return this.retire('The selected mailbox was deleted')
    }
    const news = view.sync(mayExpunge)
    if (news.exists !== null && !view.readOnly && !this.enabled.rev2)
      view.addRecent(await mail.metadata.claimRecent(mail.account, view.state.id))
    await sendNews(this, news, withUid)
  }

  /** The tagged answer; untagged when the command had no tag to repeat. */
  #end(tag: Octets | null, ending: Ending): void {
    this.write(`${tag ?? '*'} ${ending.status} ${responseText(ending.code ?? null, ending.text)}\r\n`)
    if (ending.status !== 'BAD') {
      this.#bad = 0
      return
    }
    const most = this.phase.phase === 'anonymous' ? limits.badCommandsAnonymous : limits.badCommands
    if (++this.#bad >= most) this.bye('Too many bad commands')
  }

  /** Waits for DONE, telling what changes meanwhile. */
  startIdle(): void {
    this.idleTag = this.tag
    this.#spokeAt = this.#lookedAt = this.services.mail.clock.now()
    this.watch(true)
    this.continuation('idling')
  }

  async #endIdle(tag: Octets): Promise<void> {
    this.idleTag = null
    this.watch(false)
    await this.#telling
    if (this.closing) return
    try {
      await this.sync(true, false)
    } catch (error) {
      return isGone(error) ? undefined : this.failed(error)
    }
    this.#end(tag, { status: 'OK', text: 'IDLE done' })
  }

  /** Says why, then closes. RFC 9051 §7.1.5 */
  bye(text: string, code = ''): void {
    if (this.closing) return
    this.closing = true
    this.connection.end(`* BYE ${code ? `[${code}] ` : ''}${text}\r\n`)
  }

  /** BYE as soon as the command that runs now has been answered. */
  retire(text: string, code = ''): void {
    if (this.#waiting) this.bye(text, code)
    else this.#farewell = { text, code }
  }

  async authenticated(login: Login): Promise<void> {
    const mail = await openMail(this.services.mail, login.account)
    this.phase = { phase: 'authenticated', mail, login: login.login }
    this.framer.setLimits(framerLimits(this.services.settings, 'authenticated'))
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
    this.idleTag = null
    this.watch(false)
    this.unselect()
    if (this.phase.phase !== 'anonymous') this.services.admission.leave(this.phase.login)
    this.phase = { phase: 'anonymous' }
    this.enabled = freshEnabled()
    this.framer.setLimits(framerLimits(this.services.settings, 'anonymous'))
  }

  /** Listens for hints while the client idles, and only then. */
  watch(on: boolean): void {
    if (!on) {
      this.#watch?.stop()
      this.#watch = null
    } else if (!this.#watch && this.mail) {
      this.#watch = this.services.mail.bus.watch(this.mail.account, hint => {
        if (this.view && (hint.mailbox === null || hint.mailbox === this.view.state.id)) this.notify()
      })
    }
  }

  /** Tells an idling client what changed. One look at a time; a hint that comes meanwhile causes one more. */
  notify(): void {
    if (!this.#waiting || this.idleTag === null || this.closing) return
    this.#again = true
    this.#telling ??= this.#tell().finally(() => {
      this.#telling = null
    })
  }

  async #tell(): Promise<void> {
    try {
      while (this.#again && this.idleTag !== null) {
        this.#again = false
        // A client that idles and does not read is told when it reads again.
        await this.drained()
        await this.sync(true, false)
        this.connection.flush()
      }
    } catch (error) {
      if (!isGone(error)) this.failed(error)
    }
  }

  /** Called now and then: an idling client hears that we are there, and its mailbox is looked at in case a hint was lost. */
  tend(now: number): void {
    if (this.idleTag === null) return
    const { heartbeatMs, pollMs } = this.services.settings
    if (now - this.#spokeAt >= heartbeatMs) {
      this.#spokeAt = now
      this.write('* OK Still here\r\n')
    }
    if (now - this.#lookedAt >= pollMs) {
      this.#lookedAt = now
      this.notify()
    }
  }

  /** Something failed outside a command: the client cannot be answered, only told. */
  failed(error: unknown): void {
    const ending = endingOf(error, this.services.log, () => ({ session: this.id }))
    this.bye(ending.text, ending.code?.join(' ') ?? '')
  }
}

/** The client left while something was done for it: nobody is there to be answered, and nothing is wrong here. */
const isGone = (error: unknown): boolean =>
  error instanceof Gone || error instanceof ConnectionClosed || (error instanceof Error && error.name === 'AbortError')

function framerLimits(settings: ImapSettings, phase: Phase['phase']): FramerLimits {
  return phase === 'anonymous'
    ? { commandOctets: settings.commandOctetsAnonymous, literalOctets: limits.literalOctetsAnonymous }
    : { commandOctets: settings.commandOctets, literalOctets: settings.literalOctets }
}
