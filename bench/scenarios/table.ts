/** All scenarios, in the order they run. */
import { append } from './append.ts'
import { login } from './login.ts'
import type { Scenario } from './scenario.ts'
import { small } from './small.ts'

export const scenarios: readonly Scenario[] = [...login, ...append, ...small]

export function scenarioOf(name: string): Scenario {
  const scenario = scenarios.find(each => each.name === name)
  if (!scenario)
    throw new Error(`there is no scenario "${name}"; there are: ${scenarios.map(each => each.name).join(', ')}`)
  return scenario
}
