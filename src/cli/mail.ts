/** What the verbs about a user's mail share: the account opened and closed, and words for what is not there. */
import { Refusal } from '#base/errors.ts'
import type { Config } from '#config/schema.ts'
import type { Mail } from '#mail/mail.ts'
import { mailboxNamed } from '#mail/mailboxes.ts'
import type { MailboxRow } from '#ports/metadata.ts'
import { Exit, Failure, UsageFault } from './exits.ts'
import { dataOptions, loaderFor, loadOrFail } from './settings.ts'
import { existing } from './users.ts'
import type { Call } from './verb.ts'

export const mailOptions = {
  user: { value: 'NAME', doc: 'The login name of the user whose mail it is' },
  ...dataOptions,
} as const

/** Opens the mail of the user that the options name, and closes it whatever happens. */
export async function withMail<Answer>(
  { options, composition, terminal }: Call<typeof mailOptions>,
  work: (mail: Mail, config: Config) => Promise<Answer>,
): Promise<Answer> {
  const { user: login } = options
  if (login === undefined) throw new UsageFault('--user is missing: --user NAME')
  return await withMailOf(login, { options, composition, terminal, arguments: [] }, work)
}

export async function withMailOf<Answer>(
  login: string,
  { options, composition, terminal }: Call<typeof dataOptions>,
  work: (mail: Mail, config: Config) => Promise<Answer>,
): Promise<Answer> {
  const { config } = loadOrFail(loaderFor(options, terminal.env), terminal)
  const users = await composition.openUsers(config)
  const { account } = await existing(users, login).finally(() => users.close())
  const mail = await composition.openMail(config, account)
  try {
    return await work(mail, config)
  } finally {
    await mail.close()
  }
}

export async function existingMailbox(mail: Mail, name: string): Promise<MailboxRow> {
  try {
    return await mailboxNamed(mail, name)
  } catch (error) {
    if (!(error instanceof Refusal) || error.reason !== 'mailbox-missing') throw error
    throw new Failure(Exit.no, `there is no mailbox ${name}; "rookery mailbox list" names all`)
  }
}
