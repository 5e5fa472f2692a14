/** Memory of a process as Linux counts it: pages in memory now, and the most there were since the mark. */
import { readFileSync, writeFileSync } from 'node:fs'

export const MIB = 1024 * 1024

export type Resident = { readonly now: number; readonly most: number }

/** Octets; throws where there is no /proc. */
export function resident(pid: number): Resident {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  const octets = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024
  return { now: octets('VmRSS'), most: octets('VmHWM') }
}

/** The most is counted anew from here. */
export function markResident(pid: number): number {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
  return resident(pid).now
}

export const inMib = (octets: number): string => `${(octets / MIB).toFixed(1)} MiB`
