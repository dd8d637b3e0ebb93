/** The p-value of Mann and Whitney's rank-sum test. */
import { forEachValue } from './samples.ts'
import { normalTail } from '../../metrics/special-functions.ts'

/**
 * P-value of the alternative that `first` tends to be smaller than `second`; both sorted.
 *
 * Exact where one side has at most 8 values and no value occurs twice, else normal with corrections for ties and
 * continuity: SciPy's choice.
 */
export function rankSumPValue(first: Float64Array, second: Float64Array): number {
  const [n, m] = [first.length, second.length]
  let [seen, rankSum, ties] = [0, 0, 0]
  forEachValue(first, second, (_, inFirst, inSecond) => {
    const tied = inFirst + inSecond
    rankSum += inFirst * (seen + (tied + 1) / 2)
    ties += tied ** 3 - tied
    seen += tied
  })
  const u = n * m - (rankSum - (n * (n + 1)) / 2)
  if (Math.min(n, m) <= 8 && ties === 0) return exactTail(u, n, m)
  const variance = ((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1)))
  return normalTail((u - (n * m) / 2 - 0.5) / Math.sqrt(variance))
}

/** P(U ≥ u): by symmetry P(U ≤ nm − u), from the coefficients of the Gaussian binomial (n + m choose n). */
function exactTail(u: number, n: number, m: number): number {
  const [few, many] = [Math.min(n, m), Math.max(n, m)]
  const limit = Math.floor(n * m - u)
  const ways = new Float64Array(n * m + 1)
  ways[0] = 1
  for (let i = 1; i <= few; i++) {
    for (let k = n * m; k >= many + i; k--) ways[k]! -= ways[k - many - i]!
    for (let k = i; k <= n * m; k++) ways[k]! += ways[k - i]!
  }
  let [below, all] = [0, 0]
  for (let k = 0; k <= n * m; k++) {
    all += ways[k]!
    if (k <= limit) below += ways[k]!
  }
  return Math.min(1, below / all)
}
