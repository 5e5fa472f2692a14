import { Refusal } from '#base/errors.ts'
import { limits } from '#base/limits.ts'
import type { Database } from './database.ts'

/**
 * Keywords are kept per entry as one canonical text, sorted by their lower case, in the spelling that the mailbox saw first.
 * Equal sets are equal texts, so a change of keywords is one statement per distinct text.
 */

/** ASCII only: keywords are atoms. */
export const foldKeyword = (keyword: string): string => keyword.replace(/[A-Z]+/g, capitals => capitals.toLowerCase())

const byFold = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The spellings of one mailbox during one intent. New ones are written by `save`, when it is known that they are used. */
export class Spellings {
  readonly #db: Database
  readonly #account: number
  readonly #mailbox: number
  readonly #known = new Map<string, string>()
  readonly #fresh = new Map<string, string>()

  constructor(db: Database, account: number, mailbox: number) {
    this.#db = db
    this.#account = account
    this.#mailbox = mailbox
  }

  spell(keyword: string): string {
    const folded = foldKeyword(keyword)
    const known = this.#known.get(folded)
    if (known !== undefined) return known
    const row = this.#db.get<{ spelling: string }>(
      'SELECT spelling FROM keywords WHERE account = ? AND mailbox = ? AND folded = ?',
      this.#account,
      this.#mailbox,
      folded,
    )
    const spelling = row?.spelling ?? keyword
    this.#known.set(folded, spelling)
    if (row === undefined) this.#fresh.set(folded, spelling)
    return spelling
  }

  /** The canonical text of a set. @throws {Refusal} `limit` for more keywords than one message may have */
  text(keywords: Iterable<string>): string {
    const set = new Map<string, string>()
    for (const keyword of keywords) if (keyword !== '') set.set(foldKeyword(keyword), this.spell(keyword))
    if (set.size > limits.keywordsPerMessage) throw new Refusal('limit', 'Too many keywords on one message')
    return [...set]
      .sort(([a], [b]) => byFold(a, b))
      .map(([, spelling]) => spelling)
      .join(' ')
  }

  /** @throws {Refusal} `limit` for more keywords than one mailbox may know */
  save(): void {
    if (this.#fresh.size === 0) return
    const { known } = this.#db.get<{ known: number }>(
      'SELECT count(*) AS known FROM keywords WHERE account = ? AND mailbox = ?',
      this.#account,
      this.#mailbox,
    )!
    if (known + this.#fresh.size > limits.keywordsPerMailbox) {
      throw new Refusal('limit', 'The mailbox knows too many keywords')
    }
    for (const [folded, spelling] of this.#fresh) {
      this.#db.run(
        'INSERT INTO keywords (account, mailbox, folded, spelling) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
        this.#account,
        this.#mailbox,
        folded,
        spelling,
      )
    }
    this.#fresh.clear()
  }
}

export const splitKeywords = (text: string): string[] => (text === '' ? [] : text.split(' '))
