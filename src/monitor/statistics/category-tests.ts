/** Two-sample tests of categories. Each takes counts of values and gives a p-value. */
import { MillraceError, Random } from '../../core/index.ts'
import { valueShares } from './binning.ts'
import { totalVariation } from './distances.ts'
import { total, type ValueCounts } from './samples.ts'
import { chiSquareTail, logChoose, normalTail } from '../../metrics/special-functions.ts'

/**
 * The goodness of fit of the current counts to those of the reference, scaled to as many rows (Evidently's reading: no
 * contingency table). A value that the reference lacks gives p = 0.
 */
export function chiSquare(counts: ValueCounts): number {
  const statistic = sumOfExpected(counts, (observed, expected) => (observed - expected) ** 2 / expected)
  return goodnessOfFit(statistic, counts)
}

/** The log-likelihood ratio in place of chiSquare's squares, against the same scaled counts. */
export function gTest(counts: ValueCounts): number {
  const statistic = sumOfExpected(counts, (observed, expected) =>
    observed === 0 ? 0 : 2 * observed * Math.log(observed / expected),
  )
  return goodnessOfFit(statistic, counts)
}

function goodnessOfFit(statistic: number, { values }: ValueCounts): number {
  return values.length < 2 ? 1 : chiSquareTail(statistic, values.length - 1)
}

function sumOfExpected(
  { reference, current }: ValueCounts,
  term: (observed: number, expected: number) => number,
): number {
  const scale = total(current) / total(reference)
  return current.reduce((sum, observed, i) => sum + term(observed, reference[i]! * scale), 0)
}

/** Whether the share of all values but the first (in order) differs: pooled variance, two-sided. */
export function proportionTest({ values, reference, current }: ValueCounts): number {
  if (values.length === 1) return 1
  const [n, m] = [total(reference), total(current)]
  const [p, q] = [1 - reference[0]! / n, 1 - current[0]! / m]
  const pooled = (p * n + q * m) / (n + m)
  return 2 * normalTail(Math.abs((p - q) / Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))))
}

/**
 * Fisher's exact test of the 2 × 2 table, two-sided: the probability of all tables that are no likelier than this one.
 *
 * @throws MillraceError INVALID_DATA when there are more than two values
 */
export function fisherExact({ values, reference, current }: ValueCounts): number {
  if (values.length > 2) {
    throw new MillraceError(
      'INVALID_DATA',
      `fisher_exact compares two values, found ${values.length}. Use chisquare, or another method for more values.`,
    )
  }
  if (values.length === 1) return 1
  const [n, m] = [total(reference), total(current)]
  const first = reference[0]! + current[0]!
  const logOf = (k: number): number => logChoose(n, k) + logChoose(m, first - k) - logChoose(n + m, first)
  // Tables that are exactly as likely may differ in the last digits.
  const bound = logOf(reference[0]!) + 1e-7
  let p = 0
  for (let k = Math.max(0, first - m); k <= Math.min(n, first); k++) {
    const log = logOf(k)
    if (log <= bound) p += Math.exp(log)
  }
  return Math.min(1, p)
}

const ROUNDS = 1000

/**
 * The share of 1000 random divisions of the pooled rows whose total variation is at least that found. Seeded with 0, so
 * that the same counts give the same p; another generator gives one within about ±0.03.
 */
export function variationPermutation(counts: ValueCounts): number {
  const observed = totalVariation(valueShares(counts))
  const n = total(counts.reference)
  const pooled = Int32Array.from(
    counts.values.flatMap((_, code) =>
      Array.from<number>({ length: counts.reference[code]! + counts.current[code]! }).fill(code),
    ),
  )
  const random = new Random(0).fork('total variation')
  let reached = 0
  for (let round = 0; round < ROUNDS; round++) {
    const drawn = drawCounts(pooled, n, counts.values.length, random)
    const rest = drawn.map((count, code) => counts.reference[code]! + counts.current[code]! - count)
    // Divisions that are exactly as uneven may differ in the last digits.
    if (totalVariation(valueShares({ ...counts, reference: drawn, current: rest })) >= observed - 1e-12) reached++
  }
  return reached / ROUNDS
}

/** Counts of `n` rows drawn from `pooled` without putting back; puts the drawn ones in front. */
function drawCounts(pooled: Int32Array, n: number, valueCount: number, random: Random): number[] {
  const counts = Array.from<number>({ length: valueCount }).fill(0)
  for (let i = 0; i < n; i++) {
    const j = i + random.integer(pooled.length - i)
    const drawn = pooled[j]!
    pooled[j] = pooled[i]!
    pooled[i] = drawn
    counts[drawn]!++
  }
  return counts
}
