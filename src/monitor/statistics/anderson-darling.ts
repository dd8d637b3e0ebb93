/** The two-sample Anderson-Darling test. */
import { MillraceError } from '../../core/index.ts'
import { forEachValue, type NumberSamples } from './samples.ts'

/**
 * Scholz and Stephens' k-sample test (1987) for two samples, with midranks. The p-value is interpolated in their table
 * and lies in 0.001 to 0.25.
 *
 * @throws MillraceError INVALID_DATA when all values are the same or there are fewer than four
 */
export function andersonDarling({ reference, current }: NumberSamples): number {
  const total = reference.length + current.length
  if (total < 4 || Math.min(reference[0]!, current[0]!) === Math.max(reference.at(-1) ?? 0, current.at(-1) ?? 0)) {
    throw new MillraceError(
      'INVALID_DATA',
      'anderson (Anderson-Darling) needs at least four values and two different ones. Choose another method.',
    )
  }
  const statistic = midrankStatistic(reference, current)
  return interpolate((statistic - 1) / Math.sqrt(varianceOf(reference.length, current.length)))
}

function midrankStatistic(reference: Float64Array, current: Float64Array): number {
  const [n, m] = [reference.length, current.length]
  const total = n + m
  let [seenReference, seenCurrent, sumReference, sumCurrent] = [0, 0, 0, 0]
  forEachValue(reference, current, (_, inReference, inCurrent) => {
    const tied = inReference + inCurrent
    const middle = seenReference + seenCurrent + tied / 2
    const weight = tied / total / (middle * (total - middle) - (total * tied) / 4)
    sumReference += weight * (total * (seenReference + inReference / 2) - middle * n) ** 2
    sumCurrent += weight * (total * (seenCurrent + inCurrent / 2) - middle * m) ** 2
    seenReference += inReference
    seenCurrent += inCurrent
  })
  return (sumReference / n + sumCurrent / m) * ((total - 1) / total)
}

/** The variance of the statistic under no difference (Scholz & Stephens, formula 4, k = 2). */
function varianceOf(n: number, m: number): number {
  const total = n + m
  const inverse = 1 / n + 1 / m
  let [harmonic, g] = [0, 0]
  for (let i = total - 1; i >= 2; i--) {
    harmonic += 1 / i
    g += harmonic / (total - i + 1)
  }
  const h = harmonic + 1
  const a = 4 * g - 6 + (10 - 6 * g) * inverse
  const b = (2 * g - 4) * 4 + 16 * h + (2 * g - 14 * h - 4) * inverse - 8 * h + 4 * g - 6
  const c = (6 * h + 2 * g - 2) * 4 + (4 * h - 4 * g + 6) * 2 + (2 * h - 6) * inverse + 4 * h
  const d = (2 * h + 6) * 4 - 8 * h
  return (a * total ** 3 + b * total ** 2 + c * total + d) / ((total - 1) * (total - 2) * (total - 3))
}

/** Critical values for k = 2, b0 + b1 + b2 of the table, with their significance levels. */
const CRITICAL = [
  [0.675 - 0.245 - 0.105, 0.25],
  [1.281 + 0.25 - 0.305, 0.1],
  [1.645 + 0.678 - 0.362, 0.05],
  [1.96 + 1.149 - 0.391, 0.025],
  [2.326 + 1.822 - 0.396, 0.01],
  [2.573 + 2.364 - 0.345, 0.005],
  [3.085 + 3.615 - 0.154, 0.001],
] as const

/** A parabola through the logarithms of the levels, by least squares; the ends of the table beyond it. */
function interpolate(statistic: number): number {
  if (statistic < CRITICAL[0][0]) return 0.25
  if (statistic > CRITICAL[6][0]) return 0.001
  const sums = [0, 0, 0, 0, 0]
  const right = [0, 0, 0]
  for (const [x, level] of CRITICAL) {
    for (let power = 0; power < 5; power++) sums[power]! += x ** power
    for (let power = 0; power < 3; power++) right[power]! += x ** power * Math.log(level)
  }
  const rows = [0, 1, 2].map((i) => [sums[i]!, sums[i + 1]!, sums[i + 2]!])
  const whole = determinant(rows)
  const [c0, c1, c2] = [0, 1, 2].map((column) => determinant(rows.map((row, i) => row.with(column, right[i]!))) / whole)
  return Math.exp(c0! + c1! * statistic + c2! * statistic ** 2)
}

function determinant(rows: readonly (readonly number[])[]): number {
  const [[a, b, c], [d, e, f], [g, h, i]] = rows as [
    [number, number, number],
    [number, number, number],
    [number, number, number],
  ]
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
}
