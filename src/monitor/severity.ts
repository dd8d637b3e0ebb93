/** The order in which columns are looked at: the worst first. */
import type { ColumnDrift } from './column-drift.ts'

/** The names of the columns, drifted ones first, then by how far their scores are beyond or short of the threshold. */
export function bySeverity(columns: Readonly<Record<string, ColumnDrift>>): string[] {
  return Object.entries(columns)
    .map(([name, column]) => ({ name, drift: column.drift, excess: excess(column) }))
    .sort((a, b) => Number(b.drift) - Number(a.drift) || b.excess - a.excess)
    .map(({ name }) => name)
}

/** 1 at the threshold. P-values compare by their logarithms, so that 10^-9 is worse than 10^-3. */
function excess({ kind, score, adjusted = score, threshold }: ColumnDrift): number {
  if (kind === 'p-value') return Math.log(Math.max(adjusted, 1e-300)) / Math.log(Math.min(threshold, 0.99))
  return adjusted / Math.max(threshold, 1e-12)
}
