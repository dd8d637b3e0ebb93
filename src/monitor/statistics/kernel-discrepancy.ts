/** The maximum mean discrepancy test of numbers (Gretton et al. 2012). */
import { MillraceError, Random } from '../../core/index.ts'
import type { NumberSamples } from './samples.ts'

/** Memory and time grow with the square of the rows: of more than this a side, so many are drawn. */
const MAX_ROWS = 1000
const ROUNDS = 100

/**
 * The share of 100 random divisions of the pooled values whose discrepancy, under a Gaussian kernel as wide as the
 * median distance within the reference, is at least that found. Seeded; draws 1000 values of a larger side.
 *
 * @throws MillraceError INVALID_DATA when a side has a single value
 */
export function kernelDiscrepancy({ reference, current }: NumberSamples): number {
  if (Math.min(reference.length, current.length) < 2) {
    throw new MillraceError('INVALID_DATA', 'empirical_mmd needs at least two values on each side.')
  }
  const random = new Random(0).fork('kernel discrepancy')
  const [first, second] = [draw(reference, random), draw(current, random)]
  const kernel = kernelMatrix([...first, ...second], kernelScale(first))
  const inOrder = Uint32Array.from({ length: first.length + second.length }, (_, i) => i)
  const observed = discrepancy(kernel, inOrder, first.length)
  let reached = 0
  for (let round = 0; round < ROUNDS; round++) {
    if (discrepancy(kernel, random.permutation(inOrder.length), first.length) >= observed) reached++
  }
  return reached / ROUNDS
}

function draw(values: Float64Array, random: Random): Float64Array {
  if (values.length <= MAX_ROWS) return values
  return Float64Array.from(random.permutation(values.length).subarray(0, MAX_ROWS), (row) => values[row]!)
}

/** 1 / the median squared distance of all pairs, a value with itself included; 1 where that is 0. */
function kernelScale(values: Float64Array): number {
  const distances = new Float64Array(values.length ** 2)
  values.forEach((a, i) => values.forEach((b, j) => (distances[i * values.length + j] = (a - b) ** 2)))
  const median = distances.sort()[Math.round((distances.length - 1) / 2)]!
  return 1 / (median === 0 ? 1 : median)
}

/** [n, n] with zeros on the diagonal. */
function kernelMatrix(values: readonly number[], scale: number): Float64Array {
  const kernel = new Float64Array(values.length ** 2)
  values.forEach((a, i) =>
    values.forEach((b, j) => (kernel[i * values.length + j] = i === j ? 0 : Math.exp(-scale * (a - b) ** 2))),
  )
  return kernel
}

/** The squared discrepancy when the first `n` of `order` are one side and the rest the other. */
function discrepancy(kernel: Float64Array, order: Uint32Array, n: number): number {
  const m = order.length - n
  let [within, across, withinOther] = [0, 0, 0]
  for (let i = 0; i < order.length; i++) {
    const row = order[i]! * order.length
    for (let j = 0; j < i; j++) {
      const value = kernel[row + order[j]!]!
      if (i < n) within += value
      else if (j >= n) withinOther += value
      else across += value
    }
  }
  return (2 * within) / (n * (n - 1)) + (2 * withinOther) / (m * (m - 1)) - (2 * across) / (n * m)
}
