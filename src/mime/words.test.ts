import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf, utf8Octets } from '#base/bytes.ts'
import { charsetDecoder, decodeCharset, isKnownCharset } from './charsets.ts'
import { decodeHeader, decodeParam } from './words.ts'

const headers: [name: string, value: string, text: string][] = [
  ['plain', 'hello', 'hello'],
  ['Q', '=?iso-8859-1?Q?Gr=FC=DFe_an_alle?=', 'Grüße an alle'],
  ['B', '=?UTF-8?B?R3LDvMOfZQ==?=', 'Grüße'],
  ['words around', 'a =?utf-8?q?b?= c', 'a b c'],
  ['adjacent words join', '=?utf-8?q?a?= \t=?utf-8?q?b?=', 'ab'],
  ['adjacent words of two charsets', '=?utf-8?q?=C3=BC?= =?iso-8859-1?q?=FC?=', 'üü'],
  ['a character cut in two', '=?utf-8?B?w7w=?= =?utf-8?Q?=C3?= =?utf-8?Q?=BC?=', 'üü'],
  ['padding forgotten', '=?utf-8?B?R3LDvMOfZQ?=', 'Grüße'],
  ['language', '=?utf-8*de?Q?=C3=BC?=', 'ü'],
  ['spaces inside', '=?utf-8?Q?a b?=', 'a b'],
  ['question mark inside', '=?utf-8?Q?what??=', 'what?'],
  ['never ends', '=?utf-8?Q?abc', '=?utf-8?Q?abc'],
  ['not a word', '=?utf-8?X?abc?=', '=?utf-8?X?abc?='],
  ['unknown charset', '=?x-nonsense?Q?caf=C3=A9?=', 'café'],
  ['quoted', '"=?utf-8?Q?=C3=BC?=" <a@b>', '"ü" <a@b>'],
  ['bad escape', '=?utf-8?Q?=ZZ=C3=BC?=', '=ZZü'],
  ['ISO-2022-JP', '=?ISO-2022-JP?B?GyRCRnxLXDhsGyhC?=', '日本語'],
  ['ISO-2022-JP in two words', '=?ISO-2022-JP?B?GyRCRnwbKEI=?= =?ISO-2022-JP?B?GyRCS1wbKEI=?=', '日本'],
  ['raw UTF-8', utf8Octets('Grüße'), 'Grüße'],
  ['raw windows-1252', 'Gr\xfc\xdfe \x80', 'Grüße €'],
]
for (const [name, value, text] of headers) {
  test(`decodeHeader: ${name}`, () => assert.equal(decodeHeader(value), text))
}

test('decodeHeader: raw octets are in the charset of the body', () => {
  assert.equal(decodeHeader('\xcd\xcf\xd3\xcb\xd7\xc1', 'koi8-r'), 'москва')
  assert.equal(decodeHeader(utf8Octets('ü'), 'koi8-r'), 'ü')
})

const params: [name: string, key: string, value: string, text: string][] = [
  ['plain', 'filename', 'a.txt', 'a.txt'],
  ['extended', 'filename*', "utf-8'en'%e2%82%ac%20rates", '€ rates'],
  ['extended Latin-1', 'filename*', "iso-8859-1''%A3", '£'],
  ['extended without charset', 'filename*', 'a%20b', 'a b'],
  ['encoded word', 'filename', '=?utf-8?Q?=C3=BC.txt?=', 'ü.txt'],
  ['raw UTF-8', 'FileName', utf8Octets('ü.txt'), 'ü.txt'],
]
for (const [name, key, value, text] of params) {
  test(`decodeParam: ${name}`, () => assert.equal(decodeParam([[key, value]], 'filename'), text))
}

test('decodeParam: the extended form wins, a missing one is null', () => {
  const both: [string, string][] = [
    ['filename', 'old'],
    ['filename*', "utf-8''new"],
  ]
  assert.equal(decodeParam(both, 'filename'), 'new')
  assert.equal(decodeParam(both, 'name'), null)
})

const charsets: [label: string, octets: string, text: string][] = [
  ['koi8-r', '\xcd\xcf\xd3\xcb\xd7\xc1', 'москва'],
  ['KOI8-U', '\xa6', 'і'],
  ['cp1251', '\xec\xee\xf1\xea\xe2\xe0', 'москва'],
  ['windows-1251', '\xec\xee', 'мо'],
  ['win-1251', '\xec\xee', 'мо'],
  ['x-mac-cyrillic', '\xe0', 'а'],
  ['"iso-8859-2"', '\xb1', 'ą'],
  ["'iso-8859-15'", '\xa4', '€'],
  ['iso8859_1', '\xe9', 'é'],
  ['ISO_8859-1:1987', '\xe9', 'é'],
  ['gb2312', '\xc4\xe3\xba\xc3', '你好'],
  ['GB18030', '\x81\x30\x84\x36', '¥'],
  ['cp936', '\xc4\xe3', '你'],
  ['big5', '\xa7\x41', '你'],
  ['ks_c_5601-1987', '\xbe\xc8', '안'],
  ['iso-2022-kr', '\x1b$)C\x0e>H\x0f a', '안 a'],
  ['hz-gb-2312', '~{Dc:C~}~~', '你好~'],
  ['shift_jis', '\x93\xfa\x96\x7b', '日本'],
  ['euc-jp', '\xc6\xfc', '日'],
  ['utf-7', 'Hi +AOkA6Q- you', 'Hi éé you'],
  ['unicode-1-1-utf-7', '+AOk-', 'é'],
  ['utf-16', '\xfe\xff\x00a\x00b', 'ab'],
  ['utf-16', 'a\x00b\x00', 'ab'],
  ['utf-16be', '\x00a', 'a'],
  ['cp-850', '\x81', 'ü'],
  ['ibm437', '\x81', 'ü'],
  ['macintosh', '\x8a', 'ä'],
  ['utf8mb4', '\xc3\xbc', 'ü'],
  ['utf8', '\xc3\xbc', 'ü'],
  ['us-ascii', '\xc3\xbc', 'ü'],
  ['ANSI_X3.4-1968', '\xfc', 'ü'],
  ['unknown-8bit', '\xfc', 'ü'],
  ['x-unknown', '\xc3\xbc', 'ü'],
  ['utf-8', 'caf\xe9', 'café'],
  ['utf-8', '\xc3\xbc\xc3\xbc\xc3', 'üü\ufffd'],
  ['', 'abc', 'abc'],
  ['__proto__', 'abc', 'abc'],
  ['constructor', 'abc', 'abc'],
  ['x'.repeat(10_000), '\xfc', 'ü'],
]
for (const [label, octets, text] of charsets) {
  test(`decodeCharset: ${label.slice(0, 40)} ${JSON.stringify(text)}`, () => {
    assert.equal(decodeCharset(label, bytesOf(octets)), text)
    const decoder = charsetDecoder(label)
    const whole = decoder.write(bytesOf(octets)) + decoder.end()
    assert.equal(whole, text)
  })
}

test('charsetDecoder: characters cut between pieces are whole', () => {
  for (const [label, text] of [
    ['utf-8', 'aüß日本😀'],
    ['', 'aüß日本😀'],
    ['gb18030', ''],
    ['utf-16', ''],
  ] as const) {
    const bytes = Buffer.from(
      label === 'gb18030' ? '\xc4\xe3\xba\xc3' : label === 'utf-16' ? '\xff\xfea\0\xe9\0' : utf8Octets(text),
      'latin1',
    )
    const decoder = charsetDecoder(label)
    let out = ''
    for (let i = 0; i < bytes.length; i += 2) out += decoder.write(bytes.subarray(i, i + 2))
    assert.equal(out + decoder.end(), decodeCharset(label, bytes))
  }
})

test('isKnownCharset', () => {
  for (const label of ['UTF-8', 'us-ascii', 'koi8-r', 'iso-8859-1']) assert.equal(isKnownCharset(label), true, label)
  for (const label of ['x-nonsense', '', 'unknown-8bit']) assert.equal(isKnownCharset(label), false, label)
})
