import { Refusal } from '#base/errors.ts'
import type { Mail } from '#mail/mail.ts'
import { createMailbox, deleteMailbox, renameMailbox, setSubscribed } from '#mail/mailboxes.ts'
import type { Role } from '#ports/metadata.ts'
import { Exit, Failure, UsageFault } from '../../exits.ts'
import { existingMailbox, mailOptions, withMail } from '../../mail.ts'
import { type Call, verb } from '../../verb.ts'

const mailboxArgument = { name: 'MAILBOX', doc: 'Its full name, levels separated by /' } as const

const roles: readonly Role[] = ['all', 'archive', 'drafts', 'flagged', 'junk', 'sent', 'trash', 'important']

export const mailboxCreate = verb({
  name: 'mailbox create',
  summary: 'Create a mailbox, and those above it that are missing',
  arguments: [mailboxArgument],
  options: { ...mailOptions, role: { value: 'ROLE', doc: `Its special use: ${roles.join(', ')}` } },
  examples: [
    ['rookery mailbox create "Projects/Straße" --user ann', 'subscribed, like those that clients make'],
    ['rookery mailbox create Later --user ann --role archive', 'with a special use'],
  ],

  run: call =>
    change(call, async (mail, name) => {
      const { role } = call.options
      const known = roles.find(each => each === role?.toLowerCase())
      if (role !== undefined && known === undefined) {
        throw new UsageFault(`there is no role ${role}; there are ${roles.join(', ')}`)
      }
      const created = await createMailbox(mail, name, known ?? null)
      await setSubscribed(mail, created.name, true)
      return `Created ${created.name}.`
    }),
})

export const mailboxDelete = verb({
  name: 'mailbox delete',
  summary: 'Delete a mailbox with its messages; those below it stay',
  details: '"rookery mailbox undelete" brings the messages back as long as expunged mail is kept.',
  arguments: [mailboxArgument],
  options: mailOptions,
  examples: [['rookery mailbox delete "Projects/Straße" --user ann', 'also while a client has it open']],

  run: call =>
    change(call, async (mail, name) => {
      const { messages } = await existingMailbox(mail, name)
      const gone = await deleteMailbox(mail, name)
      await setSubscribed(mail, gone.name, false)
      return `Deleted ${gone.name} with ${messages} message${messages === 1 ? '' : 's'}.`
    }),
})

export const mailboxRename = verb({
  name: 'mailbox rename',
  summary: 'Rename a mailbox and those below it',
  details: 'INBOX stays where it is: its messages go to the new mailbox.',
  arguments: [mailboxArgument, { name: 'NEW', doc: 'The new full name' }],
  options: mailOptions,
  examples: [['rookery mailbox rename Projects "Old/Projects" --user ann', 'the level above is made']],

  run: call =>
    change(call, async (mail, name) => {
      await existingMailbox(mail, name)
      return `Renamed ${name} to ${(await renameMailbox(mail, name, call.arguments[1]!)).name}.`
    }),
})

export const mailboxSubscribe = verb({
  name: 'mailbox subscribe',
  summary: 'Subscribe to a mailbox, so that clients show it',
  arguments: [mailboxArgument],
  options: mailOptions,
  examples: [['rookery mailbox subscribe Projects --user ann', 'the mailbox need not be there yet']],
  run: call => subscribe(call, true),
})

export const mailboxUnsubscribe = verb({
  name: 'mailbox unsubscribe',
  summary: 'Take a mailbox out of the subscriptions; it stays',
  arguments: [mailboxArgument],
  options: mailOptions,
  examples: [['rookery mailbox unsubscribe Projects --user ann', 'most clients then hide it']],
  run: call => subscribe(call, false),
})

const subscribe = (call: Call<typeof mailOptions>, subscribed: boolean) =>
  change(call, async (mail, name) => {
    await setSubscribed(mail, name, subscribed)
    return `${subscribed ? 'Subscribed to' : 'Unsubscribed from'} ${name}.`
  })

/** Does it and says so. A name that cannot be one is a fault of the command line. */
async function change(
  call: Call<typeof mailOptions>,
  work: (mail: Mail, name: string) => Promise<string>,
): Promise<number> {
  try {
    call.terminal.out(`${await withMail(call, mail => work(mail, call.arguments[0]!))}\n`)
    return Exit.ok
  } catch (error) {
    if (!(error instanceof Refusal) || error.reason !== 'mailbox-name') throw error
    throw new Failure(Exit.usage, `that cannot be the name of a mailbox: ${error.message}`)
  }
}
