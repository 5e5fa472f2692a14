/** Exit codes. Those above 63 are the ones of sysexits.h, which mail servers and init systems know. */
import type { Refused, StoreFailure } from '#base/errors.ts'

export const Exit = {
  ok: 0,
  /** Understood, looked at, and the answer is no: it exists already, faults were found. */
  no: 1,
  usage: 64,
  badData: 65,
  noInput: 66,
  noUser: 67,
  unavailable: 69,
  bug: 70,
  cannotCreate: 73,
  ioError: 74,
  /** Try again later. */
  temporary: 75,
  notAllowed: 77,
  config: 78,
  interrupted: 130,
} as const

/** The verb cannot go on. What is said is the whole of what the operator reads. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exit: number

  constructor(exit: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exit = exit
  }
}

/** The command line is wrong; help is pointed to. */
export class UsageFault extends Failure {
  constructor(message: string) {
    super(Exit.usage, message)
  }
}

export const exitOfRefusal: Readonly<Partial<Record<Refused, number>>> = {
  'not-allowed': Exit.notAllowed,
  'over-quota': Exit.temporary,
  limit: Exit.temporary,
}

export const exitOfStore: Readonly<Record<StoreFailure, number>> = {
  unavailable: Exit.temporary,
  full: Exit.cannotCreate,
  missing: Exit.noInput,
  corrupt: Exit.ioError,
}
