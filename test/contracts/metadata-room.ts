import type { AccountId, MailboxId } from '#base/ids.ts'
import type { FlagChange, MailboxRow } from '#ports/metadata.ts'
import { ALL, type MessageOptions, newMessage, type StoreUnderTest } from './store-under-test.ts'

/** A fresh store with one account. */
export type Room = { store: StoreUnderTest; account: AccountId; inbox: MailboxId }

export type InRoom = (title: string, run: (room: Room) => Promise<void>) => void

export async function fill({ store, account }: Room, mailbox: MailboxId, count: number, options: MessageOptions = {}) {
  const messages = []
  for (let i = 0; i < count; i++) messages.push(await newMessage(store, { seed: i, ...options }))
  return store.metadata.append(account, mailbox, messages)
}

export const change = (given: Partial<FlagChange>): FlagChange => ({
  uids: ALL,
  action: 'add',
  flags: 0,
  keywords: [],
  ...given,
})
export const counts = (row: MailboxRow | null) => {
  const { messages, unseen, deleted, octets, deletedOctets } = row!
  return { messages, unseen, deleted, octets, deletedOctets }
}
export const missing = { name: 'StoreFault', failure: 'missing' }
