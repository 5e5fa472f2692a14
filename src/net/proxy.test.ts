import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { makeTrust, parseProxyHeader } from './proxy.ts'

const v2 = (command: number, family: number, body: string, length = body.length / 2) =>
  Buffer.concat([
    Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'),
    Buffer.from([0x20 | command, family, length >> 8, length & 0xff]),
    Buffer.from(body, 'hex'),
  ])
const IPV4 = 'c0000201c6336402d903008f' // 192.0.2.1:55555 → 198.51.100.2:143
const IPV6 = '20010db8000000000000000000000001' + '20010db8000000000000000000000002' + 'd903008f'

const cases: [name: string, bytes: string | Buffer, expected: ReturnType<typeof parseProxyHeader>][] = [
  [
    'v1 IPv4',
    'PROXY TCP4 192.0.2.1 198.51.100.2 55555 143\r\n',
    { octets: 45, source: { address: '192.0.2.1', port: 55555 } },
  ],
  [
    'v1 IPv6',
    'PROXY TCP6 2001:db8::1 2001:db8::2 1 143\r\nA1 NOOP\r\n',
    { octets: 42, source: { address: '2001:db8::1', port: 1 } },
  ],
  ['v1 unknown', 'PROXY UNKNOWN\r\n', { octets: 15, source: null }],
  ['v1 unknown with what follows', 'PROXY UNKNOWN ffff:: ffff:: 1 2\r\n', { octets: 33, source: null }],
  ['v1 incomplete', 'PROXY TCP4 192.0', 'more'],
  ['v1 just begun', 'PR', 'more'],
  ['nothing yet', '', 'more'],
  ['v1 that never ends', `PROXY UNKNOWN ${'x'.repeat(200)}`, 'bad'],
  ['v1 address of the other family', 'PROXY TCP4 2001:db8::1 2001:db8::2 1 143\r\n', 'bad'],
  ['v1 port too large', 'PROXY TCP4 192.0.2.1 198.51.100.2 65536 143\r\n', 'bad'],
  ['v1 port missing', 'PROXY TCP4 192.0.2.1 198.51.100.2 1\r\n', 'bad'],
  ['v1 of a family there is not', 'PROXY UDP4 192.0.2.1 198.51.100.2 1 2\r\n', 'bad'],
  ['a client without a proxy', 'A1 CAPABILITY\r\n', 'bad'],
  ['v2 IPv4', v2(1, 0x11, IPV4), { octets: 28, source: { address: '192.0.2.1', port: 55555 } }],
  ['v2 IPv6', v2(1, 0x21, IPV6), { octets: 52, source: { address: '2001:db8::1', port: 55555 } }],
  ['v2 with TLVs', v2(1, 0x11, `${IPV4}04000100`), { octets: 32, source: { address: '192.0.2.1', port: 55555 } }],
  ['v2 LOCAL', v2(0, 0, ''), { octets: 16, source: null }],
  ['v2 unix socket', v2(1, 0x31, '00'.repeat(216)), { octets: 232, source: null }],
  ['v2 incomplete', v2(1, 0x11, IPV4).subarray(0, 20), 'more'],
  ['v2 signature incomplete', v2(1, 0x11, IPV4).subarray(0, 7), 'more'],
  ['v2 too short for its family', v2(1, 0x21, IPV4), 'bad'],
  ['v2 longer than we allow', v2(1, 0x11, IPV4, 5000), 'bad'],
  ['v2 command unknown', v2(2, 0x11, IPV4), 'bad'],
]
for (const [name, bytes, expected] of cases)
  test(`parseProxyHeader: ${name}`, () =>
    assert.deepEqual(parseProxyHeader(Buffer.from(bytes as string, 'latin1')), expected))

test('parseProxyHeader: however it is cut, more is asked for until it is whole', () => {
  const whole = [Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.2 55555 143\r\n'), v2(1, 0x21, IPV6)]
  for (const header of whole)
    for (let i = 0; i < header.length; i++) assert.equal(parseProxyHeader(header.subarray(0, i)), 'more', `${i}`)
})

test('parseProxyHeader: any octets are answered', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, signed) => {
      const answer = parseProxyHeader(signed ? Buffer.concat([v2(1, 0x11, '').subarray(0, 12), bytes]) : bytes)
      if (typeof answer === 'object') assert.ok(answer.octets >= 15)
    }),
  )
})

const networks: [address: string, trusted: boolean][] = [
  ['10.1.2.3', true],
  ['10.2.0.1', false],
  ['192.0.2.7', true],
  ['192.0.2.8', false],
  ['2001:db8::5', true],
  ['2001:db9::5', false],
  ['', false],
]
for (const [address, trusted] of networks)
  test(`makeTrust: '${address}' is ${trusted ? '' : 'not '}trusted`, () =>
    assert.equal(makeTrust(['10.1.0.0/16', '192.0.2.7', '2001:db8::/32'])(address), trusted))

for (const bad of ['10.0.0.0/33', 'localhost', '10.0.0.0/', '10.0.0.0/8/8', '::/129', ''])
  test(`makeTrust: refuses '${bad}'`, () => assert.throws(() => makeTrust([bad]), RangeError))
