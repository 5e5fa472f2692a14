/** Our server as it comes, but for limits that stand against thousands of clients from one address. */
import { runOk } from '#test/program.ts'
import { rookery, startServer } from '#test/server.ts'
import { password } from '../load/lab.ts'
import type { Launcher } from './server.ts'

const settings = { 'limits.sessions_per_account': 20_000, 'limits.sessions_per_address': 20_000, 'log.level': 'warn' }

export async function rookeryLauncher(): Promise<Launcher> {
  const version = (await runOk(rookery, ['version'])).stdout.trim()
  const set = Object.entries(settings).map(([key, value]) => `${key}=${value}`)
  return {
    name: 'ours',
    described: `${version}; ${set.join(', ')}`,
    start: ({ data, ports }) => startServer({ data, ports, args: set.flatMap(each => ['--set', each]) }),
    async addUser(data, name) {
      await runOk(rookery, ['user', 'add', name, '--password-stdin', '--data', data], { input: `${password}\n` })
    },
  }
}
