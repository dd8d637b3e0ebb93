/** What exists, and what the reader may have meant, for errors about names that do not exist. */

/** A sentence such as `Did you mean "iris"? There are: iris, penguins.`; at most ten names are listed. */
export function suggest(name: string, existing: readonly string[], what: string): string {
  if (existing.length === 0) return `There are no ${what} yet.`
  const near = existing.filter((candidate) => isNear(name, candidate)).slice(0, 3)
  const question = near.length === 0 ? '' : `Did you mean ${near.map((candidate) => `"${candidate}"`).join(' or ')}? `
  const rest = existing.length > 10 ? `, and ${existing.length - 10} more` : ''
  return `${question}There are these ${what}: ${existing.slice(0, 10).join(', ')}${rest}.`
}

function isNear(a: string, b: string): boolean {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()]
  return editDistance(left, right) <= Math.max(1, Math.floor(Math.max(left.length, right.length) / 3))
}

/** Levenshtein's distance: insertions, deletions and replacements from `a` to `b`. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(replaced, previous[j]! + 1, current[j - 1]! + 1))
    }
    previous = current
  }
  return previous[b.length]!
}
