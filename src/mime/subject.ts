/** The base subject that SORT and THREAD compare. RFC 5256 §2.1; the step numbers below are its. */

export type BaseSubject = {
  readonly base: string
  /** True when a reply or forward mark was taken off on the way. */
  readonly isReply: boolean
}

const TAB = 9
const SPACE = 32
const COLON = 58

/** `subject` is decoded text. Each character is looked at a fixed number of times. */
export function baseSubject(subject: string): BaseSubject {
  // (1)
  const text = subject.replace(/[ \t\r\n]+/g, ' ')
  let start = 0
  let end = text.length
  let isReply = false

  for (;;) {
    // (2)
    for (;;) {
      while (end > start && text.charCodeAt(end - 1) === SPACE) end--
      if (end - start < 5 || text.slice(end - 5, end).toLowerCase() !== '(fwd)') break
      end -= 5
      isReply = true
    }
    // (3) to (5)
    for (;;) {
      while (start < end && isSpace(text.charCodeAt(start))) start++
      const blobs = skipBlobs(text, start, end)
      const leader = skipReForward(text, blobs.end, end)
      if (leader < 0) {
        // No mark stands behind any of these blobs, so all go but what would leave nothing.
        start = blobs.end < end ? blobs.end : blobs.last
        break
      }
      start = leader
      isReply = true
    }
    // (6)
    if (end - start < 6 || text[end - 1] !== ']' || text.slice(start, start + 5).toLowerCase() !== '[fwd:') break
    start += 5
    end--
    isReply = true
  }
  return { base: text.slice(start, end), isReply }
}

const isSpace = (character: number) => character === SPACE || character === TAB

/** Steps over `*subj-blob`; `last` is where the last of them begins. */
function skipBlobs(text: string, from: number, end: number): { end: number; last: number } {
  let at = from
  let last = from
  for (;;) {
    const next = skipBlob(text, at, end)
    if (next < 0) return { end: at, last }
    last = at
    at = next
  }
}

/** `"[" *BLOBCHAR "]" *WSP`; -1 when it is not there. */
function skipBlob(text: string, from: number, end: number): number {
  if (text[from] !== '[' || from >= end) return -1
  for (let at = from + 1; at < end; at++) {
    const character = text[at]
    if (character === '[') return -1
    if (character !== ']') continue
    at++
    while (at < end && isSpace(text.charCodeAt(at))) at++
    return at
  }
  return -1
}

/** `("re" / ("fw" ["d"])) *WSP [subj-blob] ":"`; -1 when it is not there. */
function skipReForward(text: string, from: number, end: number): number {
  const word = /^(?:re|fwd?)/i.exec(text.slice(from, Math.min(from + 3, end)))
  if (word === null) return -1
  let at = from + word[0].length
  while (at < end && isSpace(text.charCodeAt(at))) at++
  const blob = skipBlob(text, at, end)
  if (blob >= 0) at = blob
  return at < end && text.charCodeAt(at) === COLON ? at + 1 : -1
}
