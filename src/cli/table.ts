/** Rows of a list in columns: text to the left, numbers to the right, the last one as wide as it likes. */

export function table(rows: readonly (readonly (string | number)[])[]): string {
  const wide: number[] = []
  for (const row of rows) for (const [i, cell] of row.entries()) wide[i] = Math.max(wide[i] ?? 0, textOf(cell).length)
  return rows
    .map(row =>
      row
        .map((cell, i) => {
          const text = textOf(cell)
          if (typeof cell === 'number') return text.padStart(wide[i]!)
          return i === row.length - 1 ? text : text.padEnd(wide[i]!)
        })
        .join('  ')
        .trimEnd(),
    )
    .map(line => `${line}\n`)
    .join('')
}

const textOf = (cell: string | number) => (typeof cell === 'number' ? cell.toLocaleString('en-US') : cell)
