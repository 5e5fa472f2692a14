/** One kind of work that is measured. */
import type { FixtureName } from '../load/fixtures.ts'
import type { Lab } from '../load/lab.ts'

export type Scenario = {
  /** Stable; what `--scenario` takes. */
  readonly name: string
  readonly title: string
  /** Mail that must be there before. */
  readonly fixtures?: readonly FixtureName[]
  /** The same, with --full. */
  readonly fullFixtures?: readonly FixtureName[]
  /** How many of the users that write it needs. */
  readonly clients?: number
  /** Part of the quick run. */
  readonly quick?: boolean
  /** When one round says all. */
  readonly once?: boolean
  /** Bound of one round at one server. */
  readonly boundMs?: number
  /** Measures into the lab; throws on a wrong answer. Leaves the fixtures as it found them. */
  readonly run: (lab: Lab) => Promise<void>
}
