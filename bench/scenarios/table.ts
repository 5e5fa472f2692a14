/** All scenarios, in the order they run. */
import { append } from './append.ts'
import { changing } from './changing.ts'
import { keeping } from './keeping.ts'
import { login } from './login.ts'
import { reading } from './reading.ts'
import { resyncing } from './resync.ts'
import type { Scenario } from './scenario.ts'
import { searching } from './searching.ts'
import { small } from './small.ts'
import { waiting } from './waiting.ts'

export const scenarios: readonly Scenario[] = [
  ...login,
  ...append,
  ...reading,
  ...changing,
  ...searching,
  ...resyncing,
  ...small,
  ...waiting,
  ...keeping,
]

export function scenarioOf(name: string): Scenario {
  const scenario = scenarios.find(each => each.name === name)
  if (!scenario)
    throw new Error(`there is no scenario "${name}"; there are: ${scenarios.map(each => each.name).join(', ')}`)
  return scenario
}
