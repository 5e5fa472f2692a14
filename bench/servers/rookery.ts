/** Our server as it comes, but for limits that stand against thousands of clients from one address. */
import { loadConfig } from '#config/load.ts'
import { runOk } from '#test/program.ts'
import { rookery, startServer } from '#test/server.ts'
import { openUsers } from '../../src/server/open.ts'
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
    async addUsers(data, names) {
      // As `rookery user add` does, but all in one process.
      const users = await openUsers(loadConfig({ env: {}, flags: { data } }).config)
      for (const name of names) await users.add(name, password)
      await users.close()
    },
  }
}
