/** Rank correlation. */
import { checkFinite, checkRows } from './check-rows.ts'

/**
 * Spearman's rank correlation: how well one column can be said to rise with the other, in −1..1.
 *
 * first, second [n] finite; tied values share their mean rank. NaN when n = 1 or a column is constant. Equals
 * scipy.stats.spearmanr.
 *
 * @throws ShapeError when the lengths differ; MillraceError INVALID_DATA for no rows, NON_FINITE for NaN or infinity
 */
export function spearman(first: ArrayLike<number>, second: ArrayLike<number>): number {
  checkRows('spearman', { first, second })
  checkFinite('spearman', 'first', first)
  checkFinite('spearman', 'second', second)
  const [a, b] = [centredRanks(first), centredRanks(second)]
  const correlation = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
  return Math.max(-1, Math.min(1, correlation))
}

/** Ranks less their mean, so they sum to 0. */
function centredRanks(values: ArrayLike<number>): Float64Array {
  const n = values.length
  const order = Uint32Array.from({ length: n }, (_, row) => row).sort((a, b) => values[a]! - values[b]!)
  const ranks = new Float64Array(n)
  for (let start = 0, end = 0; start < n; start = end) {
    while (end < n && values[order[end]!] === values[order[start]!]) end++
    // Positions start..end-1 share the mean of start and end-1; the mean over all positions is (n - 1) / 2.
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + end - n) / 2
  }
  return ranks
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0)
}
