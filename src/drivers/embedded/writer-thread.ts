import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
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

/** What hears the clients' messages, by their ports. */
const clients = new Map<MessagePort, (message: ToWriter) => void>()

function attach(port: MessagePort): void {
  const client: WriterClient = {
    receive: (replies, hints) => port.postMessage({ replies, hints }),
  }
  const hear = (message: ToWriter) => {
    if (message.kind === 'requests') writer.submit(client, message.requests)
    else writer[message.kind](client, message.account)
  }
  clients.set(port, hear)
  port.on('message', hear)
  port.on('close', () => {
    clients.delete(port)
    writer.leave(client)
  })
}

/** Also carries out what was sent and not yet heard. */
function stop(): never {
  for (const [port, hear] of clients) {
    for (let sent = receiveMessageOnPort(port); sent !== undefined; sent = receiveMessageOnPort(port))
      hear(sent.message)
  }
  writer.close()
  process.exit(0)
}

parentPort!.on('message', (message: ToThread) => {
  if (message.kind === 'attach') {
    attach(message.port)
    return
  }
  stop()
})
parentPort!.postMessage('ready')
