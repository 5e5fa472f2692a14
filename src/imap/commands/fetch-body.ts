import type { Octets } from '#base/bytes.ts'
import type { Mail } from '#mail/mail.ts'
import { readStructure, type Structure } from '#mail/read.ts'
import { fieldSelector } from '#mime/header.ts'
import { sectionRange } from '#mime/structure.ts'
import type { MessageRow } from '#ports/metadata.ts'
import type { Session } from '../session/session.ts'
import { TimeSlice } from '../session/time-slice.ts'
import { formatBody } from '../wire/bodystructure.ts'
import type { FetchItem, Partial, Section } from '../wire/syntax.ts'
import { astring, string } from '../wire/writer.ts'
import { binaryItem, binarySizeItem } from './fetch-binary.ts'
import { type Answer, NIL, rangeAnswer } from './fetch-bytes.ts'

/** What one item needs of a message; each is read at most once per message. */
export type Source = {
  readonly mail: Mail
  readonly row: MessageRow
  structure(): Promise<Structure>
  header(): Uint8Array | Promise<Uint8Array>
}

/** Name as the client sees it in the answer, and how the value is got. */
export type BodyItem = {
  readonly name: Octets
  value(source: Source): Answer | Promise<Answer>
}

/** Items whose values are got in one go. */
const FEW = 4

/** The items of a FETCH that need the store: message rows, structures, bodies. */
export class BodyItems {
  readonly setsSeen: boolean
  readonly readsBodies: boolean
  readonly #items: readonly BodyItem[]

  constructor(items: readonly FetchItem[]) {
    this.#items = items.map(bodyItem)
    this.setsSeen = items.some(setsSeen)
    this.readsBodies = items.some(readsBody)
  }

  /**
   * Writes `head` and the items' names and values. All values are at hand before the first octet goes out, so that a refusal leaves no
   * broken answer; the octets of large ones are read while they are sent and never held whole.
   */
  async send(session: Session, mail: Mail, row: MessageRow, head: Octets): Promise<void> {
    const source = new MessageSource(mail, row)
    const answers: Answer[] = []
    const slice = this.#items.length > FEW ? new TimeSlice() : null
    for (const item of this.#items) {
      const answer = item.value(source)
      answers.push(answer instanceof Promise ? await answer : answer)
      const wait = slice?.rest()
      if (wait) await wait
    }
    let out = head
    for (let i = 0; i < answers.length; i++) {
      const answer = answers[i]!
      out += i === 0 ? `${this.#items[i]!.name} ` : ` ${this.#items[i]!.name} `
      if (typeof answer === 'string') out += answer
      else {
        session.write(out + answer.head)
        out = ''
        await this.#sendOctets(session, answer)
      }
    }
    session.write(out)
  }

  /** After a literal's size is out nothing can be taken back: when its octets fail the connection has to end. */
  async #sendOctets(session: Session, answer: Exclude<Answer, Octets>): Promise<void> {
    try {
      await answer.send(session)
    } catch (error) {
      session.connection.abort('fault', error)
      throw error
    }
  }
}

class MessageSource implements Source {
  readonly mail: Mail
  readonly row: MessageRow
  #structure: Promise<Structure> | null = null
  #header: Uint8Array | Promise<Uint8Array> | null = null

  constructor(mail: Mail, row: MessageRow) {
    this.mail = mail
    this.row = row
  }

  structure(): Promise<Structure> {
    this.#structure ??= readStructure(this.mail, this.row.message)
    return this.#structure
  }

  header(): Uint8Array | Promise<Uint8Array> {
    this.#header ??= this.mail.blobs.read(this.row.blob, 0, this.row.headerOctets)
    return this.#header
  }
}

/** The others are answered from a message's row, or its structure. */
const readsBody = ({ item }: FetchItem): boolean =>
  item === 'SECTION' || item === 'BINARY' || item === 'RFC822' || item === 'RFC822.TEXT' || item === 'RFC822.HEADER'

function setsSeen(item: FetchItem): boolean {
  switch (item.item) {
    case 'RFC822':
    case 'RFC822.TEXT':
      return true
    case 'SECTION':
    case 'BINARY':
      return !item.peek
    default:
      return false
  }
}

function bodyItem(item: FetchItem): BodyItem {
  switch (item.item) {
    case 'ENVELOPE':
      return { name: 'ENVELOPE', value: ({ row }) => row.envelope }
    case 'BODYSTRUCTURE':
      return { name: 'BODYSTRUCTURE', value: ({ row }) => row.bodyStructure }
    case 'BODY':
      return { name: 'BODY', value: async source => formatBody((await source.structure()).structure) }
    case 'PREVIEW':
      return { name: 'PREVIEW', value: ({ row }) => string(Buffer.from(row.preview, 'utf8').toString('latin1')) }
    case 'RFC822':
      return { name: 'RFC822', value: ({ mail, row }) => rangeAnswer(mail, row, 0, row.blob.octets, null) }
    case 'RFC822.HEADER':
      return { name: 'RFC822.HEADER', value: ({ mail, row }) => rangeAnswer(mail, row, 0, row.headerOctets, null) }
    case 'RFC822.TEXT':
      return {
        name: 'RFC822.TEXT',
        value: ({ mail, row }) => rangeAnswer(mail, row, row.headerOctets, row.blob.octets, null),
      }
    case 'SECTION':
      return {
        name: `BODY[${sectionName(item.section)}]${origin(item.partial)}`,
        value: sectionValue(item.section, item.partial),
      }
    case 'BINARY':
      return {
        name: `BINARY[${item.path.join('.')}]${origin(item.partial)}`,
        value: binaryItem(item.path, item.partial),
      }
    case 'BINARY.SIZE':
      return { name: `BINARY.SIZE[${item.path.join('.')}]`, value: binarySizeItem(item.path) }
    default:
      throw new Error(`no body item: ${item.item}`)
  }
}

/** The answer names only where a partial begins. RFC 9051 §7.5.2 */
const origin = (partial: Partial | null): Octets => (partial ? `<${partial.start}>` : '')

function sectionName(section: Section): Octets {
  const path = section.path.join('.')
  if (section.text === 'ALL') return path
  const text = 'fields' in section ? `${section.text} (${section.fields.map(astring).join(' ')})` : section.text
  return path === '' ? text : `${path}.${text}`
}

function sectionValue(section: Section, partial: Partial | null): BodyItem['value'] {
  const { path } = section
  if ('fields' in section) {
    const select = fieldSelector(section.fields, section.text === 'HEADER.FIELDS.NOT')
    if (path.length > 0) {
      return async source => {
        const range = rangeOf(await source.structure(), source.row, path, 'HEADER')
        if (!range) return NIL
        const bytes = await source.mail.blobs.read(source.row.blob, range[0], range[1])
        return cut(select(bytes), partial)
      }
    }
    return source => {
      const header = source.header()
      return header instanceof Promise
        ? header.then(bytes => cut(select(bytes), partial))
        : cut(select(header), partial)
    }
  }
  if (path.length > 0) {
    return async source => {
      const range = rangeOf(await source.structure(), source.row, path, section.text)
      return range ? rangeAnswer(source.mail, source.row, range[0], range[1], partial) : NIL
    }
  }
  return ({ mail, row }) => {
    const start = section.text === 'TEXT' ? row.headerOctets : 0
    const end = section.text === 'HEADER' ? row.headerOctets : row.blob.octets
    return rangeAnswer(mail, row, start, end, partial)
  }
}

const rangeOf = (
  structure: Structure,
  row: MessageRow,
  path: readonly number[],
  text: 'ALL' | 'HEADER' | 'TEXT' | 'MIME',
) => sectionRange(structure.structure, structure.header, row.blob.octets, path, text)

function cut(bytes: Uint8Array, partial: Partial | null): Answer {
  const wanted = partial ? bytes.subarray(partial.start, partial.start + partial.count) : bytes
  return string(Buffer.from(wanted).toString('latin1'))
}
