import { Exit } from '../../exits.ts'
import { dataOptions } from '../../settings.ts'
import { withUsers } from '../../users.ts'
import { verb } from '../../verb.ts'

export const list = verb({
  name: 'user list',
  summary: 'List the users',
  options: { ...dataOptions, json: { doc: 'As a JSON list of objects' } },
  examples: [
    ['rookery user list', 'name, state and day of each'],
    ["rookery user list --json | jq -r '.[].login'", 'names alone'],
  ],

  async run(call) {
    const users = await withUsers(call, each => each.list())
    if (call.options.json) {
      const rows = users.map(user => ({ ...user, createdAt: new Date(user.createdAt).toISOString() }))
      call.terminal.out(`${JSON.stringify(rows)}\n`)
      return Exit.ok
    }
    const wide = Math.max(0, ...users.map(user => user.login.length))
    for (const { login, disabled, createdAt } of users) {
      const day = new Date(createdAt).toISOString().slice(0, 10)
      call.terminal.out(`${login.padEnd(wide)}  ${disabled ? 'disabled' : 'enabled '}  since ${day}\n`)
    }
    return Exit.ok
  },
})
