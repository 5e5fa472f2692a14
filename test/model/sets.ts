/** Sets of numbers as they go over the wire, in the simplest way. */

export function setOf(text: string): number[] {
  return text.split(',').flatMap(part => {
    const [from = 0, to = from] = part.split(':').map(Number)
    return Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => Math.min(from, to) + i)
  })
}
