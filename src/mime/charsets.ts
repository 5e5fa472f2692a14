import { isAscii, isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'
import { asBuffer } from '#base/bytes.ts'

/** Charsets: octets to text. Never fails: what is not known or not valid is decoded as well as can be guessed. */

/** Decodes one text in pieces; characters that are split between pieces are kept until they are whole. */
export type CharsetDecoder = {
  write(bytes: Uint8Array): string
  end(): string
}

/** Names that real mail has and neither decoder knows, or knows as something else. */
const ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    macintosh: 'x-mac-roman x-macroman mac-roman',
    maccenteuro: 'x-mac-ce x-mac-centraleurroman',
    'x-mac-cyrillic': 'mac-cyrillic maccyrillic',
    macgreek: 'x-mac-greek',
    macturkish: 'x-mac-turkish',
    gb18030: 'gb2312 gb-2312 gb_2312 x-gbk gb-18030 cp936 ms936 euccn euc-cn',
    big5: 'cp950 x-big5 big5-eten',
    'euc-kr': 'cp949 uhc x-windows-949 ks_c_5601-1989 ks-c-5601-1987',
    shift_jis: 'cp932 ms932 sjis x-sjis-jp shift-jis windows-932',
    'euc-jp': 'eucjp x-euc',
    'iso-2022-jp': 'iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-ms cp50220 cp50221',
    'utf-7': 'unicode-1-1-utf-7 x-unicode-2-0-utf-7 csunicode11utf7 utf7',
    'utf-8': 'utf-8-mac utf8mb4 utf8mb3 utf_8 utf-8n',
    'utf-16': 'unicode ucs-2 iso-10646-ucs-2 utf16',
    'utf-16le': 'utf16le',
    'utf-16be': 'utf16be',
    'utf-32': 'utf32 ucs-4 iso-10646-ucs-4',
    'koi8-r': 'koi8 koi-8 iso-ir-111',
    'windows-1250': 'x-cp1250',
    'windows-1251': 'x-cp1251',
    'windows-1252': 'x-cp1252',
  }).flatMap(([name, labels]) => labels.split(' ').map((label): [string, string] => [label, name])),
)

/** Labels that say nothing of what the octets are. RFC 1428 §3 */
const SAYS_NOTHING =
  /^(?:us-?ascii.*|ascii|ansi_x3\.4.*|unknown.*|x-unknown.*|.*-unknown|default.*|none|null|binary|8bit|7bit|base64|hex|quoted-printable|iso-8859|windows|utf-8|utf8|)$/

type Way = { readonly by: 'guess' } | { readonly by: 'web' | 'iconv' | 'shift' | 'utf16'; readonly name: string }

const GUESS: Way = { by: 'guess' }
const ways = new Map<string, Way>()

/** How to decode what carries this label. Mail can make up any number of labels, so only some are remembered. */
function wayOf(label: string): Way {
  const known = ways.get(label)
  if (known !== undefined) return known
  const way = findWay(label)
  if (ways.size < 500) ways.set(label, way)
  return way
}

function findWay(label: string): Way {
  if (label.length > 64) return GUESS
  const plain = label
    .replace(/^[\s"'`<(]+|[\s"'`>);,]+$/g, '')
    .replace(/^(?:charset|cs)=["']?/i, '')
    .toLowerCase()
  const name = ALIASES.get(plain) ?? plain
  if (SAYS_NOTHING.test(name)) return GUESS
  if (name === 'iso-2022-kr' || name === 'csiso2022kr' || name === 'hz-gb-2312') return { by: 'shift', name }
  if (name === 'utf-16') return { by: 'utf16', name }
  if (isWebLabel(name)) return { by: 'web', name }
  if (iconv.encodingExists(name)) return { by: 'iconv', name }
  const looser = looserName(name)
  if (isWebLabel(looser)) return { by: 'web', name: looser }
  return iconv.encodingExists(looser) ? { by: 'iconv', name: looser } : GUESS
}

function isWebLabel(name: string): boolean {
  try {
    new TextDecoder(name)
    return true
  } catch {
    return false
  }
}

/** `iso8859_1`, `iso_8859-1:1987`, `windows1251`, `cp-850`, `win-1251`, `ibm-850`. */
function looserName(name: string): string {
  return name
    .replace(/[:$*].*$/, '')
    .replace(/^(?:x-)?(?:windows|win|cp|ms-ansi)[-_ ]?(125\d|874)$/, 'windows-$1')
    .replace(/^(?:x-)?(?:cp|ibm|dos|oem)[-_ ]?(\d{3,5})$/, 'cp$1')
    .replace(/^(?:x-)?iso[-_ ]?8859[-_ ]?(\d{1,2})(?:-[ei])?$/, 'iso-8859-$1')
    .replace(/^(?:x-)?latin[-_ ]?(\d{1,2})$/, 'latin$1')
}

/** A whole text. `label` is as the mail has it. */
export function decodeCharset(label: string, bytes: Uint8Array): string {
  const way = wayOf(label)
  if (way.by === 'guess') return guess(bytes)
  const decoder = decoderFor(way)
  return decoder.write(bytes) + decoder.end()
}

/** The same in pieces. */
export const charsetDecoder = (label: string): CharsetDecoder => decoderFor(wayOf(label))

/** True when the label names a charset that is known here; SEARCH refuses others. RFC 9051 §6.4.4 */
export const isKnownCharset = (label: string): boolean =>
  /^(?:utf-?8|us-ascii|ascii)$/i.test(label) || wayOf(label).by !== 'guess'

function decoderFor(way: Way): CharsetDecoder {
  switch (way.by) {
    case 'guess':
      return new GuessingDecoder()
    case 'web':
      return webDecoder(way.name)
    case 'iconv':
      return iconvDecoder(way.name)
    case 'shift':
      return new ShiftDecoder(way.name === 'hz-gb-2312')
    case 'utf16':
      return new Utf16Decoder()
  }
}

/** Octets of ASCII mean other things in these. */
const NOT_OVER_ASCII = /^(?:iso-?2022|csiso2022|utf-?16|ucs-?2|unicode|replacement|x-user)/

/** A decoder is dear to make, and most text is ASCII. */
function webDecoder(name: string): CharsetDecoder {
  const overAscii = !NOT_OVER_ASCII.test(name)
  let decoder: TextDecoder | null = null
  // The engine fails, though it was not asked to be fatal, when a few octets complete more characters than it made room for.
  const decode = (bytes: Uint8Array, last: boolean): string => {
    try {
      decoder ??= new TextDecoder(name)
      return decoder.decode(bytes, { stream: !last })
    } catch {
      decoder = null
      return '\ufffd'
    }
  }
  return {
    write(bytes) {
      if (decoder === null && overAscii && isAscii(bytes)) return asBuffer(bytes).toString('latin1')
      return bytes.length === 0 ? '' : decode(bytes, false)
    },
    end: () => (decoder === null ? '' : decode(new Uint8Array(0), true)),
  }
}

function iconvDecoder(name: string): CharsetDecoder {
  const decoder = iconv.getDecoder(name)
  return { write: bytes => decoder.write(asBuffer(bytes)), end: () => decoder.end() ?? '' }
}

function guess(bytes: Uint8Array): string {
  const octets = asBuffer(bytes)
  return looksLikeUtf8(octets) ? octets.toString('utf8') : webDecoder('windows-1252').write(octets)
}

/** Valid UTF-8, or damaged UTF-8: more characters beyond ASCII that are whole than broken ones. Anything else is taken for windows-1252. */
function looksLikeUtf8(octets: Buffer): boolean {
  if (isUtf8(octets)) return true
  let whole = 0
  let broken = 0
  for (const character of octets.toString('utf8', 0, 4096)) {
    if (character === '\ufffd') broken++
    else if (character > '\x7f') whole++
  }
  return whole > broken
}

/** Decides with the first piece that has a whole character beyond ASCII. */
class GuessingDecoder implements CharsetDecoder {
  #decoder: CharsetDecoder | null = null
  /** The beginning of what may be the first such character. */
  #cut = Buffer.alloc(0)

  write(bytes: Uint8Array): string {
    if (this.#decoder !== null) return this.#decoder.write(bytes)
    const octets = this.#cut.length > 0 ? Buffer.concat([this.#cut, bytes]) : asBuffer(bytes)
    const whole = octets.subarray(0, octets.length - cutOctets(octets))
    if (isAscii(whole)) {
      this.#cut = Buffer.from(octets.subarray(whole.length))
      return whole.toString('latin1')
    }
    this.#decoder = webDecoder(looksLikeUtf8(whole) ? 'utf-8' : 'windows-1252')
    return this.#decoder.write(octets)
  }

  end(): string {
    return this.#decoder?.end() ?? guess(this.#cut)
  }
}

/** Octets at the end that may be the beginning of a UTF-8 character. */
function cutOctets(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const octet = bytes[bytes.length - back]!
    if (octet < 0x80) return 0
    if (octet >= 0xf5) return 0
    if (octet >= 0xc0) return back < (octet >= 0xf0 ? 4 : octet >= 0xe0 ? 3 : 2) ? back : 0
  }
  return 0
}

/** By its byte order mark; without one, by where the zeros of its first piece are. */
class Utf16Decoder implements CharsetDecoder {
  #decoder: CharsetDecoder | null = null

  write(bytes: Uint8Array): string {
    if (this.#decoder === null) {
      let balance = 0
      for (let i = 0; i < Math.min(bytes.length, 256); i++) if (bytes[i] === 0) balance += i % 2 === 0 ? 1 : -1
      const big = (bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] !== 0xff && balance > 0)
      this.#decoder = webDecoder(big ? 'utf-16be' : 'utf-16le')
    }
    return this.#decoder.write(bytes)
  }

  end(): string {
    return this.#decoder?.end() ?? ''
  }
}

/** Seven-bit forms that switch into a double-byte set: ISO-2022-KR by shift-out, RFC 1557; HZ by `~{`, RFC 1843. */
class ShiftDecoder implements CharsetDecoder {
  readonly #hz: boolean
  readonly #decoder: CharsetDecoder
  #shifted = false
  #tilde = false
  /** Octets left of the sequence that only names the set. */
  #escape = 0

  constructor(hz: boolean) {
    this.#hz = hz
    this.#decoder = webDecoder(hz ? 'gb18030' : 'euc-kr')
  }

  write(bytes: Uint8Array): string {
    const out = Buffer.allocUnsafe(bytes.length + 1)
    let length = 0
    for (const octet of bytes) {
      if (this.#escape > 0) this.#escape--
      else if (octet === 0x1b) this.#escape = 3
      else if (this.#hz && this.#tilde) {
        this.#tilde = false
        if (octet === 0x7b) this.#shifted = true
        else if (octet === 0x7d) this.#shifted = false
        else if (octet === 0x7e) out[length++] = octet
      } else if (this.#hz && octet === 0x7e) this.#tilde = true
      else if (!this.#hz && octet === 0x0e) this.#shifted = true
      else if (!this.#hz && octet === 0x0f) this.#shifted = false
      else {
        if (octet === 10) this.#shifted = false
        out[length++] = this.#shifted && octet > 0x20 ? octet | 0x80 : octet
      }
    }
    return this.#decoder.write(out.subarray(0, length))
  }

  end(): string {
    return this.#decoder.end()
  }
}
