/** What holds for commands of which nobody knows in what order they will be carried out. */
import assert from 'node:assert/strict'
import type { Device } from './device.ts'
import { lower } from './flags.ts'
import type { Action } from './history.ts'
import type { Command } from './wire.ts'

/** The only reasons for which a command may be refused here. */
const REFUSALS = /^\[(TRYCREATE|NONEXISTENT|ALREADYEXISTS|EXPUNGEISSUED|NOPERM)\]/

/** The command, when it was done or could not be in the way things went. */
export function check(command: Command, text: string): Command {
  if (command.status === 'NO') assert.match(command.text, REFUSALS, text)
  return command
}

/** Whether a command may be sent while others have not ended: not when numbers could move before it is read. */
export function canHurry(device: Device, action: Action): boolean {
  if ('by' in action && action.by === 'seq' && !device.uidOnly) return false
  return ['append', 'store', 'copy', 'move', 'fetch', 'search', 'uidExpunge', 'expunge', 'noop', 'status'].includes(
    action.act,
  )
}

/** What the device believes of its mailbox is what a newcomer was told. */
export function agree(device: Device, newcomer: Device): void {
  const shown = (of: Device) =>
    of.believed!.entries.map(({ uid, flags }) => `${uid} (${[...(flags ?? ['unknown'])].map(lower).sort().join(' ')})`)
  assert.deepEqual(shown(device), shown(newcomer), `${device.name} believes otherwise`)
}
