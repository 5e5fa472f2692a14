/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util'
import { scenarioOf, scenarios } from './scenarios/table.ts'
import { type Variant, variants } from './servers/dovecot.ts'

export type Options = {
  readonly peer: Variant | undefined
  readonly scenarios: readonly string[]
  readonly rounds: number
  readonly scale: number
  readonly full: boolean
  readonly quick: boolean
  readonly json: boolean
  /** Write docs/performance.md. */
  readonly page: boolean
  /** Where the data lies while it runs; a fresh folder in it. */
  readonly folder: string | undefined
}

export const usage = `npm run bench -- [options]

  --peer dovecot       measure beside Debian's Dovecot (needs root)
  --variant NAME       its storage: ${variants.join(' or ')} (default ${variants[0]})
  --scenario NAME      only this one; may be given several times
  --rounds N           rounds of each scenario, ours and the peer in turn (default 5)
  --scale X            all numbers of messages times X (default 1); for developing the benchmark
  --full               the largest sizes too: 100,000 and 1,000,000 messages, 5,000 sessions
  --quick              short times and small sizes, as npm run bench:quick has them
  --json               the results as JSON on standard output
  --page               write docs/performance.md
  --folder DIR         keep the data in a fresh folder below DIR (default: the system's)

Scenarios: ${scenarios.map(each => each.name).join(', ')}
`

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      peer: { type: 'string' },
      variant: { type: 'string', default: variants[0] },
      scenario: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      scale: { type: 'string' },
      full: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      page: { type: 'boolean', default: false },
      folder: { type: 'string' },
    },
  })
  if (values.peer !== undefined && values.peer !== 'dovecot') throw new Error(`--peer knows "dovecot" alone`)
  const variant = variants.find(each => each === values.variant)
  if (!variant) throw new Error(`--variant is one of ${variants.join(', ')}`)
  const chosen = values.scenario?.flatMap(each => each.split(',')) ?? []
  for (const name of chosen) scenarioOf(name)
  return {
    peer: values.peer ? variant : undefined,
    scenarios: chosen,
    rounds: positive('--rounds', values.rounds ?? (values.quick ? '2' : '5')),
    scale: positive('--scale', values.scale ?? (values.quick ? '0.1' : '1')),
    full: values.full,
    quick: values.quick,
    json: values.json,
    page: values.page,
    folder: values.folder,
  }
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`${name} is a positive number`)
  return value
}
