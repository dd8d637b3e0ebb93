/** Corrections of p-values for comparing many columns at once. */
import type { ColumnDrift } from './column-drift.ts'

export type Correction = 'none' | 'bonferroni' | 'benjamini-hochberg'

/**
 * Adjusts the p-values among `columns` and judges those columns anew; distances have no chance of error to correct.
 *
 * Bonferroni bounds the chance that any of the columns is found by chance; Benjamini and Hochberg (1995) bound the
 * expected share of such among those found.
 */
export function correctPValues(
  columns: readonly (readonly [string, ColumnDrift])[],
  correction: Correction,
): readonly (readonly [string, ColumnDrift])[] {
  if (correction === 'none') return columns
  const tests = columns.filter(([, { kind }]) => kind === 'p-value')
  const adjust = correction === 'bonferroni' ? bonferroni : benjaminiHochberg
  const adjusted = new Map(adjust(tests.map(([, { score }]) => score)).map((p, i) => [tests[i]![0], p]))
  return columns.map(([name, column]) => {
    const p = adjusted.get(name)
    return [name, p === undefined ? column : { ...column, adjusted: p, drift: p <= column.threshold }]
  })
}

function bonferroni(ps: readonly number[]): number[] {
  return ps.map((p) => Math.min(1, p * ps.length))
}

function benjaminiHochberg(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).sort((a, b) => ps[b]! - ps[a]!)
  const adjusted = [...ps]
  let smallest = 1
  order.forEach((i, fromLast) => {
    smallest = Math.min(smallest, (ps[i]! * ps.length) / (ps.length - fromLast))
    adjusted[i] = smallest
  })
  return adjusted
}
