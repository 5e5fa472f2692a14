/** Commands as they go over the wire. */
import type { Device, Picked } from './device.ts'
import type { Of } from './history.ts'

const uid = ({ by }: Pick<Picked, 'by'>): string => (by === 'uid' ? 'UID ' : '')

export function storeText(picked: Picked, { how, silent, flags }: Of<'store'>, unchangedSince: number | null): string {
  const modifier = unchangedSince === null ? '' : `(UNCHANGEDSINCE ${unchangedSince}) `
  return `${uid(picked)}STORE ${picked.set} ${modifier}${how}FLAGS${silent ? '.SILENT' : ''} (${flags.join(' ')})`
}

export const copyText = (picked: Picked, act: 'copy' | 'move', target: string): string =>
  `${uid(picked)}${act.toUpperCase()} ${picked.set} ${target}`

export function fetchText(device: Device, picked: Picked, what: Of<'fetch'>['what']): string {
  const modseq = device.condstore ? ' MODSEQ' : ''
  const items = { flags: `FLAGS${modseq}`, peek: 'BODY.PEEK[] RFC822.SIZE', body: `BODY[]${modseq}` }[what]
  return `${uid(picked)}FETCH ${picked.set} (UID ${items})`
}

export function searchText(by: 'seq' | 'uid', { flag, without }: Of<'search'>): string {
  const key = flag.startsWith('\\') ? flag.slice(1).toUpperCase() : `KEYWORD ${flag}`
  return `${uid({ by })}SEARCH ${without ? 'NOT ' : ''}${key}`
}
