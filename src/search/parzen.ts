/**
 * Densities made of earlier values, as the tree-structured Parzen estimator needs them (Bergstra et al., Algorithms for
 * Hyper-Parameter Optimization, 2011, section 4), with Optuna's choices where the paper leaves them open: each value is
 * the middle of a normal distribution cut off at the bounds and as wide as the gap to its farther neighbour; one more,
 * in the middle and as wide as the range, stands for what was known before.
 */
import type { Random } from '../core/index.ts'
import { normalTail } from '../metrics/special-functions.ts'
import { type FloatDomain, fromInterval, type IntDomain, intervalOf, toInterval } from './space.ts'

export interface Density {
  draw(random: Random): number
  /** ln of the density at `x`; for whole numbers and choices of the probability. */
  logDensity(x: number): number
}

/** How many of the newest values count fully; older ones count less and less. */
const FULL_WEIGHTS = 25

/** The weight of each of `count` values in their order, and of the prior, together 1. */
function weightsOf(count: number): number[] {
  const ramp = Math.max(0, count - FULL_WEIGHTS)
  const ofValue = (i: number): number => {
    if (i >= ramp) return 1
    return ramp === 1 ? 1 / count : 1 / count + (i / (ramp - 1)) * (1 - 1 / count)
  }
  const weights = [...Array.from({ length: count }, (_, i) => ofValue(i)), 1]
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}

interface Kernel {
  readonly mean: number
  readonly sigma: number
  readonly weight: number
}

/**
 * The density of a range's numbers, from `values` in the order they were seen. On a log scale it is the density of the
 * logarithm.
 */
export function numberDensity(domain: FloatDomain | IntDomain, values: readonly number[]): Density {
  const { low, high } = intervalOf(domain)
  const places = values.map((value) => toInterval(domain, value))
  const weights = weightsOf(values.length)
  const sigmas = widthsOf(places, low, high)
  const kernels: Kernel[] = [
    ...places.map((mean, i) => ({ mean, sigma: sigmas[i]!, weight: weights[i]! })),
    { mean: (low + high) / 2, sigma: high - low, weight: weights.at(-1)! },
  ]
  const masses = kernels.map((kernel) => massOf(kernel, low, high))
  const logOf = (kernel: Kernel, value: number): number => {
    if (domain.kind === 'int') {
      return Math.log(massOf(kernel, toInterval(domain, value - 0.5), toInterval(domain, value + 0.5)))
    }
    const z = (toInterval(domain, value) - kernel.mean) / kernel.sigma
    return -(z * z) / 2 - Math.log(kernel.sigma * Math.sqrt(2 * Math.PI))
  }
  return {
    draw: (random) => {
      const { mean, sigma } = kernels[drawIndex(weights, random)]!
      // At least a third of the normal distribution lies within the bounds, as its middle does.
      for (;;) {
        const place = mean + sigma * random.normal()
        if (place >= low && place <= high) return fromInterval(domain, place)
      }
    },
    logDensity: (value) =>
      logSumExp(kernels.map((kernel, i) => Math.log(kernel.weight) + logOf(kernel, value) - Math.log(masses[i]!))),
  }
}

/** How wide the normal distribution round each place is: the gap to its farther neighbour. */
function widthsOf(places: readonly number[], low: number, high: number): number[] {
  const order = Array.from(places.keys()).toSorted((a, b) => places[a]! - places[b]!)
  const narrowest = (high - low) / Math.min(100, 2 + places.length)
  const widths: number[] = []
  order.forEach((i, rank) => {
    const before = places[order[rank - 1] ?? -1]
    const after = places[order[rank + 1] ?? -1]
    // The bounds are neighbours only of a place that has no other.
    const isAlone = places.length === 1
    const gaps = [before ?? (isAlone ? low : undefined), after ?? (isAlone ? high : undefined)]
    const gap = Math.max(...gaps.map((neighbour) => (neighbour === undefined ? 0 : Math.abs(places[i]! - neighbour))))
    widths[i] = Math.min(high - low, Math.max(narrowest, gap))
  })
  return widths
}

/** The probabilities of `count` options, from the positions of those chosen earlier, in their order. */
export function choiceDensity(values: readonly number[], count: number): Density {
  const weights = weightsOf(values.length)
  // Each earlier choice spreads a little over all options, the more the fewer there are.
  const spread = 1 / (values.length + 1)
  const probabilities = Array.from({ length: count }, (_, option) => {
    const ofChoices = values.reduce(
      (sum, value, i) => sum + (weights[i]! * (spread + Number(value === option))) / (1 + count * spread),
      0,
    )
    return ofChoices + weights.at(-1)! / count
  })
  return {
    draw: (random) => drawIndex(probabilities, random),
    logDensity: (option) => Math.log(probabilities[option]!),
  }
}

function drawIndex(weights: readonly number[], random: Random): number {
  let left = random.uniform()
  for (const [i, weight] of weights.entries()) {
    left -= weight
    if (left < 0) return i
  }
  return weights.length - 1
}

/** How much of a normal distribution lies between two places, from whichever tail loses no digits. */
function massOf({ mean, sigma }: Kernel, from: number, to: number): number {
  const [low, high] = [(from - mean) / sigma, (to - mean) / sigma]
  return low > 0 ? normalTail(low) - normalTail(high) : normalTail(-high) - normalTail(-low)
}

function logSumExp(values: readonly number[]): number {
  const largest = Math.max(...values)
  if (largest === -Infinity) return -Infinity
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0))
}
