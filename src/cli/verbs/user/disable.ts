import { Exit } from '../../exits.ts'
import { dataOptions } from '../../settings.ts'
import { existing, nameArgument, withUsers } from '../../users.ts'
import { type Call, verb } from '../../verb.ts'

export const disable = verb({
  name: 'user disable',
  summary: 'Let a user log in no more; mail is kept and still delivered',
  arguments: [nameArgument],
  options: dataOptions,
  examples: [['rookery user disable ann', 'until "rookery user enable ann"']],
  run: call => setDisabled(call, true),
})

export const enable = verb({
  name: 'user enable',
  summary: 'Let a disabled user log in again',
  arguments: [nameArgument],
  options: dataOptions,
  examples: [['rookery user enable ann', 'undoes "rookery user disable ann"']],
  run: call => setDisabled(call, false),
})

async function setDisabled(call: Call<typeof dataOptions>, disabled: boolean): Promise<number> {
  return withUsers(call, async users => {
    const { login } = await existing(users, call.arguments[0]!)
    await users.setDisabled(login, disabled)
    call.terminal.out(`${login} is ${disabled ? 'disabled' : 'enabled'}.\n`)
    return Exit.ok
  })
}
