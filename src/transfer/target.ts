import { Refusal } from '#base/errors.ts'
import type { Mail } from '#mail/mail.ts'
import { createMailbox, setSubscribed } from '#mail/mailboxes.ts'
import { DELIMITER, INBOX, newName } from '#mail/names.ts'
import type { MailboxRow } from '#ports/metadata.ts'
import { possibleName } from './file-names.ts'
import type { SourceMailbox } from './source.ts'

/** Where the mail of a source mailbox goes. @throws {Refusal} `mailbox-name` when no mailbox can have such a name */
export function targetName(source: string, into: string | null): string {
  const name = possibleName(source)
  if (into === null) return newName(name === '' ? INBOX : name)
  return newName(name === '' ? into : `${into}${into.endsWith(DELIMITER) ? '' : DELIMITER}${name}`)
}

/** Finds or makes it. A new one gets the special use it had, unless another mailbox has that. */
export async function openTarget(mail: Mail, name: string, { role, subscribed }: SourceMailbox): Promise<MailboxRow> {
  const found = await mail.metadata.mailboxNamed(mail.account, name)
  if (found !== null) return found
  const taken = role !== null && (await mail.metadata.mailboxes(mail.account)).some(each => each.role === role)
  try {
    const made = await createMailbox(mail, name, taken ? null : role)
    if (subscribed) await setSubscribed(mail, name, true)
    return made
  } catch (error) {
    // A client or a second import made it at the same time.
    const now = error instanceof Refusal ? await mail.metadata.mailboxNamed(mail.account, name) : null
    if (now === null) throw error
    return now
  }
}
