/** The known word that was probably meant. */

/** Longer words are not compared: the table grows with their product. */
const LONGEST = 64

/** Steps (insert, remove, change, swap neighbours) from one word to the other. */
function steps(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, before[j - 2]! + 1)
      next.push(best)
    }
    before = row
    row = next
  }
  return row[b.length]!
}

/** The nearest of `known`, or null when none is near enough to be worth naming (a third of its letters differ). */
export function nearest(word: string, known: Iterable<string>): string | null {
  const asked = word.toLowerCase().slice(0, LONGEST)
  let best: string | null = null
  let least = Number.POSITIVE_INFINITY
  for (const each of known) {
    const distance = steps(asked, each.toLowerCase())
    if (distance < least && distance <= Math.max(1, Math.ceil(each.length / 3))) {
      best = each
      least = distance
    }
  }
  return best
}
