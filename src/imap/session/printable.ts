import { isAscii } from '#base/bytes.ts'

/** Text of a client that may be put in an answer or a log: printable ASCII, bounded. */
export const printable = (text: string, most = 80): string =>
  (isAscii(text) ? text : '?').replace(/[^\x20-\x7e]/g, '?').slice(0, most)
