/** Flags as the model and the devices compare them: in lower case, without \Recent. */

export const lower = (flag: string): string => flag.toLowerCase()

export const same = (a: ReadonlySet<string> | null | undefined, b: ReadonlySet<string> | null | undefined): boolean =>
  !!a && !!b && a.size === b.size && [...a].every(flag => b.has(flag))

/** What becomes of flags by STORE; null, for not known, stays so unless they are replaced. */
export function applied(
  before: ReadonlySet<string> | null,
  how: '+' | '-' | '',
  flags: readonly string[],
): ReadonlySet<string> | null {
  if (how === '') return new Set(flags.map(lower))
  if (!before) return null
  const after = new Set(before)
  for (const flag of flags.map(lower)) {
    if (how === '+') after.add(flag)
    else after.delete(flag)
  }
  return after
}
