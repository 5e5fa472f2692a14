import { Refusal } from '#base/errors.ts'
import type { AccountRow, Quota } from '#ports/metadata.ts'

/** What still fits into an account; Infinity where there is no limit, negative when it is over it already. */
export type Room = { readonly octets: number; readonly messages: number }

export const roomOf = ({ quota, used }: Pick<AccountRow, 'quota' | 'used'>): Room => ({
  octets: left(quota.octets, used.octets),
  messages: left(quota.messages, used.messages),
})

const left = (limit: number | null, used: number | null): number =>
  limit === null ? Number.POSITIVE_INFINITY : limit - (used ?? 0)

export const overQuota = (): Refusal =>
  new Refusal('over-quota', 'There is no room left for this; delete something first')

/** A limit and what is used of it, for those limits that there are. */
export type QuotaLimit = { readonly of: keyof Quota; readonly used: number; readonly limit: number }

export function quotaLimits({ quota, used }: Pick<AccountRow, 'quota' | 'used'>): readonly QuotaLimit[] {
  const all = ['octets', 'messages'] as const
  return all.flatMap(of => {
    const limit = quota[of]
    return limit === null ? [] : [{ of, used: used[of] ?? 0, limit }]
  })
}
