import { Refusal } from '#base/errors.ts'
import type { Mail } from '#mail/mail.ts'
import { type QuotaLimit, quotaLimits } from '#mail/quota.ts'
import { type Command, no, ok } from '../session/command.ts'
import type { Args } from '../wire/reader.ts'
import { mailboxName } from '../wire/writer.ts'

/** All mailboxes of an account are under one quota root, whose name is empty. RFC 9208 §3.2 */
const ROOT = '""'

const rootName = (args: Args): string => {
  args.space()
  return args.astring()
}

/** RFC 9208 §4.1.1 */
export const getQuota: Command<'authenticated', string> = {
  name: 'GETQUOTA',
  phase: 'authenticated',
  parse(args) {
    const root = rootName(args)
    args.end()
    return root
  },
  async run({ session, mail }, root) {
    if (root !== '') return no('There is no such quota root', ['NONEXISTENT'])
    session.write(await quotaLine(mail))
    return ok('GETQUOTA done')
  },
}

/** RFC 9208 §4.1.2: the mailbox need not exist. */
export const getQuotaRoot: Command<'authenticated', string> = {
  name: 'GETQUOTAROOT',
  phase: 'authenticated',
  parse(args) {
    args.space()
    const name = args.mailboxName()
    args.end()
    return name
  },
  async run({ session, mail }, name) {
    const quota = await quotaLine(mail)
    session.write(`* QUOTAROOT ${mailboxName(name, session.utf8)} ${ROOT}\r\n${quota}`)
    return ok('GETQUOTAROOT done')
  },
}

/** RFC 9208 §4.1.3: QUOTASET is not advertised; limits are the operator's. */
export const setQuota: Command<'authenticated', null> = {
  name: 'SETQUOTA',
  phase: 'authenticated',
  parse(args) {
    rootName(args)
    args.space()
    args.list(() => {
      args.atom()
      args.space()
      args.number64()
    })
    args.end()
    return null
  },
  run() {
    throw new Refusal('not-allowed', 'Limits are set by the administrator')
  },
}

/** Resources that are not named are not limited. RFC 9208 §4.2.1 */
async function quotaLine(mail: Mail): Promise<string> {
  const limits = quotaLimits(await mail.metadata.account(mail.account))
  return `* QUOTA ${ROOT} (${limits.map(resource).join(' ')})\r\n`
}

const UNIT = 1024

/** Use is rounded up and the limit down, so that nobody who is told there is room is refused. RFC 9208 §5.1 */
const resource = ({ of, used, limit }: QuotaLimit): string =>
  of === 'octets' ? `STORAGE ${Math.ceil(used / UNIT)} ${Math.floor(limit / UNIT)}` : `MESSAGE ${used} ${limit}`
