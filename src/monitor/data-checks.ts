/** The tests that are made for a data set of themselves, with and without a reference: Evidently's, and their bounds. */
import { type Check, checkAtMost, checkEqual, checkGreater, checkLess, toleranceOf } from './check.ts'
import type { DriftReport } from './compare.ts'
import type { ColumnSummary, TableSummary } from './summary.ts'

export interface DataCheckOptions {
  /**
   * How missing values are held against the reference: `within` ±10 %, as Evidently does, or `at-most` 10 % more, so
   * that fewer gaps than there were do not fail. Default: within.
   */
  readonly missing?: 'within' | 'at-most' | undefined
}

const RELATIVE = 0.1

/** Tests of a table as a whole and of its columns; with a reference against that, else against none missing and the like. */
export function checkData(
  current: TableSummary,
  reference: TableSummary | undefined,
  options: DataCheckOptions = {},
): Check[] {
  const columns = Object.entries(current.columns).flatMap(([name, column]) =>
    reference === undefined
      ? [checkEqual({ label: `Column '${name}' missing values`, value: column.missing, column: name }, 0)]
      : checkColumn(name, column, reference.columns[name], options),
  )
  return [...(reference === undefined ? checkTableAlone(current) : checkTable(current, reference, options)), ...columns]
}

/** A test that fewer columns drifted than may, and one for each column. */
export function checkDrift({ columns, share, driftShare }: DriftReport): Check[] {
  const each = Object.entries(columns).map(([column, { score, label, threshold, drift }]): Check => ({
    name: `Value Drift for column ${column}`,
    description: `Drift score is ${score.toFixed(2)}. The drift detection method is ${label}. The drift threshold is ${threshold}.`,
    status: drift ? 'FAIL' : 'SUCCESS',
    column,
  }))
  return [checkLess({ label: 'Share of Drifted Columns', value: share }, driftShare), ...each]
}

const TABLE_LABELS = {
  rowCount: 'Row count in dataset',
  columnCount: 'Column count in dataset',
  duplicatedRows: 'Duplicated row count in dataset',
  duplicatedColumns: 'Duplicated column count in dataset',
  almostConstantColumns: 'Almost constant column count in dataset (eps=0.95)',
  emptyRows: 'Count of empty rows in dataset',
  emptyColumns: 'Count of empty columns in dataset',
  constantColumns: 'Count of constant columns in dataset',
  missing: 'Count and share of missing values in dataset',
} as const

type Measure = keyof typeof TABLE_LABELS

function measure(summary: TableSummary, of: Measure): number {
  const value = summary[of]
  return typeof value === 'number' ? value : value.length
}

function checkTableAlone(summary: TableSummary): Check[] {
  return (Object.keys(TABLE_LABELS) as Measure[]).map((of) => {
    const found = { label: TABLE_LABELS[of], value: measure(summary, of) }
    return of === 'rowCount' || of === 'columnCount' ? checkGreater(found, 0) : checkEqual(found, 0)
  })
}

function checkTable(current: TableSummary, reference: TableSummary, options: DataCheckOptions): Check[] {
  return (Object.keys(TABLE_LABELS) as Measure[]).map((of) => {
    const found = { label: TABLE_LABELS[of], value: measure(current, of) }
    const expected = measure(reference, of)
    switch (of) {
      case 'columnCount':
        return checkEqual(found, expected, 0)
      case 'duplicatedColumns':
      case 'almostConstantColumns':
      case 'emptyColumns':
      case 'constantColumns':
        return checkAtMost(found, expected)
      case 'missing':
        return checkMissing(found, expected, options)
      case 'rowCount':
      case 'duplicatedRows':
      case 'emptyRows':
        return checkEqual(found, expected, toleranceOf(expected, RELATIVE))
    }
  })
}

function checkColumn(
  name: string,
  current: ColumnSummary,
  reference: ColumnSummary | undefined,
  options: DataCheckOptions,
): Check[] {
  if (reference === undefined) return []
  const label = `Column '${name}' missing values`
  const gaps = [
    checkMissing({ label, value: current.missing, column: name }, reference.missing, options),
    checkMissing({ label, value: current.missingShare, column: name }, reference.missingShare, options),
  ]
  if (current.type !== 'numerical' || reference.type !== 'numerical') return gaps
  const near = (words: string, value: number, expected: number): Check =>
    checkEqual({ label: `${words} of '${name}'`, value, column: name }, expected, toleranceOf(expected, RELATIVE))
  return [
    ...gaps,
    near('Minimal value', current.min, reference.min),
    near('Maximum value', current.max, reference.max),
    near('Mean value', current.mean, reference.mean),
    near('Std value', current.std, reference.std),
    ...[0.25, 0.5, 0.75].map((share, i) => near(`Quantile ${share}`, current.quantiles[i]!, reference.quantiles[i]!)),
  ]
}

function checkMissing(
  found: { readonly label: string; readonly value: number; readonly column?: string },
  expected: number,
  { missing = 'within' }: DataCheckOptions,
): Check {
  const tolerance = toleranceOf(expected, RELATIVE)
  return missing === 'within' ? checkEqual(found, expected, tolerance) : checkAtMost(found, expected + tolerance)
}
