import type { Octets } from '#base/bytes.ts'
import type { Pace } from './search-pace.ts'
import { STEP } from './thread-tree.ts'

/**
 * Who answers whom, by the ids that messages name. RFC 5256 §3 REFERENCES steps 1 to 3
 *
 * A node is a message, by its index, or from `messages` on a message that is not there. Ids are counted, so that a list of references is
 * a list of small numbers.
 */
export class References {
  readonly #messages: number
  readonly #numbers = new Map<Octets, number>()
  /** By number of the id: its node, -1 while it has none. */
  readonly #nodes: number[] = []
  /** By message: numbers of the ids it names, oldest first. */
  readonly #named: (Uint32Array | null)[]
  readonly #parent: number[]
  readonly #hasChild: boolean[]

  constructor(messages: number) {
    this.#messages = messages
    this.#named = new Array(messages).fill(null)
    this.#parent = new Array(messages).fill(-1)
    this.#hasChild = new Array(messages).fill(false)
  }

  /** Takes the messages in ascending order: of those with the same id only the first has it. */
  add(message: number, id: Octets | null, references: readonly Octets[]): void {
    if (id !== null) {
      const number = this.#number(id)
      if (this.#nodes[number] === -1) this.#nodes[number] = message
    }
    if (references.length > 0) this.#named[message] = Uint32Array.from(references, each => this.#number(each))
  }

  /** Parents by message, after pruning: a message, or a missing one that holds several together, or -1. */
  async link(pace: Pace): Promise<Parents> {
    for (let message = 0; message < this.#messages; message++) {
      this.#linkMessage(message)
      const wait = pace.rest()
      if (wait) await wait
    }
    return this.#prune(pace)
  }

  #number(id: Octets): number {
    let number = this.#numbers.get(id)
    if (number === undefined) {
      number = this.#nodes.push(-1) - 1
      this.#numbers.set(id, number)
    }
    return number
  }

  #node(number: number): number {
    const known = this.#nodes[number]!
    if (known >= 0) return known
    const missing = this.#parent.push(-1) - 1
    this.#hasChild.push(false)
    this.#nodes[number] = missing
    return missing
  }

  #linkMessage(message: number): void {
    const named = this.#named[message]
    let above = -1
    for (const number of named ?? []) {
      const node = this.#node(number)
      // Step 1.A: a link that is there stays, since lists of references are cut.
      if (above >= 0 && this.#parent[node]! < 0) this.#join(above, node)
      above = node
    }
    // Step 1.B: for the message itself, what others made of it does not count.
    this.#parent[message] = -1
    if (above >= 0) this.#join(above, message)
  }

  #join(parent: number, child: number): void {
    if (parent === child || (this.#hasChild[child] && this.#isBelow(parent, child))) return
    this.#parent[child] = parent
    this.#hasChild[parent] = true
  }

  #isBelow(node: number, ancestor: number): boolean {
    for (let at = node; at >= 0; at = this.#parent[at]!) if (at === ancestor) return true
    return false
  }

  /** Missing messages go and their children move up, except at the top, where one that has several stays. Step 3 */
  async #prune(pace: Pace): Promise<Parents> {
    const messages = this.#messages
    const nodes = this.#parent.length
    const parent = new Int32Array(messages)
    // By missing message: what its children come under, a message or a missing root; -2 while it is not known.
    const holder = new Int32Array(nodes).fill(-2)
    const children = new Uint32Array(nodes)
    for (let message = 0; message < messages; message++) {
      if (message % STEP === 0) await pace.rest()
      parent[message] = this.#holderOf(this.#parent[message]!, holder)
      if (parent[message]! >= messages) children[parent[message]!]!++
    }
    for (let message = 0; message < messages; message++) {
      if (parent[message]! >= messages && children[parent[message]!] === 1) parent[message] = -1
    }
    return { parent, nodes }
  }

  #holderOf(above: number, holder: Int32Array): number {
    const path: number[] = []
    let at = above
    while (at >= this.#messages && holder[at] === -2) {
      path.push(at)
      if (this.#parent[at]! < 0) break
      at = this.#parent[at]!
    }
    const found = at >= this.#messages && holder[at] !== -2 ? holder[at]! : at
    for (const node of path) holder[node] = found
    return found
  }
}

/** `nodes` is the number of nodes: messages and missing ones. */
export type Parents = { readonly parent: Int32Array; readonly nodes: number }
