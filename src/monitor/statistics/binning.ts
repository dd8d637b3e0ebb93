/** Shares of values in bins, as the distances need them. */
import { countDistinct, countNumbers, forEachValue, type NumberSamples, total, type ValueCounts } from './samples.ts'

/** Shares [k] of the same k bins on both sides, summing to 1. */
export interface BinnedShares {
  readonly reference: readonly number[]
  readonly current: readonly number[]
}

/** Numbers of more distinct values are put into bins; of fewer, each value is its own bin, as with categories. */
export const COUNTED_VALUES = 20

/**
 * Numbers with more than 20 distinct reference values in bins of equal width over both sides, as many as Sturges' rule
 * gives; with fewer, one bin a value.
 */
export function numberShares(samples: NumberSamples): BinnedShares {
  const { reference, current, whole } = samples
  if (countDistinct(reference, reference, COUNTED_VALUES) <= COUNTED_VALUES) return valueShares(countNumbers(samples))
  const edges = sturgesEdges(range(samples), reference.length + current.length, whole)
  return { reference: sharesIn(reference, edges), current: sharesIn(current, edges) }
}

export function valueShares({ reference, current }: ValueCounts): BinnedShares {
  const [n, m] = [total(reference), total(current)]
  return { reference: reference.map((count) => count / n), current: current.map((count) => count / m) }
}

/** Shares in Sturges' bins over the set of distinct values, which is how Hellinger's distance is defined here. */
export function distinctValueShares(samples: NumberSamples): BinnedShares {
  const { reference, current, whole } = samples
  let distinct = 0
  forEachValue(reference, current, () => distinct++)
  const edges = sturgesEdges(range(samples), distinct, whole)
  return { reference: sharesIn(reference, edges), current: sharesIn(current, edges) }
}

/**
 * Empty bins filled with 0.0001, or with a millionth of the smallest share where that is not above 0.0001, so that
 * logarithms exist. Shares are not made to sum to 1 again.
 */
export function fillEmptyBins({ reference, current }: BinnedShares): BinnedShares {
  return { reference: fillZeros(reference), current: fillZeros(current) }
}

/** Counts of ascending values in half-open bins, the last one closed. Values outside are not counted. */
export function countInBins(sorted: Float64Array, edges: readonly number[]): number[] {
  const positions = edges.map((edge, i) =>
    i === edges.length - 1 ? countUpTo(sorted, edge) : countBelow(sorted, edge),
  )
  return positions.slice(1).map((end, i) => end - positions[i]!)
}

/**
 * Edges of equal bins by Sturges' rule (1926): width = range / (log2(n) + 1). As NumPy's histogram_bin_edges makes them:
 * a range of 0 is widened by ½ on both sides; bins of whole numbers are at least 1 wide.
 */
function sturgesEdges(
  { low, high }: { readonly low: number; readonly high: number },
  n: number,
  whole = false,
): number[] {
  if (low === high) return [low - 0.5, high + 0.5]
  const width = (high - low) / (Math.log2(n) + 1)
  const bins = Math.ceil((high - low) / (whole ? Math.max(1, width) : width))
  return equalEdges(low, high, bins)
}

/** Edges [bins + 1] of equal bins from low to high. */
export function equalEdges(low: number, high: number, bins: number): number[] {
  const step = (high - low) / bins
  return Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : i * step + low))
}

function sharesIn(sorted: Float64Array, edges: readonly number[]): number[] {
  return countInBins(sorted, edges).map((count) => count / sorted.length)
}

function range({ reference, current }: NumberSamples): { low: number; high: number } {
  return { low: Math.min(reference[0]!, current[0]!), high: Math.max(reference.at(-1) ?? 0, current.at(-1) ?? 0) }
}

function fillZeros(shares: readonly number[]): number[] {
  const smallest = Math.min(...shares.filter((share) => share !== 0))
  const filling = smallest <= 0.0001 ? smallest / 1e6 : 0.0001
  return shares.map((share) => (share === 0 ? filling : share))
}

/** How many of the ascending values are below `edge`. */
function countBelow(sorted: Float64Array, edge: number): number {
  return partition(sorted, (value) => value < edge)
}

/** How many of the ascending values are at most `edge`. */
function countUpTo(sorted: Float64Array, edge: number): number {
  return partition(sorted, (value) => value <= edge)
}

/** How many values come before the first for which `isBefore` is false, by bisection. */
function partition(sorted: Float64Array, isBefore: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(sorted[middle]!)) low = middle + 1
    else high = middle
  }
  return low
}
