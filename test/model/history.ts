/** What may happen in a history: steps that name devices, mailboxes and messages so loosely that any of them may be left out. */
import fc from 'fast-check'

export const profiles = {
  rev1: [],
  rev2: ['IMAP4rev2'],
  condstore: ['CONDSTORE'],
  qresync: ['QRESYNC'],
  rev2qresync: ['IMAP4rev2', 'QRESYNC'],
  uidonly: ['QRESYNC', 'UIDONLY'],
} as const
export type Profile = keyof typeof profiles

/** Some of the messages a device counts, by places modulo their number. */
export type Pick = {
  readonly from: number
  readonly to: number
  readonly style: 'one' | 'range' | 'two' | 'star' | 'all'
}
type Numbered = { readonly by: 'seq' | 'uid'; readonly pick: Pick }
export const flagNames = ['\\Seen', '\\Flagged', '\\Deleted', '\\Answered', 'Blue'] as const
type FlagName = (typeof flagNames)[number]

export type Action =
  | { readonly act: 'append'; readonly box: number; readonly count: number; readonly flags: readonly FlagName[] }
  | (Numbered & {
      readonly act: 'store'
      readonly how: '+' | '-' | ''
      readonly silent: boolean
      readonly flags: readonly FlagName[]
      readonly since: 'no' | 'zero' | 'known' | 'high'
    })
  | (Numbered & { readonly act: 'copy' | 'move'; readonly box: number })
  | (Numbered & { readonly act: 'fetch'; readonly what: 'flags' | 'body' | 'peek' })
  | { readonly act: 'uidExpunge'; readonly pick: Pick }
  | { readonly act: 'search'; readonly by: 'seq' | 'uid'; readonly flag: FlagName; readonly without: boolean }
  | { readonly act: 'select'; readonly box: number; readonly readOnly: boolean }
  | { readonly act: 'status' | 'create' | 'delete'; readonly box: number }
  | { readonly act: 'rename'; readonly box: number; readonly to: number }
  | { readonly act: 'expunge' | 'close' | 'unselect' | 'noop' | 'idle' | 'hear' }
  | { readonly act: 'reconnect'; readonly known: 'nothing' | 'uids' | 'samples' }
/** An action of that name. */
export type Of<Name extends Action['act']> = Action & { act: Name }

export type Step = { readonly who: number } & Action

export type History = {
  readonly devices: readonly Profile[]
  /** Messages in the first mailbox at the beginning. */
  readonly mail: number
  readonly steps: readonly Step[]
}

export const boxes = ['a', 'b', 'c'] as const

const box = fc.nat(boxes.length - 1)
const by = fc.constantFrom('seq' as const, 'uid' as const)
const pick: fc.Arbitrary<Pick> = fc.record({
  from: fc.nat(9),
  to: fc.nat(9),
  style: fc.constantFrom('one', 'range', 'two', 'star', 'all'),
})
const flags = fc.uniqueArray(fc.constantFrom(...flagNames), { maxLength: 2 })

function step(most: { weight: number; action: fc.Arbitrary<Action> }[]): fc.Arbitrary<Step> {
  const action = fc.oneof(...most.map(({ weight, action: arbitrary }) => ({ weight, arbitrary })))
  return fc.tuple(fc.nat(3), action).map(([who, rest]) => ({ who, ...rest }))
}

const anyStep = step([
  {
    weight: 8,
    action: fc.record({
      act: fc.constant('append'),
      box: fc.constantFrom(0, 0, 1, 2),
      count: fc.integer({ min: 1, max: 3 }),
      flags,
    }),
  },
  {
    weight: 14,
    action: fc.record({
      act: fc.constant('store'),
      by,
      pick,
      how: fc.constantFrom('+', '+', '-', ''),
      silent: fc.boolean(),
      flags: fc.uniqueArray(fc.constantFrom(...flagNames, '\\Deleted' as const), { minLength: 1, maxLength: 2 }),
      since: fc.constantFrom('no', 'no', 'no', 'zero', 'known', 'high'),
    }),
  },
  { weight: 3, action: fc.record({ act: fc.constant('copy'), by, pick, box }) },
  { weight: 4, action: fc.record({ act: fc.constant('move'), by, pick, box }) },
  { weight: 5, action: fc.record({ act: fc.constant('expunge') }) },
  { weight: 3, action: fc.record({ act: fc.constant('uidExpunge'), pick }) },
  {
    weight: 8,
    action: fc.record({ act: fc.constant('fetch'), by, pick, what: fc.constantFrom('flags', 'body', 'peek') }),
  },
  {
    weight: 5,
    action: fc.record({ act: fc.constant('search'), by, flag: fc.constantFrom(...flagNames), without: fc.boolean() }),
  },
  {
    weight: 5,
    action: fc.record({ act: fc.constant('select'), box: fc.constantFrom(0, 0, 0, 1, 2), readOnly: fc.boolean() }),
  },
  { weight: 4, action: fc.record({ act: fc.constantFrom('noop', 'idle') }) },
  { weight: 2, action: fc.record({ act: fc.constant('hear') }) },
  { weight: 2, action: fc.record({ act: fc.constantFrom('close', 'unselect') }) },
  { weight: 2, action: fc.record({ act: fc.constant('status'), box }) },
  { weight: 2, action: fc.record({ act: fc.constant('create'), box }) },
  { weight: 1, action: fc.record({ act: fc.constant('delete'), box }) },
  { weight: 2, action: fc.record({ act: fc.constant('rename'), box, to: box }) },
  {
    weight: 4,
    action: fc.record({ act: fc.constant('reconnect'), known: fc.constantFrom('nothing', 'uids', 'samples') }),
  },
])

export const anyHistory = (steps: number): fc.Arbitrary<History> =>
  fc.record({
    devices: fc.array(fc.constantFrom(...(Object.keys(profiles) as Profile[])), { minLength: 2, maxLength: 4 }),
    mail: fc.nat(6),
    steps: fc.array(anyStep, { maxLength: steps, size: 'max' }),
  })

/** A history in a few lines that can be read aloud. */
export function describeHistory({ devices, mail, steps }: History): string {
  const named = devices.map((profile, i) => `${String.fromCharCode(65 + i)} is ${profile}`).join(', ')
  const lines = steps.map(({ who, ...action }) => {
    const { act, ...rest } = action
    return `  ${String.fromCharCode(65 + (who % devices.length))} ${act} ${JSON.stringify(rest)}`
  })
  return [`${named}; ${mail} messages in a`, ...lines].join('\n')
}
