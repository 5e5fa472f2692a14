/** Asks whether an address lies in one of the networks a setting lists. */
import { BlockList, isIP } from 'node:net'

/** `networks` as the `network` kind has read them. IPv4 written as IPv6 (`::ffff:10.0.0.1`) counts as IPv4. */
export function contains(networks: readonly string[]): (address: string) => boolean {
  const known = new BlockList()
  for (const network of networks.flatMap(each => (each === 'loopback' ? ['127.0.0.0/8', '::1'] : [each]))) {
    const [address = '', bits] = network.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    known.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family)
  }
  return address => {
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
    const family = isIP(plain)
    return family !== 0 && known.check(plain, family === 6 ? 'ipv6' : 'ipv4')
  }
}
