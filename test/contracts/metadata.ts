import { suite, test } from 'node:test'
import { accounts } from './metadata-accounts.ts'
import { appending } from './metadata-append.ts'
import { changes, hints } from './metadata-changes.ts'
import { copying, expunging } from './metadata-copy.ts'
import { flags } from './metadata-flags.ts'
import { historyContract } from './metadata-history.ts'
import { mailboxes } from './metadata-mailboxes.ts'
import type { Room } from './metadata-room.ts'
import { inboxOf, type StoreUnderTest } from './store-under-test.ts'

/** What src/ports/metadata.ts promises, and src/ports/bus.ts with it. */
export function metadataContract(name: string, open: () => Promise<StoreUnderTest>): void {
  const inRoom = (title: string, run: (room: Room) => Promise<void>) =>
    test(title, async () => {
      const store = await open()
      try {
        const account = await store.createAccount()
        await run({ store, account, inbox: await inboxOf(store, account) })
      } finally {
        await store.close()
      }
    })
  suite(`metadata: ${name}`, () => {
    accounts(inRoom)
    mailboxes(inRoom)
    appending(inRoom)
    flags(inRoom)
    copying(inRoom)
    expunging(inRoom)
    changes(inRoom)
    hints(inRoom)
    historyContract(open)
  })
}
