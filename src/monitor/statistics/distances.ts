/** Distances between two samples, higher meaning further apart. */
import type { BinnedShares } from './binning.ts'
import { populationDeviation } from './moments.ts'
import { forEachValue, type NumberSamples, total } from './samples.ts'

/** The 1-Wasserstein distance divided by the population standard deviation of the reference (at least 0.001). */
export function normedWasserstein(samples: NumberSamples): number {
  return distributionArea(samples, Math.abs) / Math.max(populationDeviation(samples.reference), 0.001)
}

/** √2 times the L2 distance of the distribution functions (Székely's energy distance, as SciPy has it). */
export function energyDistance(samples: NumberSamples): number {
  return Math.sqrt(2 * distributionArea(samples, (gap) => gap * gap))
}

/** ∫ weigh(F(x) − G(x)) dx over the distribution functions of both sides. */
function distributionArea({ reference, current }: NumberSamples, weigh: (gap: number) => number): number {
  let [seenReference, seenCurrent, area, previous] = [0, 0, 0, Math.min(reference[0]!, current[0]!)]
  forEachValue(reference, current, (value, inReference, inCurrent) => {
    area += weigh(seenReference / reference.length - seenCurrent / current.length) * (value - previous)
    seenReference += inReference
    seenCurrent += inCurrent
    previous = value
  })
  return area
}

/** The square root of the Jensen-Shannon divergence, in natural units: 0 to √ln 2. */
export function jensenShannon({ reference, current }: BinnedShares): number {
  const divergence = sumOver(reference, current, (p, q) => {
    const middle = (p + q) / 2
    return relativeEntropy(p, middle) + relativeEntropy(q, middle)
  })
  return Math.sqrt(Math.max(0, divergence) / 2)
}

/** The population stability index: Σ (p − q)·ln(p/q). No share may be 0. */
export function populationStability({ reference, current }: BinnedShares): number {
  return sumOver(reference, current, (p, q) => (p - q) * Math.log(p / q))
}

/** The Kullback-Leibler divergence of the current shares from those of the reference, each made to sum to 1; none is 0. */
export function kullbackLeibler({ reference, current }: BinnedShares): number {
  const [n, m] = [total(reference), total(current)]
  return sumOver(reference, current, (p, q) => relativeEntropy(p / n, q / m))
}

/** √(1 − Σ √(p·q)): 0 to 1. */
export function hellinger({ reference, current }: BinnedShares): number {
  const overlap = sumOver(reference, current, (p, q) => Math.sqrt(p * q))
  return Math.sqrt(1 - Math.min(1, Math.max(0, overlap)))
}

/** ½ Σ |p − q|: 0 to 1. */
export function totalVariation({ reference, current }: BinnedShares): number {
  return sumOver(reference, current, (p, q) => Math.abs(p - q)) / 2
}

function relativeEntropy(p: number, q: number): number {
  return p === 0 ? 0 : p * Math.log(p / q)
}

function sumOver(first: readonly number[], second: readonly number[], term: (p: number, q: number) => number): number {
  return first.reduce((sum, p, i) => sum + term(p, second[i]!), 0)
}
