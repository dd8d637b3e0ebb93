/** Drift between two tables: every column they share, and the verdict over all. */
import { DataError, MillraceError, suggest } from '../core/index.ts'
import { requireRows, type Table } from '../data/index.ts'
import { type ColumnDrift, compareColumn } from './column-drift.ts'
import { inferColumnType } from './column-type.ts'
import { correctPValues } from './correction.ts'
import { type DriftOptions, parseDriftOptions } from './options.ts'
import { type ColumnProfile, profileColumn } from './profile.ts'

/** Plain data, ready to be written as JSON. */
export interface DriftReport {
  /** Every scored column, in the order of the option `columns`, else of the reference. */
  readonly columns: Readonly<Record<string, ColumnDrift>>
  /** Columns that were not scored, with the reason. */
  readonly unscored: Readonly<Record<string, string>>
  /** How many of the scored columns drifted, and which share that is. */
  readonly driftedCount: number
  readonly share: number
  /** The share from which on the tables count as drifted. */
  readonly driftShare: number
  /** Whether the tables drifted. */
  readonly drift: boolean
  readonly rows: { readonly reference: number; readonly current: number }
}

/**
 * Compares the columns that both tables have.
 *
 * Without options every column gets Evidently's default method, by its type, its distinct values and the number of
 * reference rows. Missing values and infinities are left out. Types are inferred from the reference. Columns of one
 * table alone, of dates, or without a value in the reference are not scored.
 *
 * @throws MillraceError INVALID_CONFIG for wrong options or a method that does not fit a column; DataError when a table
 * has no rows, a named column does not exist or is empty, or the two sides hold values of different kinds
 */
export function compareTables(reference: Table, current: Table, options: DriftOptions = {}): DriftReport {
  const checked = parseDriftOptions(options)
  requireRows(reference, 'reference')
  requireRows(current, 'current')
  const { names, unscored } = selectColumns(reference.columnNames, current.columnNames, checked)
  const columns: [string, ColumnDrift][] = []
  for (const name of names) {
    const type = checked.types?.[name] ?? inferColumnType(reference.column(name))
    const before = profileColumn(name, reference.column(name), type)
    const now = profileColumn(name, current.column(name), type)
    const reason = unscoredReason(before, now)
    if (reason === undefined) columns.push([name, compareColumn(name, before, now, checked)])
    else unscored[name] = reason
  }
  return driftReport(columns, unscored, { reference: reference.rowCount, current: current.rowCount }, checked)
}

/** Why a column is not scored; undefined of one that is. */
export function unscoredReason(reference: ColumnProfile, current: ColumnProfile): string | undefined {
  if (reference.type === 'datetime') return 'dates are not scored'
  if (reference.type === 'unknown') return 'it has no value in the reference'
  const hasOneText = [reference, current].some((side) => side.type === 'text' && side.texts.length === 1)
  return hasOneText ? 'one text on a side is too little to learn from' : undefined
}

/** The columns to compare and those that only one side has. */
export function selectColumns(
  reference: readonly string[],
  current: readonly string[],
  options: DriftOptions,
): { readonly names: readonly string[]; readonly unscored: Record<string, string> } {
  const [inReference, inCurrent] = [new Set(reference), new Set(current)]
  const { columns, types, perColumnMethod, perColumnThreshold } = options
  for (const name of [types, perColumnMethod, perColumnThreshold].flatMap((named) => Object.keys(named ?? {}))) {
    // Of a column that only the current data has, the type may be given too.
    if (!inCurrent.has(name)) requireColumn(name, inReference, 'reference')
  }
  for (const name of columns ?? []) {
    requireColumn(name, inReference, 'reference')
    requireColumn(name, inCurrent, 'current')
  }
  if (columns !== undefined) return { names: [...new Set(columns)], unscored: {} }
  const unscored = Object.fromEntries([
    ...reference.filter((name) => !inCurrent.has(name)).map((name) => [name, 'it is missing in the current data']),
    ...current.filter((name) => !inReference.has(name)).map((name) => [name, 'it is missing in the reference data']),
  ]) as Record<string, string>
  const names = reference.filter((name) => inCurrent.has(name))
  if (names.length > 0) return { names, unscored }
  throw new MillraceError(
    'SCHEMA_MISMATCH',
    `The two tables share no column. The reference has: ${reference.join(', ')}. The current data has: ${current.join(', ')}.`,
  )
}

/** Applies the correction and gives the verdict over all columns. */
export function driftReport(
  scored: readonly (readonly [string, ColumnDrift])[],
  unscored: Readonly<Record<string, string>>,
  rows: DriftReport['rows'],
  { correction = 'none', driftShare = 0.5 }: DriftOptions,
): DriftReport {
  const columns = correctPValues(scored, correction)
  const driftedCount = columns.filter(([, { drift }]) => drift).length
  const share = columns.length === 0 ? 0 : driftedCount / columns.length
  return {
    columns: Object.fromEntries(columns),
    unscored,
    driftedCount,
    share,
    driftShare,
    drift: columns.length > 0 && share >= driftShare,
    rows,
  }
}

/** @throws DataError SCHEMA_MISMATCH for a column that a side does not have, with what may have been meant */
export function requireColumn(name: string, columns: ReadonlySet<string>, side: string): void {
  if (columns.has(name)) return
  throw new DataError(
    { column: name },
    `The ${side} data has no such column. ${suggest(name, [...columns], 'columns')}`,
    { code: 'SCHEMA_MISMATCH' },
  )
}
