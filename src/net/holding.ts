/** A stream that knows its connection, so that all connections share their listeners and none needs closures of its own. */
import type { Connection } from './connection.ts'

export const held = Symbol('connection')
export type Holding = { [held]?: Connection }

/** A listener for any stream that holds a connection; does nothing for one that was left. */
export function listener<Argument>(act: (connection: Connection, argument: Argument) => void) {
  return function (this: Holding, argument: Argument): void {
    const connection = this[held]
    if (connection !== undefined) act(connection, argument)
  }
}
