import type { Found } from '#mail/search.ts'
import { threadFound } from '#mail/thread.ts'
import type { Threads } from '#mail/thread-tree.ts'
import type { Numbering } from '#mail/view.ts'
import { type At, type Command, type Ending, no, ok } from '../session/command.ts'
import type { CharsetRefusal } from '../wire/search-args.ts'
import { parseThreadArgs, type ThreadArgs } from '../wire/sort-args.ts'
import { find, orRefusal, paceOf, UTF8, whenPossible } from './search-run.ts'

/** THREAD and UID THREAD, by ORDEREDSUBJECT and REFERENCES. RFC 5256 §3 */
export const thread: Command<'selected', ThreadArgs | CharsetRefusal> = {
  name: 'THREAD',
  phase: 'selected',
  uid: true,
  numbers: true,
  holdsExpunge: true,
  parse: orRefusal(parseThreadArgs),

  run: (at, asked, numbering) => whenPossible(at.session, asked, UTF8, args => answer(at, args, numbering)),
}

async function answer(at: At<'selected'>, { algorithm, program }: ThreadArgs, numbering: Numbering): Promise<Ending> {
  const { session, mail, view } = at
  const limit = session.services.settings.messageLimit
  const pace = paceOf(session)
  const found = await find(at, program, numbering, pace, { limit })
  // Half a thread would be a wrong one. RFC 9738 §3.3
  if (found.lowest !== null && limit !== null)
    return no(`Threads of at most ${limit} messages`, ['MESSAGELIMIT', limit])
  const threads = await threadFound(mail, view.state.id, found, algorithm, pace)
  session.write('* THREAD')
  for (const piece of formatThreads(threads, numbersOf(found, numbering))) {
    session.write(piece)
    const wait = session.drained() ?? pace.rest()
    if (wait) await wait
  }
  session.write('\r\n')
  return ok('THREAD done')
}

const numbersOf = ({ rows, positions }: Found, numbering: Numbering): Uint32Array =>
  positions.map(numbering === 'uid' ? at => rows.uid[at]! : at => at + 1)

/** Characters of the answer that are made at a time. */
const PIECE = 16 * 1024

/** `(2)(3 6 (4 23)(44 7 96))` with the space before it, in pieces; '' for no messages. RFC 5256 §4 */
export function* formatThreads(threads: Threads, numbers: Uint32Array): Generator<string, void, undefined> {
  const { roots, firstChild, next, messages } = threads
  let out = roots.length > 0 ? ' ' : ''
  /** Open lists of siblings: each has the one that is being written. */
  const open: number[] = []
  for (const root of roots) {
    out += '('
    let node = root
    let separator = ''
    for (;;) {
      if (node < messages) {
        out += `${separator}${numbers[node]}`
        separator = ' '
      }
      let child = firstChild[node]!
      if (child >= 0 && next[child]! >= 0) {
        out += `${separator}(`
        separator = ''
        open.push(child)
      } else if (child < 0) {
        out += ')'
        child = nextSibling(open)
        while (child === END_OF_LIST) {
          out += ')'
          child = nextSibling(open)
        }
        if (child === ALL_CLOSED) break
        out += '('
        separator = ''
      }
      node = child
      if (out.length < PIECE) continue
      yield out
      out = ''
    }
  }
  if (out !== '') yield out

  function nextSibling(lists: number[]): number {
    const written = lists.pop()
    if (written === undefined) return ALL_CLOSED
    const sibling = next[written]!
    if (sibling < 0) return END_OF_LIST
    lists.push(sibling)
    return sibling
  }
}

const END_OF_LIST = -1
const ALL_CLOSED = -2
