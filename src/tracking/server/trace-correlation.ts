import { type TraceCounts } from '../tracking-store.ts'

/** Jeffreys' prior for each of the four cells. */
const prior = 0.5

/**
 * How much two filters of traces have to do with each other: normalised pointwise mutual information, from -1 (never
 * together) over 0 (independent) to 1 (always together), as it is and smoothed. Left out where it has no meaning, because
 * a filter matches nothing (Bouma, 2009: Normalized (Pointwise) Mutual Information in Collocation Extraction).
 */
export function correlation(counts: TraceCounts): Readonly<Record<string, number | undefined>> {
  const { total, first, second, both } = counts
  const isDefined = first > 0 && second > 0
  const smoothed = npmi(both + prior, first + 2 * prior, second + 2 * prior, total + 4 * prior)
  return {
    npmi: isDefined ? npmi(both, first, second, total) : undefined,
    npmi_smoothed: isDefined ? smoothed : undefined,
    filter1_count: first,
    filter2_count: second,
    joint_count: both,
    total_count: total,
  }
}

function npmi(both: number, first: number, second: number, total: number): number {
  if (both === 0) return -1
  if (both === total) return 1
  const [ofBoth, ofFirst, ofSecond, ofAll] = [both, first, second, total].map(Math.log) as [
    number,
    number,
    number,
    number,
  ]
  const value = (ofBoth + ofAll - ofFirst - ofSecond) / (ofAll - ofBoth)
  return Math.max(-1, Math.min(1, value))
}
