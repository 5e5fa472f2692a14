import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { limits } from '#base/limits.ts'
import type { Log } from '#base/log.ts'
import { formatMetrics, METRICS_TYPE, merge, type Snapshot } from './metrics.ts'

export type HttpServices = {
  readonly log: Log
  /** Beginning of the names of all metrics. */
  readonly metricsPrefix: string
  /** False before the listeners are open and while draining. */
  ready(): boolean
  /** One of each thread that answered in time. */
  metrics(): Promise<readonly Snapshot[]>
}

export type Http = {
  readonly addresses: readonly { readonly host: string; readonly port: number }[]
  close(): Promise<void>
}

/** HTTP for operators: health, readiness, metrics. Says nothing of users and changes nothing; still, keep it where only operators reach it. */
export async function startHttp(
  services: HttpServices,
  at: readonly { readonly host: string; readonly port: number }[],
): Promise<Http> {
  const servers: Server[] = []
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(closeServer))
  }
  try {
    for (const { host, port } of at) {
      const server = makeServer(services)
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host, port }, () => {
          server.off('error', reject)
          resolve()
        })
      })
      server.on('error', error => services.log.error('http.fault', { err: error }))
      servers.push(server)
    }
  } catch (error) {
    await close()
    throw error
  }
  const addresses = servers.map(server => {
    const { address, port } = server.address() as AddressInfo
    return { host: address, port }
  })
  return { addresses, close }
}

function closeServer(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function makeServer(services: HttpServices): Server {
  const server = createServer({
    maxHeaderSize: limits.httpHeaderOctets,
    headersTimeout: limits.httpRequestMs,
    requestTimeout: limits.httpRequestMs,
    keepAliveTimeout: limits.httpRequestMs,
    connectionsCheckingInterval: 1_000,
    requireHostHeader: false,
  })
  server.maxConnections = limits.httpConnections
  server.on('request', (request, response) => void answer(services, request, response))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const status = badRequests[error.code ?? ''] ?? '400 Bad Request'
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    else socket.destroy()
  })
  return server
}

/** What Node calls them, and HTTP. */
const badRequests: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

type Answer = { readonly status: number; readonly type: string; readonly body: string }

const text = (status: number, body: string): Answer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${body}\n`,
})

const pages: Readonly<Record<string, (services: HttpServices) => Answer | Promise<Answer>>> = {
  '/health/live': () => text(200, 'alive'),
  '/health/ready': ({ ready }) => (ready() ? text(200, 'ready') : text(503, 'not ready')),
  '/metrics': async ({ metrics, metricsPrefix }) => ({
    status: 200,
    type: METRICS_TYPE,
    body: formatMetrics(merge(await metrics()), metricsPrefix),
  }),
}

async function answer(services: HttpServices, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Nothing here takes a body: what comes is read and dropped, and no more than one request's time is spent on it.
  request.resume()
  response.on('error', () => {})
  const { status, type, body } = await answerFor(services, request)
  if (status === 405) response.setHeader('Allow', 'GET, HEAD')
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function answerFor(services: HttpServices, { url = '', method }: IncomingMessage): Promise<Answer> {
  const path = url.split('?', 1)[0]!
  const page = Object.hasOwn(pages, path) ? pages[path]! : null
  if (!page) return text(404, 'There is nothing here')
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'Only GET and HEAD')
  try {
    return await page(services)
  } catch (error) {
    services.log.error('http.fault', { path, err: error })
    return text(500, 'Internal error')
  }
}
