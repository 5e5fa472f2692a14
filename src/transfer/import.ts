import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Refusal } from '#base/errors.ts'
import type { Mail } from '#mail/mail.ts'
import type { ImportReport, ImportRequest } from '#ports/transfer.ts'
import { ImportMailbox, type Tally } from './import-mailbox.ts'
import { openSource } from './open-source.ts'
import type { Source } from './source.ts'
import { targetName } from './target.ts'

const MIB = 1024 * 1024

/**
 * Brings the mail of a source into the account. Messages come in batches, each durable when it is counted; what cannot be taken is told of
 * and counted. @throws {Refusal} `not-possible` when the path cannot be read, `over-quota` when the account is full; what came stays.
 */
export async function importMail(dataDir: string, mail: Mail, request: ImportRequest): Promise<ImportReport> {
  const source = await openSource(request.path, request.format, request.quoting)
  const root = await realpath(resolve(request.path))
  const tally: Tally = { mailboxes: 0, messages: 0, octets: 0, skipped: 0, renumbered: 0, problems: 0 }
  const tell = (place: string, problem: string) => {
    tally.problems += 1
    request.onProblem({ place, problem })
  }
  const read = countIn(source, request)
  // A mailbox before those below it, which would make it without its role.
  const mailboxes = source.mailboxes.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  for (const mailbox of mailboxes) {
    let name: string
    try {
      name = targetName(mailbox.name, request.into)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      tell(mailbox.name, `cannot be the name of a mailbox; its messages did not come: ${error.message}`)
      continue
    }
    const work = new ImportMailbox(mail, tally, tell, request)
    try {
      await work.run(mailbox, name, { dataDir, source: [root, mailbox.name], read })
    } catch (error) {
      if (!(error instanceof Refusal) || error.reason !== 'over-quota') throw error
      throw new Refusal(
        'over-quota',
        `the account is full: ${tally.messages} messages came, ${name} is not whole; the same command goes on when there is room`,
      )
    }
  }
  return { format: source.format, ...tally }
}

function countIn({ unit, total }: Source, { onProgress }: ImportRequest): (count: number) => void {
  let done = 0
  const scale = unit === 'octets' ? MIB : 1
  const report = () =>
    onProgress({
      done: done >= total ? Math.ceil(total / scale) : Math.floor(done / scale),
      total: Math.ceil(total / scale),
      unit: unit === 'octets' ? 'MiB' : 'messages',
    })
  report()
  return count => {
    done += count
    report()
  }
}
