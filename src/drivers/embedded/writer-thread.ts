import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { ToWriter } from './protocol.ts'
import { openShardWriter } from './shard.ts'
import type { WriterClient } from './shard-writer.ts'

/** The thread that writes one shard. Its parent attaches clients by their ports and tells it to stop. */

export type WriterData = {
  readonly root: string
  readonly shard: number
  readonly shards: number
  readonly segmentOctets: number | undefined
}
export type ToThread = { readonly kind: 'attach'; readonly port: MessagePort } | { readonly kind: 'stop' }

const { root, shard, shards, segmentOctets } = workerData as WriterData
const { writer } = openShardWriter(root, { shard, shards }, { segmentOctets })

function attach(port: MessagePort): void {
  const client: WriterClient = {
    receive: (replies, hints) => port.postMessage({ replies, hints }),
  }
  port.on('message', (message: ToWriter) => {
    if (message.kind === 'requests') writer.submit(client, message.requests)
    else writer[message.kind](client, message.account)
  })
  port.on('close', () => writer.leave(client))
}

parentPort!.on('message', (message: ToThread) => {
  if (message.kind === 'attach') {
    attach(message.port)
    return
  }
  writer.close()
  process.exit(0)
})
parentPort!.postMessage('ready')
