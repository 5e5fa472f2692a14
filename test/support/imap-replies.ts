/** Cuts what a server sends into replies: a line with the literals inside it. Linear in what comes, however it is chunked. */

export type Reply = {
  /** The reply as latin1, each literal shown as its announcement `{n}` alone. */
  readonly text: string
  readonly literals: readonly Buffer[]
  /** On a tagged reply: the untagged ones before it. */
  readonly before?: readonly Reply[]
}

export class ReplyReader {
  #line: Buffer[] = []
  #text = ''
  #literals: Buffer[] = []
  #literal: Buffer[] = []
  /** Octets of the literal still to come; -1 while reading a line. */
  #missing = -1

  /** The replies that this chunk completes. */
  push(chunk: Buffer): Reply[] {
    const replies: Reply[] = []
    let rest = chunk
    while (rest.length > 0) {
      if (this.#missing >= 0) {
        rest = this.#takeLiteral(rest)
        continue
      }
      const lineEnd = rest.indexOf(10)
      if (lineEnd < 0) {
        this.#line.push(rest)
        break
      }
      this.#line.push(rest.subarray(0, lineEnd + 1))
      rest = rest.subarray(lineEnd + 1)
      const reply = this.#endLine()
      if (reply) replies.push(reply)
    }
    return replies
  }

  #takeLiteral(rest: Buffer): Buffer {
    const piece = rest.subarray(0, this.#missing)
    this.#literal.push(piece)
    this.#missing -= piece.length
    if (this.#missing === 0) this.#endLiteral()
    return rest.subarray(piece.length)
  }

  #endLiteral(): void {
    this.#literals.push(Buffer.concat(this.#literal))
    this.#literal = []
    this.#missing = -1
  }

  #endLine(): Reply | undefined {
    const line = Buffer.concat(this.#line.splice(0))
      .toString('latin1')
      .replace(/\r?\n$/, '')
    this.#text += line
    const announced = /\{(\d+)\}$/.exec(line)
    if (announced) {
      this.#missing = Number(announced[1])
      if (this.#missing === 0) this.#endLiteral()
      return undefined
    }
    const reply = { text: this.#text, literals: this.#literals }
    this.#text = ''
    this.#literals = []
    return reply
  }
}
