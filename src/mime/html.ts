import { Tokenizer } from 'htmlparser2'

/** Tags that may stand inside a word. All others separate what is before and after them. */
const INLINE: ReadonlySet<string> = new Set(
  'a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd mark nobr q s samp small span strike strong sub sup tt u var wbr'.split(
    ' ',
  ),
)
/** Tags whose content nobody reads. */
const HIDDEN: ReadonlySet<string> = new Set(['script', 'style', 'title', 'template'])

/** Characters fed at a time at least, and kept so that names and texts that two pieces share can be read. */
const WINDOW = 1024

/** The text of an HTML document in pieces: tags gone, character references decoded, style and script left out. */
export class HtmlText {
  readonly #tokenizer: Tokenizer
  #waiting = ''
  /** What was fed last, with some of what was fed before. */
  #window = ''
  #windowStart = 0
  #out = ''
  #hidden: string | null = null

  constructor() {
    const nothing = () => {}
    this.#tokenizer = new Tokenizer(
      { xmlMode: false, decodeEntities: true },
      {
        ontext: (start, end) => this.#text(this.#slice(start, end)),
        ontextentity: codePoint => this.#text(codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : '\ufffd'),
        onopentagname: (start, end) => this.#open(this.#slice(start, end).toLowerCase()),
        onclosetag: (start, end) => this.#close(this.#slice(start, end).toLowerCase()),
        onattribdata: nothing,
        onattribend: nothing,
        onattribentity: nothing,
        onattribname: nothing,
        oncdata: nothing,
        oncomment: nothing,
        ondeclaration: nothing,
        onend: nothing,
        onopentagend: nothing,
        onprocessinginstruction: nothing,
        onselfclosingtag: nothing,
      },
    )
  }

  /** The text that this piece completes. */
  write(html: string): string {
    this.#waiting += html
    return this.#waiting.length < WINDOW ? '' : this.#feed()
  }

  end(): string {
    const text = this.#feed()
    this.#tokenizer.end()
    return text + this.#take()
  }

  #feed(): string {
    const kept = this.#window.slice(-WINDOW)
    this.#windowStart += this.#window.length - kept.length
    this.#window = kept + this.#waiting
    const piece = this.#waiting
    this.#waiting = ''
    this.#tokenizer.write(piece)
    return this.#take()
  }

  #take(): string {
    const text = this.#out
    this.#out = ''
    return text
  }

  #slice(start: number, end: number): string {
    return this.#window.slice(Math.max(0, start - this.#windowStart), Math.max(0, end - this.#windowStart))
  }

  #text(text: string): void {
    if (this.#hidden === null) this.#out += text
  }

  #open(name: string): void {
    if (this.#hidden === null && HIDDEN.has(name)) this.#hidden = name
    else this.#separate(name)
  }

  #close(name: string): void {
    if (this.#hidden === name) this.#hidden = null
    else this.#separate(name)
  }

  #separate(name: string): void {
    if (this.#hidden === null && !INLINE.has(name)) this.#out += '\n'
  }
}
