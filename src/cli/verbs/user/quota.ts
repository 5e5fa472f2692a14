import { sizeOctets, sizeText } from '#config/units.ts'
import type { AccountRow, Quota } from '#ports/metadata.ts'
import { Exit, UsageFault } from '../../exits.ts'
import { withMailOf } from '../../mail.ts'
import { dataOptions } from '../../settings.ts'
import { nameArgument } from '../../users.ts'
import { verb } from '../../verb.ts'

export const quota = verb({
  name: 'user quota',
  summary: 'Show or set how much a user may keep',
  details: 'A smaller limit than what is there already deletes nothing; it refuses new mail.',
  arguments: [nameArgument],
  options: {
    ...dataOptions,
    storage: { value: 'SIZE', doc: 'Octets of all messages: "10 GiB", or "unlimited"' },
    messages: { value: 'N', doc: 'How many messages, or "unlimited"' },
    json: { doc: 'Answer as one JSON object' },
  },
  examples: [
    ['rookery user quota ann', 'limits and what is used'],
    ['rookery user quota ann --storage 10GiB --messages unlimited', 'sets both'],
  ],

  async run(call) {
    const { options, terminal } = call
    const storage = limitOf('storage', options.storage, sizeOctets)
    const messages = limitOf('messages', options.messages, text => (/^\d{1,15}$/.test(text) ? Number(text) : null))
    const account = await withMailOf(call.arguments[0]!, call, async mail => {
      const found = await mail.metadata.account(mail.account)
      if (storage === undefined && messages === undefined) return found
      const wanted: Quota = {
        octets: storage === undefined ? found.quota.octets : storage,
        messages: messages === undefined ? found.quota.messages : messages,
      }
      await mail.metadata.setQuota(mail.account, wanted)
      return { ...found, quota: wanted }
    })
    if (options.json) terminal.out(`${JSON.stringify({ limit: account.quota, used: account.used })}\n`)
    else terminal.out(linesOf(account))
    return Exit.ok
  },
})

/** undefined: not said; null: unlimited. */
function limitOf(
  name: string,
  text: string | undefined,
  read: (text: string) => number | null,
): number | null | undefined {
  if (text === undefined) return undefined
  if (text.toLowerCase() === 'unlimited') return null
  const value = read(text)
  if (value === null)
    throw new UsageFault(
      `--${name} wants ${name === 'storage' ? 'a size like 10GiB' : 'a number'} or "unlimited"; it is ${text}`,
    )
  return value
}

const linesOf = ({ quota: limit, used }: Pick<AccountRow, 'quota' | 'used'>) =>
  `Storage:  ${used.octets} octets of ${limit.octets === null ? 'unlimited' : `${limit.octets} (${sizeText(limit.octets)})`}\n` +
  `Messages: ${used.messages} of ${limit.messages ?? 'unlimited'}\n`
