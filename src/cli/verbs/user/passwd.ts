import { Exit } from '../../exits.ts'
import { secretFrom, secretOptions } from '../../secret.ts'
import { dataOptions } from '../../settings.ts'
import { existing, nameArgument, withUsers } from '../../users.ts'
import { verb } from '../../verb.ts'

export const passwd = verb({
  name: 'user passwd',
  summary: "Change a user's password",
  details: 'App passwords stay as they are.',
  arguments: [nameArgument],
  options: { ...secretOptions, ...dataOptions, json: { doc: 'Answer as one JSON object' } },
  examples: [
    ['rookery user passwd ann', 'asks for the new password'],
    ['rookery user passwd ann --generate --json', 'for a script that hands it on'],
  ],

  async run(call) {
    return withUsers(call, async users => {
      const { login } = await existing(users, call.arguments[0]!)
      const { secret, generated } = await secretFrom(call.options, call.terminal, login)
      await users.setPassword(login, secret)
      if (call.options.json)
        call.terminal.out(`${JSON.stringify({ login, ...(generated ? { password: secret } : {}) })}\n`)
      else call.terminal.out(`Changed the password of ${login}.\n${generated ? `Password: ${secret}\n` : ''}`)
      return Exit.ok
    })
  },
})
