/**
 * Messages that one transaction changes, where a command's messages need not all change at once: so long, and no longer, is the store's
 * writer held, and so is each session that then reads what changed. COPY and MOVE are one transaction whatever their size. RFC 9051 §6.4.7
 */
const PAGE = 10_000

export function* writePages(uids: Uint32Array): Generator<Uint32Array, void, undefined> {
  for (let at = 0; at < uids.length; at += PAGE) yield uids.subarray(at, at + PAGE)
}
