/** The command line: finds the verb, hands it its arguments, and turns how it ended into an exit code. */
import { Refusal, StoreFault } from '#base/errors.ts'
import { nearest } from '#config/nearest.ts'
import type { Composition } from './composition.ts'
import { Exit, exitOfRefusal, exitOfStore, Failure, UsageFault } from './exits.ts'
import { helpOf, helpOfAll, helpOfGroup } from './help.ts'
import { findVerb, parseFor } from './parse.ts'
import { processTerminal, type Terminal } from './terminal.ts'
import type { Call, Verb } from './verb.ts'
import { verbs as allVerbs } from './verbs.ts'

/** Resolves with the exit code; never rejects. */
export async function run(
  argv: readonly string[],
  composition: Composition,
  terminal: Terminal = processTerminal,
  verbs: readonly Verb[] = allVerbs,
): Promise<number> {
  let verb: Verb | null = null
  try {
    const words = rewrite(argv)
    const asksHelp = beforeDashes(words).includes('--help')
    const found = findVerb(words, verbs)
    if (found === null) {
      if (asksHelp) return say(terminal, helpOfAll(verbs))
      if (words.length === 0) {
        terminal.err(helpOfAll(verbs))
        return Exit.usage
      }
      throw new UsageFault(unknownVerb(words, verbs))
    }
    if ('group' in found) {
      const members = verbs.filter(each => each.name.startsWith(`${found.group} `))
      if (asksHelp) return say(terminal, helpOfGroup(found.group, members))
      const next = found.rest[0]
      if (next !== undefined && !next.startsWith('-')) throw new UsageFault(unknownVerb([found.group, next], verbs))
      terminal.err(helpOfGroup(found.group, members))
      return Exit.usage
    }
    verb = found.verb
    if (asksHelp) return say(terminal, helpOf(verb))
    const parsed = parseFor(verb, found.rest)
    // `parseFor` gave every option the form that its declaration says, which is what `Call` promises to the verb.
    return await verb.run({ ...parsed, composition, terminal } as Call)
  } catch (error) {
    return explain(error, verb, terminal)
  }
}

/** `rookery help user add`, `--version` and `-h` are other ways to say known things. */
function rewrite(argv: readonly string[]): readonly string[] {
  if (argv[0] === '--version' || argv[0] === '-V') return ['version', ...argv.slice(1)]
  const words = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv
  return words.map(word => (word === '-h' ? '--help' : word))
}

const beforeDashes = (words: readonly string[]) => (words.includes('--') ? words.slice(0, words.indexOf('--')) : words)

function say(terminal: Terminal, text: string): number {
  terminal.out(text)
  return Exit.ok
}

function unknownVerb(words: readonly string[], verbs: readonly Verb[]): string {
  if (words[0]!.startsWith('-')) return `${words[0]} comes too early: options follow the verb`
  const said = words.filter(word => !word.startsWith('-')).slice(0, 2)
  const names = new Set(verbs.flatMap(each => [each.name, each.name.split(' ')[0]!]))
  const near = nearest(said.join(' '), names) ?? nearest(said[0]!, names)
  return `there is no verb "${said.join(' ')}"${near === null ? '' : `; did you mean "${near}"?`}`
}

function explain(error: unknown, verb: Verb | null, terminal: Terminal): number {
  const name = verb === null ? 'rookery' : `rookery ${verb.name}`
  if (error instanceof Failure) {
    terminal.err(`${name}: ${error.message}\n`)
    if (error instanceof UsageFault) terminal.err(`Try "${name} --help".\n`)
    return error.exit
  }
  if (error instanceof Refusal) {
    terminal.err(`${name}: ${error.message}\n`)
    return exitOfRefusal[error.reason] ?? Exit.no
  }
  if (error instanceof StoreFault) {
    terminal.err(`${name}: ${error.message}${error.cause instanceof Error ? ` (${error.cause.message})` : ''}\n`)
    return exitOfStore[error.failure]
  }
  terminal.err(`${name}: this is a bug of ours: ${error instanceof Error ? error.stack : String(error)}\n`)
  return Exit.bug
}
