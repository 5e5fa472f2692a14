/**
 * The mail of the benchmark: the same at every run, made from a message's number, so that what a search, a sort or a thread must
 * find is arithmetic and every answer can be checked.
 */
import { base64, multipart, noise, text } from '#test/message.ts'

const minuteMs = 60_000
const began = Date.UTC(2024, 0, 1)

/** Messages of one thread: the first, and answers that name it. */
export const threadSize = 10

/** What a search finds, by message number from 1. The words stand nowhere else. */
export const marks = {
  subject: { word: 'quarterly', in: (n: number) => threadOf(n) % 97 === 5 },
  body: { word: 'zeppelin', in: (n: number) => n % 89 === 7 },
  /** In the name of a sender or in the body. */
  text: { word: 'marigold', in: (n: number) => n % 101 === 3 || n % 103 === 4 },
} as const

const seen = (n: number) => n % 3 !== 0
const flagged = (n: number) => n % 50 === 0
export const unseenFlagged = (n: number) => !seen(n) && flagged(n)

const threadOf = (n: number) => Math.floor((n - 1) / threadSize)
const firstOf = (n: number) => threadOf(n) * threadSize + 1
const idOf = (n: number) => `<m${n}.b@example.org>`

/** Sent dates are shuffled (7919 is prime and divides no count used here), so that SORT has something to do. */
export const sentAt = (n: number) => began + ((n * 7919) % 1_000_003) * minuteMs
export const arrivedAt = (n: number) => began + n * minuteMs
/** Sorts by thread in an order that is not theirs; within a thread by number. */
export const subjectOf = (n: number) => {
  const thread = threadOf(n)
  const scattered = String((thread * 7919) % 1_000_003).padStart(7, '0')
  return `Topic ${scattered}${marks.subject.in(n) ? ` the ${marks.subject.word} figures` : ' of the week'}`
}

const words =
  'about after again along answer before board bring build chair close could every field first follow found garden great group hand house large later learn letter light little matter might money month morning mother never night north often order other paper people place plain point present quick quite ready right river round school sentence shall short since sound south stand start state still stone story street summer table thank there thing think third those three today toward travel under until visit voice watch water weather which while white window winter without woman world would write young'.split(
    ' ',
  )

/** Text that compresses like prose; messages begin at different places of it. */
const prose = makeProse(256 * 1024)

function makeProse(octets: number): string {
  let state = 12_345
  const lines: string[] = []
  for (let length = 0; length < octets; ) {
    let line = ''
    while (line.length < 66) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      line += `${words[(state >>> 8) % words.length]} `
    }
    lines.push(`${line.trimEnd()}\r\n`)
    length += line.length + 1
  }
  return lines.join('')
}

/** About `octets` of lines, others for each number. */
function proseOf(n: number, octets: number): string {
  const from = prose.indexOf('\n', (n * 4099) % (prose.length - octets - 100)) + 1
  // Never a bare CR at the end, which servers change.
  return `${prose.slice(from, from + octets - 2).trimEnd()}\r\n`
}

/** Flags and internal date as APPEND takes them. RFC 9051 §6.3.12 */
export function envelopeOf(n: number): string {
  const flags = [seen(n) && '\\Seen', flagged(n) && '\\Flagged'].filter(Boolean).join(' ')
  return `(${flags}) "${internalDate(arrivedAt(n))}"`
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (value: number) => String(value).padStart(2, '0')

/** `dd-mon-yyyy`, as SEARCH takes it. */
export function searchDate(at: number): string {
  const date = new Date(at)
  return `${date.getUTCDate()}-${months[date.getUTCMonth()]}-${date.getUTCFullYear()}`
}

function internalDate(at: number): string {
  const date = new Date(at)
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  return `${searchDate(at).padStart(11)} ${clock} +0000`
}

/** A message of about `octets` in all, text alone, or with an attachment when its number ends in 5. */
export function mail(n: number, octets: number): Buffer {
  const name = n % 101 === 3 ? `Ada ${marks.text.word}` : `Ada Example ${n % 20}`
  const answer = n === firstOf(n) ? [] : [`In-Reply-To: ${idOf(firstOf(n))}`, `References: ${idOf(firstOf(n))}`]
  const found = [
    marks.body.in(n) ? `See the ${marks.body.word} there.\r\n` : '',
    n % 103 === 4 ? `A ${marks.text.word} grows.\r\n` : '',
  ].join('')
  const header = [
    'Return-Path: <ada@example.org>',
    'Received: from relay.example.org (relay.example.org [192.0.2.7])',
    `\tby mx.example.net (Postfix) with ESMTPS id ${n.toString(36).padStart(10, '0')}; ${new Date(sentAt(n)).toUTCString().replace('GMT', '+0000')}`,
    `From: ${name} <ada${n % 20}@example.org>`,
    `To: Bob Example <bob@example.net>, Team ${n % 7} <team${n % 7}@example.net>`,
    `Subject: ${n === firstOf(n) ? '' : 'Re: '}${subjectOf(n)}`,
    `Date: ${new Date(sentAt(n)).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: ${idOf(n)}`,
    ...answer,
    'MIME-Version: 1.0',
  ].join('\r\n')
  const room = Math.max(80, octets - header.length - 120)
  const content =
    n % 10 === 5
      ? multipart(
          'mixed',
          `part${n}`,
          text(found + proseOf(n, Math.max(80, room >> 1))),
          base64(proseOf(n + 1, room >> 2), 'application/pdf; name="a.pdf"', 'Content-Disposition: attachment'),
        )
      : text(found + proseOf(n, room))
  return Buffer.concat([
    Buffer.from(`${header}\r\n${content.headers.join('\r\n')}\r\n\r\n`, 'latin1'),
    Buffer.from(content.body),
  ])
}

const attachment = noise(765_000)

/** A short text and an attachment of about 1 MB in base64. */
export function largeMail(n: number): Buffer {
  const sent = `Date: ${new Date(sentAt(n)).toUTCString().replace('GMT', '+0000')}`
  const body = multipart(
    'mixed',
    `large${n}`,
    text(largeText(n)),
    // Begins differently in each, so that no two are equal.
    base64(attachment.subarray(n % 3000), 'application/zip; name="a.zip"', 'Content-Disposition: attachment'),
  )
  const header = `From: ada@example.org\r\nSubject: Large ${n}\r\n${sent}\r\nMIME-Version: 1.0\r\n${body.headers.join('\r\n')}\r\n\r\n`
  return Buffer.concat([Buffer.from(header), Buffer.from(body.body)])
}

/** Part 1 of a large mail, about 250 octets. */
export const largeText = (n: number): string => proseOf(n, 250)

/** The numbers from 1 to `count` for which `holds`. */
export const numbers = (count: number, holds: (n: number) => boolean = () => true): number[] =>
  Array.from({ length: count }, (_, i) => i + 1).filter(holds)
