/** A verb is a declaration and a function. Help, parsing and suggestions come from the declaration. */
import type { Composition } from './composition.ts'
import type { Terminal } from './terminal.ts'

export type Option = {
  /** Placeholder of its value in help; without one it is a switch. */
  readonly value?: string
  /** May be given more than once. */
  readonly multiple?: true
  /** A letter for it: `a` for `-a`. Only where other programs have taught it. */
  readonly short?: string
  readonly doc: string
}
export type Options = Readonly<Record<string, Option>>

export type Argument = {
  readonly name: string
  readonly doc: string
  readonly optional?: true
  /** Takes all that follow; only the last can. */
  readonly many?: true
}

type ValueOf<Declared> = Declared extends { value: string }
  ? Declared extends { multiple: true }
    ? readonly string[]
    : string | undefined
  : boolean

export type Call<Declared extends Options = Options> = {
  readonly options: { readonly [Name in keyof Declared]: ValueOf<Declared[Name]> }
  readonly arguments: readonly string[]
  readonly composition: Composition
  readonly terminal: Terminal
}

type Declaration<Declared extends Options> = {
  /** Words as typed: `user add`. */
  readonly name: string
  /** One line, no full stop. */
  readonly summary: string
  /** Paragraphs of help below the summary. */
  readonly details?: string
  readonly arguments?: readonly Argument[]
  readonly options: Declared
  readonly examples: readonly (readonly [command: string, why: string])[]
  /** Resolves with the exit code. */
  run(call: Call<Declared>): Promise<number>
}

/** A declaration whose options are no longer known to the compiler; only `verb` makes it, so `run` gets what it declared. */
export type Verb = Omit<Declaration<Options>, 'run'> & { run(call: Call): Promise<number> }

export const verb = <const Declared extends Options>(declared: Declaration<Declared>): Verb =>
  declared as unknown as Verb

/** `rookery user add NAME [options]` */
export function usageOf(each: Pick<Verb, 'name' | 'arguments' | 'options'>): string {
  const words = (each.arguments ?? []).map(argument => {
    const word = argument.many === true ? `${argument.name}…` : argument.name
    return argument.optional === true ? `[${word}]` : word
  })
  return ['rookery', each.name, ...words, ...(Object.keys(each.options).length > 0 ? ['[options]'] : [])].join(' ')
}
