import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountId } from '#base/ids.ts'
import { findRecipient } from './recipient.ts'

const logins = ['ann', 'bob@example.org', 'c+d', 'eve+']
const users = {
  find: async (login: string) =>
    logins.includes(login) ? { login, account: accountId(1), disabled: false, createdAt: 0 } : null,
}

const cases: [address: string, found: string | null, detail?: string | null, delimiter?: string | null][] = [
  ['ann', 'ann'],
  ['ann@example.org', 'ann'],
  ['ann+lists@example.org', 'ann', 'lists'],
  ['ann+a+b/c@example.org', 'ann', 'a+b/c'],
  ['ann+@example.org', 'ann', null],
  ['bob@example.org', 'bob@example.org'],
  ['bob+x@example.org', 'bob@example.org', 'x'],
  ['bob@elsewhere.org', null],
  ['c+d@example.org', 'c+d'],
  ['eve+@example.org', 'eve+'],
  ['+ann@example.org', null],
  ['"ann"@example.org', 'ann'],
  ['"ann+a b"@example.org', 'ann', 'a b'],
  ['ann+x@example.org', null, null, null],
  ['ann-x@example.org', 'ann', 'x', '-'],
  ['', null],
  ['@example.org', null],
]

for (const [address, login, detail = null, delimiter = '+'] of cases) {
  test(`recipient: ${JSON.stringify(address)} with ${delimiter ?? 'no delimiter'}`, async () => {
    const found = await findRecipient(users, address, { recipientDelimiter: delimiter })
    assert.deepEqual(found && [found.user.login, found.detail, found.address], login && [login, detail, address])
  })
}
