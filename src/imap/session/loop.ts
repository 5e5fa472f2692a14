import type { Octets } from '#base/bytes.ts'
import { Refusal } from '#base/errors.ts'
import { limits } from '#base/limits.ts'
import { findCommand } from '../commands/table.ts'
import type { Frame, LiteralAnnounced } from '../wire/framer.ts'
import { Args } from '../wire/reader.ts'
import { responseText } from '../wire/writer.ts'
import { bad, type Ending, type Row } from './command.ts'
import type { Idling } from './idling.ts'
import { profileByTags } from './profiles.ts'
import { endingOf, isGone } from './refusals.ts'
import { framerLimits, type Session } from './session.ts'
import { StreamedInput } from './streamed-input.ts'
import { TimeSlice } from './time-slice.ts'

/** Reads a session's commands, runs them one after another, and answers each with its tag. */
export class Loop {
  readonly #session: Session
  readonly #owner: { gone(session: Session): void }
  /** Commands in a row that ended with BAD. */
  #bad = 0
  /** Of the first command, until the second has come. */
  #firstTag: Octets | null = null
  #knowsTags = false

  /** `owner` is told when the client has left: an idle session keeps nobody waiting for that. */
  constructor(session: Session, owner: { gone(session: Session): void }) {
    this.#session = session
    this.#owner = owner
  }

  /** Serves the client until it leaves. Never throws. */
  async run(): Promise<void> {
    const session = this.#session
    const { connection, input } = session
    const slice = new TimeSlice()
    try {
      connection.deadline(session.services.settings.loginMs)
      session.greet()
      while (!session.closing) {
        const event = input.framer.next()
        if (event === null) {
          const coming = input.wait()
          session.idling?.notify()
          if (!input.took(await coming)) break
          continue
        }
        if (event.kind === 'frame') await this.#frame(event.frame)
        else if (event.kind === 'literal') await this.#literal(event.soFar, event.literal)
        else if (event.kind === 'fault') this.#end(event.tag, bad('The command is too long', ['TOOBIG']))
        session.sayFarewell()
        // Nothing more is done for a client that does not read its answers, and a long pipeline is not carried out in one go.
        const wait = session.drained() ?? slice.rest()
        if (wait) await wait
      }
      if (connection.ended === 'timeout') session.bye('Nothing was heard for too long')
    } catch (error) {
      // A connection that is gone ends up here too; everything else became a tagged answer.
      if (!isGone(error)) session.failed(error)
    } finally {
      session.closing = true
      session.leave()
      connection.end()
      this.#owner.gone(session)
    }
  }

  async #frame(frame: Frame): Promise<void> {
    const isDone = frame.pieces.length === 0 && frame.tag?.toUpperCase() === 'DONE'
    // Some clients send their next command instead of DONE; a DONE without IDLE crossed the end of one.
    if (this.#session.idling) await this.#endIdle(this.#session.idling)
    if (isDone) return
    if (!this.#knowsTags) this.#recognise(frame.tag)
    const args = new Args(frame, this.#session.utf8)
    const found = this.#find(args)
    if ('status' in found) return this.#end(frame.tag, found)
    const { row, numbering } = found
    if (row.streams) return this.#stream(frame, null, row, args, numbering)
    await this.#run(frame.tag, row, numbering, () => row.run(this.#at() as never, row.parse(args), numbering))
  }

  /** Clients that do not say who they are may be known by their tags. */
  #recognise(tag: Octets | null): void {
    const first = this.#firstTag
    this.#firstTag = tag
    if (first === null || tag === null) return
    this.#knowsTags = true
    const session = this.#session
    if (session.profile) return
    session.profile = profileByTags(first, tag)
    if (session.profile)
      session.services.log.info('client.id', { session: session.id, by: 'tags', profile: session.profile.name })
  }

  async #literal(soFar: Frame, literal: LiteralAnnounced): Promise<void> {
    if (this.#session.idling) await this.#endIdle(this.#session.idling)
    const args = new Args(soFar, this.#session.utf8)
    const found = this.#find(args)
    if (!('status' in found) && found.row.streams) return this.#stream(soFar, literal, found.row, args, found.numbering)
    const { phase } = this.#session.phase
    // Before login only short literals may come unasked. RFC 7888 §5
    const room =
      phase === 'anonymous' && !literal.sync
        ? limits.literalMinusOctets
        : framerLimits(this.#session.services.settings, phase).literalOctets
    const ending =
      'status' in found ? found : literal.octets > room ? bad('That literal is too big here', ['TOOBIG']) : null
    if (ending) {
      this.#session.input.framer.decide('refuse')
      return this.#end(soFar.tag, ending)
    }
    if (this.#session.input.framer.decide('buffer') && literal.sync) this.#session.continuation('Go on')
  }

  async #stream(
    frame: Frame,
    literal: LiteralAnnounced | null,
    row: Row & { streams: true },
    args: Args,
    numbering: 'seq' | 'uid',
  ): Promise<void> {
    const input = new StreamedInput(this.#session, args, literal)
    await this.#run(frame.tag, row, numbering, () => row.run(this.#at() as never, input, numbering))
    await input.skipRest()
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
      const { phase } = this.#session.phase
      if (row.phase === 'anonymous' && phase !== 'anonymous') return bad('Already logged in')
      if ((row.phase === 'authenticated' || row.phase === 'selected') && phase === 'anonymous')
        return bad('Log in first')
      if (row.phase === 'selected' && phase !== 'selected') return bad('Select a mailbox first')
      if (this.#session.enabled.uidOnly && row.numbers && numbering === 'seq')
        return bad('Message numbers are off', ['UIDREQUIRED'])
      return { row, numbering }
    } catch (error) {
      return endingOf(error, this.#session.services.log, () => ({ session: this.#session.id }))
    }
  }

  #at(): object {
    const { phase } = this.#session
    if (phase.phase === 'anonymous') return { session: this.#session }
    return phase.phase === 'selected'
      ? { session: this.#session, mail: phase.mail, view: phase.view }
      : { session: this.#session, mail: phase.mail }
  }

  async #run(
    tag: Octets | null,
    row: Row,
    numbering: 'seq' | 'uid',
    run: () => Promise<Ending | null> | Ending | null,
  ): Promise<void> {
    let ending: Ending | null
    const begun = performance.now()
    this.#session.tag = tag ?? ''
    try {
      ending = await run()
      if (ending === null) return
      if (ending.status !== 'BAD') await this.#tellNews(row, numbering)
    } catch (error) {
      if (this.#session.closing || isGone(error)) return
      ending = endingOf(error, this.#session.services.log, () => ({ session: this.#session.id, command: row.name }))
      if (error instanceof Refusal) await this.#tellNewsOfRefused(row, numbering)
    }
    this.#end(tag, ending)
    this.#session.services.observer?.command(row.name, ending.status, performance.now() - begun)
    if (ending.after) await ending.after()
  }

  /** What happened elsewhere may be why: the mailbox is gone. What fails here fails again at the next command, and is told then. */
  async #tellNewsOfRefused(row: Row, numbering: 'seq' | 'uid'): Promise<void> {
    try {
      await this.#tellNews(row, numbering)
    } catch {}
  }

  async #tellNews(row: Row, numbering: 'seq' | 'uid'): Promise<void> {
    if (!this.#session.view) return
    const mayExpunge = !row.holdsExpunge || numbering === 'uid'
    await this.#session.sync(mayExpunge, numbering === 'uid')
    // A client that keeps the highest modseq it sees would never ask for the expunges below it. RFC 7162 §3.2
    if (!mayExpunge && this.#session.enabled.qresync && this.#session.view?.holdsExpunge)
      this.#session.write(`* OK [HIGHESTMODSEQ ${this.#session.view.toldUpTo}] Expunges are still to come\r\n`)
  }

  /** The tagged answer; untagged when the command had no tag to repeat. */
  #end(tag: Octets | null, ending: Ending): void {
    this.#session.write(`${tag ?? '*'} ${ending.status} ${responseText(ending.code ?? null, ending.text)}\r\n`)
    if (ending.status !== 'BAD') {
      this.#bad = 0
      return
    }
    const most = this.#session.phase.phase === 'anonymous' ? limits.badCommandsAnonymous : limits.badCommands
    if (++this.#bad >= most) this.#session.bye('Too many bad commands')
  }

  async #endIdle(idling: Idling): Promise<void> {
    const session = this.#session
    session.idling = null
    await idling.stop()
    if (session.closing) return
    try {
      await session.sync(true, false)
    } catch (error) {
      return isGone(error) ? undefined : session.failed(error)
    }
    this.#end(idling.tag, { status: 'OK', text: 'IDLE done' })
  }
}
