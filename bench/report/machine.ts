/** What the figures were measured on. */
import { readFile } from 'node:fs/promises'
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os'
import { runOk } from '#test/program.ts'

export type Machine = {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly kernel: string
  readonly node: string
  readonly openssl: string
  /** File system and device of the folder with the data. */
  readonly disk: string
  readonly date: string
}

export async function machine(): Promise<Machine> {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    openssl: process.versions.openssl,
    disk: await disk(tmpdir()),
    date: new Date().toISOString().slice(0, 10),
  }
}

async function disk(folder: string): Promise<string> {
  const { stdout } = await runOk('df', ['--output=fstype,source', folder])
  const [type = '', device = ''] = stdout.trim().split('\n').at(-1)!.split(/\s+/)
  const name = device.replace('/dev/', '')
  const turns = await readFile(`/sys/block/${name}/queue/rotational`, 'latin1').catch(() => '')
  return [type, name, turns.trim() === '0' ? 'not rotating' : ''].filter(Boolean).join(', ')
}
