import type { Args } from './reader.ts'
import type { PartialRange } from './syntax.ts'

/** `1:100` or `-1:-100`: both ends of the same sign, in any order. RFC 9394 §4 partial-range */
export function partialRange(args: Args): PartialRange {
  const fromEnd = args.take('-')
  const from = args.nzNumber()
  args.expect(':')
  if (args.take('-') !== fromEnd) args.fault('both ends of PARTIAL count from the same side')
  const to = args.nzNumber()
  return fromEnd ? { from: -from, to: -to } : { from, to }
}
