/** What exists, and what the reader may have meant, for errors about names that do not exist. */

/**
 * A sentence such as `Did you mean "iris"? There are these models: iris, penguins.`; at most ten are listed. Without
 * a `name` nothing is guessed.
 */
export function suggest(name: string | undefined, existing: readonly string[], what: string): string {
  if (existing.length === 0) return `There are no ${what} yet.`
  const near = name === undefined ? [] : existing.filter((candidate) => isNear(name, candidate)).slice(0, 3)
  const question = near.length === 0 ? '' : `Did you mean ${near.map((candidate) => `"${candidate}"`).join(' or ')}? `
  const rest = existing.length > 10 ? `, and ${existing.length - 10} more` : ''
  return `${question}There are these ${what}: ${existing.slice(0, 10).join(', ')}${rest}.`
}

function isNear(a: string, b: string): boolean {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()]
  return editDistance(left, right) <= Math.max(1, Math.floor(Math.max(left.length, right.length) / 3))
}

/** Insertions, deletions, replacements and swaps of neighbours from `a` to `b` (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(Math.min(replaced, rows[i - 1]![j]! + 1, row[j - 1]! + 1, swapped ? rows[i - 2]![j - 2]! + 1 : Infinity))
    }
    rows.push(row)
  }
  return rows[a.length]![b.length]!
}
