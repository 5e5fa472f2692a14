import type { MailboxId } from '#base/ids.ts'
import { fields } from '#mime/header.ts'
import { textIncludes } from '#mime/matcher.ts'
import { decodeHeader } from '#mime/words.ts'
import type { MessageRow, SortRow } from '#ports/metadata.ts'
import { Verdict } from '#ports/search-index.ts'
import type { Mail } from './mail.ts'
import { isMissing, readHeader } from './read.ts'
import type { IndexAnswers } from './search-answers.ts'
import { messageContains } from './search-body.ts'
import type { Pace } from './search-pace.ts'
import type { TextKey } from './search-program.ts'
import type { Rows } from './search-rows.ts'
import { dayMatcher } from './search-state.ts'

/** Octets of headers kept for the other keys of a program. */
const KEPT_OCTETS = 8 * 1024 * 1024
const MINUTE_MS = 60_000

/** Rows asked of the store at a time. */
const ROWS = 1_000

/**
 * Answers which of a page of candidates match a key about what they say: by the index as far as it knows, else by reading them, exact, and as
 * slow as that is. What is read serves all keys of the program. A message that is gone for good matches nothing.
 */
export class PageTexts {
  readonly #mail: Mail
  readonly #mailbox: MailboxId
  readonly #rows: Rows
  readonly #pace: Pace
  readonly #answers: IndexAnswers
  readonly #messages = new Map<number, MessageRow>()
  readonly #sortRows = new Map<number, SortRow>()
  readonly #headers = new Map<number, Uint8Array>()
  #keptOctets = 0

  constructor(mail: Mail, mailbox: MailboxId, rows: Rows, pace: Pace, answers: IndexAnswers) {
    this.#mail = mail
    this.#mailbox = mailbox
    this.#rows = rows
    this.#pace = pace
    this.#answers = answers
  }

  /** Both ascending. */
  async matching(key: TextKey, candidates: Uint32Array): Promise<Uint32Array> {
    const verdicts = await this.#answers.of(key)
    if (verdicts === null) return this.#read(key, candidates)
    const unknown = candidates.filter(at => verdicts[at] === Verdict.unknown)
    if (unknown.length === 0) return candidates.filter(at => verdicts[at] === Verdict.yes)
    const read = new Set(await this.#read(key, unknown))
    return candidates.filter(at => verdicts[at] === Verdict.yes || read.has(at))
  }

  async #read(key: TextKey, candidates: Uint32Array): Promise<Uint32Array> {
    switch (key.key) {
      case 'SENTBEFORE':
      case 'SENTON':
      case 'SENTSINCE': {
        // Without a Date there is nothing to compare. RFC 9051 §6.4.4
        const inDays = dayMatcher(key.key.slice(4) as 'BEFORE' | 'ON' | 'SINCE', key.day)
        return this.#bySortRow(
          candidates,
          ({ sentAt, sentZone }) => sentAt !== null && inDays(sentAt + sentZone * MINUTE_MS),
        )
      }
      case 'HEADER':
        return this.#byField(key.field.toLowerCase(), key.text, candidates)
      case 'BODY':
      case 'TEXT':
        return this.#byMessage(candidates, row =>
          messageContains(this.#mail, row, key.text, key.key === 'TEXT', this.#pace),
        )
    }
  }

  #byField(name: string, wanted: string, candidates: Uint32Array): Promise<Uint32Array> {
    // What the store has decoded already. An empty text asks whether the field is there, which only the header tells.
    if (wanted !== '') {
      if (name === 'subject') return this.#bySortRow(candidates, row => textIncludes(row.subject, wanted))
      if (name === 'message-id') return this.#bySortRow(candidates, row => textIncludes(row.messageId ?? '', wanted))
    }
    return this.#byMessage(candidates, row => {
      const header = this.#header(row)
      return header instanceof Promise
        ? header.then(octets => fieldContains(octets, name, wanted))
        : fieldContains(header, name, wanted)
    })
  }

  async #bySortRow(candidates: Uint32Array, matches: (row: SortRow) => boolean): Promise<Uint32Array> {
    const { metadata, account } = this.#mail
    const missing = this.#missing(candidates, this.#sortRows)
    for (let from = 0; from < missing.length; from += ROWS) {
      const uids = missing.subarray(from, from + ROWS)
      for (const row of await metadata.sortRows(account, this.#mailbox, uids)) this.#sortRows.set(row.uid, row)
    }
    return candidates.filter(at => {
      const row = this.#sortRows.get(this.#rows.uid[at]!)
      return row !== undefined && matches(row)
    })
  }

  async #byMessage(
    candidates: Uint32Array,
    matches: (row: MessageRow) => boolean | Promise<boolean>,
  ): Promise<Uint32Array> {
    const { metadata, account } = this.#mail
    const missing = this.#missing(candidates, this.#messages)
    for (let from = 0; from < missing.length; from += ROWS) {
      const uids = missing.subarray(from, from + ROWS)
      for (const row of await metadata.messages(account, this.#mailbox, uids)) this.#messages.set(row.uid, row)
    }
    const matched = new Uint32Array(candidates.length)
    let count = 0
    for (const at of candidates) {
      const row = this.#messages.get(this.#rows.uid[at]!)
      if (row) {
        try {
          let found = matches(row)
          if (typeof found !== 'boolean') found = await found
          if (found) matched[count++] = at
        } catch (error) {
          if (!isMissing(error)) throw error
        }
      }
      const wait = this.#pace.rest()
      if (wait) await wait
    }
    return matched.subarray(0, count)
  }

  #missing(candidates: Uint32Array, known: ReadonlyMap<number, unknown>): Uint32Array {
    return candidates.map(at => this.#rows.uid[at]!).filter(uid => !known.has(uid))
  }

  #header(row: MessageRow): Uint8Array | Promise<Uint8Array> {
    const kept = this.#headers.get(row.uid)
    if (kept) return kept
    const read = readHeader(this.#mail, row)
    return read instanceof Promise ? read.then(octets => this.#keep(row, octets)) : this.#keep(row, read)
  }

  #keep(row: MessageRow, octets: Uint8Array): Uint8Array {
    if (this.#keptOctets + octets.length <= KEPT_OCTETS) {
      this.#keptOctets += octets.length
      this.#headers.set(row.uid, octets)
    }
    return octets
  }
}

/** True when a field of that name (in lower case) has the text in its decoded value; '' is in every value. */
export function fieldContains(header: Uint8Array, name: string, wanted: string): boolean {
  for (const field of fields(header)) {
    if (field.name.length !== name.length || field.name.toLowerCase() !== name) continue
    if (wanted === '' || textIncludes(decodeHeader(field.value), wanted)) return true
  }
  return false
}
