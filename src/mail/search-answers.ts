import { foldNeedle } from '#mime/matcher.ts'
import { type Column, type Question, Verdict } from '#ports/search-index.ts'
import type { Mail } from './mail.ts'
import type { Pace } from './search-pace.ts'
import type { TextKey } from './search-program.ts'
import type { Rows } from './search-rows.ts'

/** With fewer candidates it is as well to read them. */
const FEW = 4

/** What the search index says about the candidates of one search: it is asked once for each key, about all of them. */
export class IndexAnswers {
  readonly #mail: Mail
  readonly #rows: Rows
  readonly #candidates: () => Uint32Array
  readonly #pace: Pace
  readonly #known = new Map<TextKey, Uint8Array | null>()

  /** `candidates`: the rows that may be asked about, made when the first key is asked. */
  constructor(mail: Mail, rows: Rows, candidates: () => Uint32Array, pace: Pace) {
    this.#mail = mail
    this.#rows = rows
    this.#candidates = candidates
    this.#pace = pace
  }

  /** A verdict for each row; null when the index has nothing to say. */
  async of(key: TextKey): Promise<Uint8Array | null> {
    let verdicts = this.#known.get(key)
    if (verdicts === undefined) {
      verdicts = await this.#ask(key)
      this.#known.set(key, verdicts)
    }
    return verdicts
  }

  async #ask(key: TextKey): Promise<Uint8Array | null> {
    const { index, account } = this.#mail
    const question = index === undefined ? null : questionFor(key)
    if (index === undefined || question === null) return null
    const candidates = this.#candidates()
    if (candidates.length < FEW) return null
    const messages = new Float64Array(candidates.length)
    for (let i = 0; i < candidates.length; i++) messages[i] = this.#rows.message[candidates[i]!]!
    const answer = await index.ask(account, question, messages, () => this.#pace.rest())
    if (answer === null) return null
    const mustRead = question.columns[0] === 'fields'
    const verdicts = new Uint8Array(this.#rows.length).fill(Verdict.unknown)
    for (let i = 0; i < candidates.length; i++) {
      const verdict = answer[i]!
      // That a header has the text somewhere does not say that the field has it.
      verdicts[candidates[i]!] = mustRead && verdict === Verdict.yes ? Verdict.unknown : verdict
    }
    return verdicts
  }
}

const ownColumns: ReadonlySet<string> = new Set<Column>(['subject', 'from', 'to', 'cc', 'message-id'])

/** What to ask the index; null for what it cannot answer. */
export function questionFor(key: TextKey): Question | null {
  switch (key.key) {
    case 'BODY':
    case 'TEXT':
      return question(key.key === 'BODY' ? ['body'] : ['header', 'body'], key.text)
    case 'HEADER': {
      const name = key.field.toLowerCase()
      if (key.text !== '') return question([ownColumns.has(name) ? (name as Column) : 'fields'], key.text)
      // Whether a field is there: its name, as it stands in the header's text. A name that is no name is in no header as it is.
      return /^[a-z0-9-]+$/.test(name) ? { columns: ['fields'], text: foldNeedle(`\0${name}: `) } : null
    }
    default:
      return null
  }
}

function question(columns: readonly Column[], wanted: string): Question | null {
  const text = foldNeedle(wanted)
  // NUL stands between texts that do not follow each other, in places that are the index's own.
  return text === '' || text.includes('\0') ? null : { columns, text }
}
