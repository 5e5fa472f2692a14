import { Refusal } from '#base/errors.ts'
import { Exit, Failure } from '../../exits.ts'
import { secretFrom, secretOptions } from '../../secret.ts'
import { dataOptions } from '../../settings.ts'
import { nameArgument, withUsers } from '../../users.ts'
import { verb } from '../../verb.ts'

export const add = verb({
  name: 'user add',
  summary: 'Add a user',
  details:
    'Works before the server was ever started and while it runs. Without an option for the password it is asked for.',
  arguments: [nameArgument],
  options: { ...secretOptions, ...dataOptions, json: { doc: 'Answer as one JSON object' } },
  examples: [
    ['rookery user add ann', 'asks for the password'],
    [
      'printf %s "$PASSWORD" | rookery user add ann@example.org --password-stdin --data /var/lib/rookery',
      'from a script',
    ],
    ['rookery user add printer --generate', 'makes a password and prints it'],
  ],

  async run(call) {
    const login = call.arguments[0]!
    return withUsers(call, async users => {
      // Before asking for a password: nobody likes to type one twice in vain.
      if ((await users.find(login)) !== null) throw taken(login)
      const { secret, generated } = await secretFrom(call.options, call.terminal, login)
      try {
        const user = await users.add(login, secret)
        const answer = { login: user.login, account: user.account, ...(generated ? { password: secret } : {}) }
        if (call.options.json) call.terminal.out(`${JSON.stringify(answer)}\n`)
        else call.terminal.out(`Added ${user.login}.\n${generated ? `Password: ${secret}\n` : ''}`)
        return Exit.ok
      } catch (error) {
        if (error instanceof Refusal && error.reason === 'mailbox-exists') throw taken(login)
        if (error instanceof Refusal && error.reason === 'mailbox-name') {
          throw new Failure(Exit.usage, `${JSON.stringify(login)} cannot be a login name: ${error.message}`)
        }
        throw error
      }
    })
  },
})

const taken = (login: string) =>
  new Failure(Exit.no, `there is a user ${login} already; "rookery user passwd ${login}" changes the password`)
