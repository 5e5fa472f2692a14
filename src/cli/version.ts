/** The version of this installation. */
import { readFileSync } from 'node:fs'

/** package.json lies two folders above this file, in a checkout (src/cli) as in a package (dist/cli). */
export function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}
