/** Loopback ports for servers under test. */
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'

/** Ports that are free now, all different: they are held open together and then let go. */
export async function freePorts(count: number): Promise<number[]> {
  const holders = await Promise.all(Array.from({ length: count }, () => hold(0)))
  const ports = holders.map(portOf)
  await Promise.all(holders.map(release))
  return ports
}

/** Whether nobody listens on a loopback port. */
export async function isFree(port: number): Promise<boolean> {
  try {
    await release(await hold(port))
    return true
  } catch {
    return false
  }
}

/** The first line a server says to a new connection, without its line end; rejects when it says none within `boundMs`. */
export function greetingOf(port: number, boundMs = 2_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    let heard = ''
    const finish = (act: () => void) => {
      socket.destroy()
      act()
    }
    socket.setTimeout(boundMs, () => finish(() => reject(new Error(`no greeting on port ${port}`))))
    socket.on('error', error => finish(() => reject(error)))
    socket.on('end', () => finish(() => reject(new Error(`port ${port} closed after "${heard}"`))))
    socket.on('data', chunk => {
      heard += chunk.toString('latin1')
      const lineEnd = heard.indexOf('\r\n')
      if (lineEnd >= 0) finish(() => resolve(heard.slice(0, lineEnd)))
    })
  })
}

async function hold(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not a TCP listener')
  return address.port
}

function release(server: Server): Promise<void> {
  return new Promise(resolve => server.close(() => resolve()))
}
