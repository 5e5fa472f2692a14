import { StoreFault } from '#base/errors.ts'

/** What the file system says, in the store's words. */
export function ioFault(error: unknown, what: string): StoreFault {
  if (error instanceof StoreFault) return error
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new StoreFault('full', `no space left for ${what}`, { cause: error })
  }
  if (code === 'ENOENT') return new StoreFault('missing', `${what} is missing`, { cause: error })
  return new StoreFault('unavailable', `${what} cannot be reached`, { cause: error })
}
