import { closeSync, existsSync, openSync, rmSync } from 'node:fs'
import { rebuildPath } from './places.ts'

/** Asks the process that keeps the index to make it anew. */
export function askRebuild(root: string): void {
  closeSync(openSync(rebuildPath(root), 'w', 0o600))
}

/** True when someone has asked. The keeper forgets it once the old index is gone. */
export const isRebuildAsked = (root: string): boolean => existsSync(rebuildPath(root))

export function forgetRebuild(root: string): void {
  rmSync(rebuildPath(root), { force: true })
}
