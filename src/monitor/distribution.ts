/** How the values of a column are distributed on both sides, small enough to be drawn and kept. */
import type { ColumnProfile } from './profile.ts'
import { countInBins, equalEdges } from './statistics/binning.ts'

/** Numbers in bins of equal width over both sides. */
export interface BinnedDistribution {
  readonly kind: 'bins'
  /** [bins + 1], ascending. */
  readonly edges: readonly number[]
  /** [bins]; empty without a reference. */
  readonly reference: readonly number[]
  readonly current: readonly number[]
}

/** Counts of the most frequent values; what is rarer is together under `…`. */
export interface ValueDistribution {
  readonly kind: 'values'
  readonly values: readonly string[]
  /** [values]; empty without a reference. */
  readonly reference: readonly number[]
  readonly current: readonly number[]
}

export type Distribution = BinnedDistribution | ValueDistribution

const BINS = 20
const VALUES = 10

/** The distribution of numbers and categories; undefined of other columns and where there is nothing to count. */
export function distributionOf(reference: ColumnProfile | undefined, current: ColumnProfile): Distribution | undefined {
  if (current.type === 'numerical') {
    const other = reference?.type === 'numerical' ? reference.sorted : undefined
    return binned(other, current.sorted)
  }
  if (current.type !== 'categorical') return undefined
  return counted(reference?.type === 'categorical' ? reference.counts : undefined, current.counts)
}

function binned(reference: Float64Array | undefined, current: Float64Array): BinnedDistribution | undefined {
  const sides = [reference, current].filter((side) => side !== undefined && side.length > 0)
  if (sides.length === 0) return undefined
  const low = Math.min(...sides.map((side) => side?.[0] ?? 0))
  const high = Math.max(...sides.map((side) => side?.at(-1) ?? 0))
  const edges = low === high ? equalEdges(low - 0.5, high + 0.5, 1) : equalEdges(low, high, BINS)
  return {
    kind: 'bins',
    edges,
    reference: reference === undefined ? [] : countInBins(reference, edges),
    current: countInBins(current, edges),
  }
}

function counted(
  reference: ReadonlyMap<string, number> | undefined,
  current: ReadonlyMap<string, number>,
): ValueDistribution {
  const names = [...new Set([...(reference?.keys() ?? []), ...current.keys()])]
  const weight = (name: string): number => (reference?.get(name) ?? 0) + (current.get(name) ?? 0)
  names.sort((a, b) => weight(b) - weight(a))
  const shown = names.length > VALUES ? names.slice(0, VALUES - 1) : names
  const rest = names.slice(shown.length)
  const countsOf = (side: ReadonlyMap<string, number>): number[] => {
    const counts = shown.map((name) => side.get(name) ?? 0)
    if (rest.length > 0) counts.push(rest.reduce((sum, name) => sum + (side.get(name) ?? 0), 0))
    return counts
  }
  return {
    kind: 'values',
    values: rest.length > 0 ? [...shown, '…'] : shown,
    reference: reference === undefined ? [] : countsOf(reference),
    current: countsOf(current),
  }
}
