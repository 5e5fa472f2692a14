import { Exit, Failure } from '../../exits.ts'
import { dataOptions } from '../../settings.ts'
import { existing, nameArgument, withUsers } from '../../users.ts'
import { verb } from '../../verb.ts'

export const remove = verb({
  name: 'user remove',
  summary: 'Remove a user and the mail of the account',
  details: 'Asks first when a person is there to be asked. It cannot be undone; "rookery user disable" can.',
  arguments: [nameArgument],
  options: { ...dataOptions, yes: { doc: 'Do not ask' } },
  examples: [['rookery user remove ann --yes', 'without a question']],

  async run(call) {
    return withUsers(call, async users => {
      const { login } = await existing(users, call.arguments[0]!)
      if (!call.options.yes && call.terminal.interactive) {
        const typed = await call.terminal.ask(`All mail of ${login} will be gone. Type the name again to go on: `)
        if (typed.trim() !== login) throw new Failure(Exit.no, 'nothing was removed')
      }
      await users.remove(login)
      call.terminal.out(`Removed ${login}.\n`)
      return Exit.ok
    })
  },
})
