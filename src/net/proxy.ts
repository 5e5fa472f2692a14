/**
 * The PROXY protocol of HAProxy, versions 1 and 2: who the client is, told by a proxy in front, before anything else on the connection.
 *
 *   parseProxyHeader(bytes)  → 'more' | 'bad' | { octets, source }     pure; looks at nothing past the header
 *   readProxyHeader(socket, ms) → Promise<{ source }>                  leaves what follows in the socket; rejects when there is no header
 *   makeTrust(networks)      → (address) => boolean                    CIDR networks and single addresses
 */
import { BlockList, isIP, type Socket } from 'node:net'

/** `source` is null when the proxy speaks for itself (a health check) or does not know. */
export type ProxyHeader = { readonly octets: number; readonly source: { address: string; port: number } | null }

/** "PROXY UNKNOWN" with the longest addresses, and CRLF. */
const V1_OCTETS = 107
/** The longest addresses and room for more TLVs than proxies send (certificates' names, unique ids). Beyond: refused. */
const V2_OCTETS = 16 + 4096
const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

export function parseProxyHeader(bytes: Uint8Array): ProxyHeader | 'more' | 'bad' {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (begins(buffer, V2_SIGNATURE)) return parseV2(buffer)
  return begins(buffer, Buffer.from('PROXY ')) ? parseV1(buffer) : 'bad'
}

/** As far as there is something to compare. */
const begins = (buffer: Buffer, start: Buffer): boolean => {
  const length = Math.min(buffer.length, start.length)
  return buffer.compare(start, 0, length, 0, length) === 0
}

function parseV1(buffer: Buffer): ProxyHeader | 'more' | 'bad' {
  const line = buffer.subarray(0, V1_OCTETS)
  const end = line.indexOf('\r\n')
  if (end < 0) return line.length < V1_OCTETS ? 'more' : 'bad'
  const octets = end + 2
  const [, family, address = '', target = '', port = '', ...rest] = line.toString('latin1', 0, end).split(' ')
  if (family === 'UNKNOWN') return { octets, source: null }
  const version = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : -1
  if (isIP(address) !== version || isIP(target) !== version || rest.length !== 1) return 'bad'
  if (!isPort(port) || !isPort(rest[0]!)) return 'bad'
  return { octets, source: { address, port: Number(port) } }
}

const isPort = (text: string): boolean => /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 0xffff

function parseV2(buffer: Buffer): ProxyHeader | 'more' | 'bad' {
  if (buffer.length < 16) return 'more'
  const version = buffer[12]! >> 4
  const command = buffer[12]! & 0xf
  const octets = 16 + buffer.readUInt16BE(14)
  if (version !== 2 || command > 1 || octets > V2_OCTETS) return 'bad'
  if (buffer.length < octets) return 'more'
  if (command === 0) return { octets, source: null }
  const body = buffer.subarray(16, octets)
  switch (buffer[13]! >> 4) {
    case 1:
      return body.length < 12
        ? 'bad'
        : { octets, source: { address: body.subarray(0, 4).join('.'), port: body.readUInt16BE(8) } }
    case 2:
      return body.length < 36
        ? 'bad'
        : { octets, source: { address: formatIPv6(body.subarray(0, 16)), port: body.readUInt16BE(32) } }
    default:
      return { octets, source: null }
  }
}

function formatIPv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16))
  // The URL parser writes the short form.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

/** @throws {Error} when the peer sends something else, nothing for `ms`, or closes */
export function readProxyHeader(socket: Socket, ms: number): Promise<Pick<ProxyHeader, 'source'>> {
  return new Promise((resolve, reject) => {
    let seen: Buffer = Buffer.alloc(0)
    const timer = setTimeout(() => settle(new Error('no PROXY header in time')), ms)
    const settle = (outcome: ProxyHeader | Error): void => {
      clearTimeout(timer)
      socket.off('readable', onReadable)
      socket.off('close', onClose)
      socket.off('end', onClose)
      socket.off('error', onClose)
      if (outcome instanceof Error) reject(outcome)
      else {
        if (seen.length > outcome.octets) socket.unshift(seen.subarray(outcome.octets))
        resolve(outcome)
      }
    }
    const onClose = () => settle(new Error('closed before the PROXY header'))
    const onReadable = () => {
      const chunk = socket.read() as Buffer | null
      if (chunk === null) return
      seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk])
      const header = parseProxyHeader(seen)
      if (header === 'bad') settle(new Error('not a PROXY header'))
      else if (header !== 'more') settle(header)
    }
    socket.on('readable', onReadable)
    socket.on('close', onClose)
    socket.on('end', onClose)
    socket.on('error', onClose)
  })
}

/** @throws {RangeError} for what is neither an address nor a network */
export function makeTrust(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix, more] = network.split('/')
    const version = isIP(address)
    const bits = prefix === undefined ? (version === 4 ? 32 : 128) : Number(prefix)
    if (
      version === 0 ||
      more !== undefined ||
      prefix === '' ||
      !Number.isInteger(bits) ||
      bits < 0 ||
      bits > (version === 4 ? 32 : 128)
    )
      throw new RangeError(`not an IP address or network: ${network}`)
    list.addSubnet(address, bits, version === 4 ? 'ipv4' : 'ipv6')
  }
  return address => {
    const version = isIP(address)
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
}
