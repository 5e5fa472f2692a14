import type { Session } from '../session/session.ts'
import type { ResponseCode } from '../wire/writer.ts'

/**
 * At most MESSAGELIMIT messages of one command, those with the highest UIDs. `code` is what the tagged OK must say when some were
 * left out: the limit and the lowest UID that was done. RFC 9738 §3
 */
export function limitMessages(
  session: Session,
  uids: Uint32Array,
): { readonly uids: Uint32Array; readonly code: ResponseCode | null } {
  const most = session.services.settings.messageLimit
  if (most === null || uids.length <= most) return { uids, code: null }
  const kept = uids.subarray(uids.length - most)
  return { uids: kept, code: ['MESSAGELIMIT', most, kept[0]!] }
}
