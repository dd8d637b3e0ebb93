/** The two-sample Cramér-von Mises test. */
import { greatestCommonDivisor, MillraceError } from '../../core/index.ts'
import { forEachValue, type NumberSamples } from './samples.ts'
import { logGamma, scaledBesselK } from '../../metrics/special-functions.ts'

/**
 * Anderson's two-sample test (1962): exact where no side has more than 20 values, else by the limiting distribution.
 *
 * @throws MillraceError INVALID_DATA when a side has a single value
 */
export function cramerVonMises({ reference, current }: NumberSamples): number {
  const [n, m] = [reference.length, current.length]
  if (Math.min(n, m) < 2) {
    throw new MillraceError(
      'INVALID_DATA',
      'cramer_von_mises needs at least two values on each side. Choose another method, or compare more rows.',
    )
  }
  const u = rankStatistic(reference, current)
  return Math.max(n, m) <= 20 ? exactTail(u, n, m) : limitTail(u, n, m)
}

/** U = n·Σ(rank − position)² of the reference + m·Σ(…)² of the current values; ties share their middle rank. */
function rankStatistic(reference: Float64Array, current: Float64Array): number {
  let [seenReference, seenCurrent, sumReference, sumCurrent] = [0, 0, 0, 0]
  forEachValue(reference, current, (_, inReference, inCurrent) => {
    const rank = seenReference + seenCurrent + (inReference + inCurrent + 1) / 2
    for (let i = 1; i <= inReference; i++) sumReference += (rank - seenReference - i) ** 2
    for (let i = 1; i <= inCurrent; i++) sumCurrent += (rank - seenCurrent - i) ** 2
    seenReference += inReference
    seenCurrent += inCurrent
  })
  return reference.length * sumReference + current.length * sumCurrent
}

function limitTail(u: number, n: number, m: number): number {
  const [k, total] = [n * m, n + m]
  const t = u / (k * total) - (4 * k - 1) / (6 * total)
  const expected = (1 + 1 / total) / 6
  const variance = ((total + 1) * (4 * k * total - 3 * (n ** 2 + m ** 2) - 2 * k)) / (45 * total ** 2 * 4 * k)
  const standard = 1 / 6 + (t - expected) / Math.sqrt(45 * variance)
  return standard < 0.003 ? 1 : Math.max(0, 1 - limitDistribution(standard))
}

/** The limiting distribution function (Csörgő & Faraway 1996, formula 1.3). */
function limitDistribution(x: number): number {
  let sum = 0
  for (let k = 0; ; k++) {
    const y = 4 * k + 1
    const q = y ** 2 / (16 * x)
    const scale = Math.exp(logGamma(k + 0.5) - logGamma(k + 1)) / (Math.PI ** 1.5 * Math.sqrt(x))
    const term = scale * Math.sqrt(y) * Math.exp(-2 * q) * scaledBesselK(0.25, q)
    sum += term
    if (Math.abs(term) < 1e-7) return sum
  }
}

/**
 * P(U ≥ u) over all orders of the pooled values: counts by the recursion of Xiao, Gordon & Yakovlev (2007). Counts stay
 * below 2^53 for up to 20 values a side.
 */
function exactTail(u: number, n: number, m: number): number {
  const lcm = (n * m) / greatestCommonDivisor(n, m)
  const [a, b] = [lcm / n, lcm / m]
  const threshold = Math.floor((lcm ** 2 * (n + m) * (6 * u - n * m * (4 * n * m - 1))) / (6 * (n * m) ** 2))
  let column: Map<number, number>[] = Array.from({ length: n + 1 }, (_, v) => new Map(v === 0 ? [[0, 1]] : []))
  for (let w = 0; w <= m; w++) {
    let below = new Map<number, number>()
    column = column.map((left, v) => {
      const step = (a * v - b * w) ** 2
      const counts = new Map<number, number>()
      for (const source of [below, left]) {
        for (const [value, count] of source) counts.set(value + step, (counts.get(value + step) ?? 0) + count)
      }
      below = counts
      return counts
    })
  }
  let [above, all] = [0, 0]
  for (const [value, count] of column[n]!) {
    all += count
    if (value >= threshold) above += count
  }
  return above / all
}
