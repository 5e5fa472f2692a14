/** How a connection came to its end: by the peer, by our timeout, by a peer that does not read, by a broken stream, by us. */
export type Ended = 'closed' | 'timeout' | 'stalled' | 'fault' | 'aborted'

/** Nothing can be sent any more. The reason of a connection's signal. */
export class ConnectionClosed extends Error {
  override readonly name = 'ConnectionClosed'
  readonly ended: Ended

  constructor(ended: Ended, options?: ErrorOptions) {
    super(`the connection is closed: ${ended}`, options)
    this.ended = ended
  }
}
