/** Two-sample tests of numbers. Each takes sorted samples and gives the p-value SciPy 1.17 gives. */
import { MillraceError } from '../../core/index.ts'
import { rankSumPValue } from './rank-sum.ts'
import { forEachValue, type NumberSamples } from './samples.ts'
import { chiSquareTail, studentTwoTails } from '../../metrics/special-functions.ts'
import { kolmogorovPValue } from './kolmogorov.ts'
import { mean, quantile, squaredDeviations } from './moments.ts'
import { eigenvaluesAndVectors } from './symmetric-eigen.ts'

/** The two-sided Kolmogorov-Smirnov test: exact up to 10,000 values a side. */
export function kolmogorovSmirnov({ reference, current }: NumberSamples): number {
  return kolmogorovPValue(largestGap({ reference, current }), reference.length, current.length)
}

/** The largest difference between the shares of values up to some point: the Kolmogorov-Smirnov statistic D. */
export function largestGap({ reference, current }: Pick<NumberSamples, 'reference' | 'current'>): number {
  let [seenReference, seenCurrent, largest] = [0, 0, 0]
  forEachValue(reference, current, (_, inReference, inCurrent) => {
    seenReference += inReference
    seenCurrent += inCurrent
    largest = Math.max(largest, Math.abs(seenReference / reference.length - seenCurrent / current.length))
  })
  return largest
}

/** Student's test of equal means, with equal variances, two-sided. NaN when neither side varies nor differs. */
export function tTest({ reference, current }: NumberSamples): number {
  const degrees = reference.length + current.length - 2
  if (degrees < 1) throw tooFew('t_test', 3, 'values in reference and current together')
  const variance = (squaredDeviations(reference) + squaredDeviations(current)) / degrees
  const difference = mean(reference) - mean(current)
  return studentTwoTails(difference / Math.sqrt(variance * (1 / reference.length + 1 / current.length)), degrees)
}

/** Mann and Whitney's test, one-sided: low when the reference tends to be smaller than the current values. */
export function mannWhitney({ reference, current }: NumberSamples): number {
  return rankSumPValue(reference, current)
}

/**
 * Epps and Singleton's test on the empirical characteristic functions at 0.4 and 0.8 (1986), with the small-sample
 * correction.
 *
 * @throws MillraceError INVALID_DATA when the pooled interquartile range is 0 or a side has fewer than 5 values
 */
export function eppsSingleton({ reference, current }: NumberSamples): number {
  const [n, m] = [reference.length, current.length]
  if (Math.min(n, m) < 5) throw tooFew('es', 5, 'values on each side')
  const pooled = new Float64Array(n + m)
  pooled.set(reference)
  pooled.set(current, n)
  pooled.sort()
  const halfRange = (quantile(pooled, 0.75) - quantile(pooled, 0.25)) / 2
  if (halfRange === 0) {
    throw new MillraceError(
      'INVALID_DATA',
      'es (Epps-Singleton) needs an interquartile range above 0, but half of the values or more are the same. ' +
        'Choose another method for this column.',
    )
  }
  const [first, second] = [characteristics(reference, halfRange), characteristics(current, halfRange)]
  const covariance = first.covariance.map((value, i) => ((n + m) / n) * value + ((n + m) / m) * second.covariance[i]!)
  const differences = first.means.map((value, i) => value - second.means[i]!)
  const { statistic, rank } = quadraticForm(covariance, differences)
  // Nothing varies on either side, yet not all is the same: two different constants.
  if (rank === 0) return 0
  const correction = Math.max(n, m) < 25 ? 1 / (1 + (n + m) ** -0.45 + 10.1 * (n ** -1.7 + m ** -1.7)) : 1
  return chiSquareTail((n + m) * statistic * correction, rank)
}

/** Means [4] and biased covariances [4, 4] of cos and sin of 0.4·x and 0.8·x, x in half interquartile ranges. */
function characteristics(values: Float64Array, halfRange: number): { means: number[]; covariance: number[] } {
  const parts = [
    (x: number) => Math.cos((0.4 / halfRange) * x),
    (x: number) => Math.cos((0.8 / halfRange) * x),
    (x: number) => Math.sin((0.4 / halfRange) * x),
    (x: number) => Math.sin((0.8 / halfRange) * x),
  ].map((part) => values.map(part))
  const means = parts.map(mean)
  const covariance = parts.flatMap((a, i) =>
    parts.map((b, j) => {
      let sum = 0
      for (let row = 0; row < values.length; row++) sum += (a[row]! - means[i]!) * (b[row]! - means[j]!)
      return sum / values.length
    }),
  )
  return { means, covariance }
}

/** vᵀ·A⁺·v and the rank of A, a symmetric 4 × 4 matrix. */
function quadraticForm(matrix: readonly number[], vector: readonly number[]): { statistic: number; rank: number } {
  const pairs = eigenvaluesAndVectors(matrix, vector.length)
  const smallest = Math.max(...pairs.map(({ value }) => value)) * vector.length * Number.EPSILON
  const kept = pairs.filter(({ value }) => value > smallest)
  const statistic = kept.reduce((sum, { value, vector: axis }) => {
    const along = axis.reduce((dot, part, i) => dot + part * vector[i]!, 0)
    return sum + along ** 2 / value
  }, 0)
  return { statistic, rank: kept.length }
}

function tooFew(method: string, count: number, what: string): MillraceError {
  return new MillraceError(
    'INVALID_DATA',
    `${method} needs at least ${count} ${what}. Choose another method for this column, or compare more rows.`,
  )
}
