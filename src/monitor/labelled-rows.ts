/** Rows that have both a target and a prediction, and the probabilities beside them. */
import { DataError } from '../core/index.ts'
import { type Column, type Table } from '../data/index.ts'
import { binaryProbabilities, type Probabilities } from '../metrics/index.ts'

/** Labels as text, whatever the columns hold. */
export interface LabelledRows {
  readonly target: readonly string[]
  readonly prediction: readonly string[]
  /** Rows where either is missing. */
  readonly unlabelled: number
  /** The rows of the table that are left, in order. */
  readonly rows: readonly number[]
}

/** @throws DataError naming a column that does not exist, or when no row is labelled */
export function labelledRows(table: Table, target: string, prediction: string): LabelledRows {
  const [targets, predictions] = [textsOf(table, target), textsOf(table, prediction)]
  const rows = targets.flatMap((label, row) => (label === null || predictions[row] === null ? [] : [row]))
  requireLabelled(rows.length, target, prediction)
  return {
    target: rows.map((row) => targets[row]!),
    prediction: rows.map((row) => predictions[row]!),
    unlabelled: table.rowCount - rows.length,
    rows,
  }
}

/** The same for numbers; infinities count as missing. */
export function labelledNumbers(
  table: Table,
  target: string,
  prediction: string,
): { readonly target: Float64Array; readonly prediction: Float64Array; readonly unlabelled: number } {
  const [targets, predictions] = [numbersOf(table, target), numbersOf(table, prediction)]
  const isLabelled = (row: number): boolean => Number.isFinite(targets[row]) && Number.isFinite(predictions[row])
  const kept = {
    target: targets.filter((_, row) => isLabelled(row)),
    prediction: predictions.filter((_, row) => isLabelled(row)),
  }
  requireLabelled(kept.target.length, target, prediction)
  return { ...kept, unlabelled: table.rowCount - kept.target.length }
}

/** Where the probabilities are: one column, of the positive of two labels, or one column a label. */
export type ProbabilityColumns = string | Readonly<Record<string, string>>

/**
 * The probabilities of `rows`.
 *
 * @param labels the two labels, the positive one last, for a single column
 * @throws DataError when a column does not exist or holds no numbers, when one of `rows` has no probability, or a single
 *   column is given for other than two labels
 */
export function probabilitiesOf(
  table: Table,
  columns: ProbabilityColumns,
  rows: readonly number[],
  labels: readonly string[],
): Probabilities<string> {
  if (typeof columns === 'string') {
    const [negative, positive] = labels
    if (negative === undefined || positive === undefined || labels.length > 2) {
      throw new DataError(
        { column: columns },
        `One column of probabilities is for two labels, but the labels are: ${labels.join(', ')}. ` +
          'Give a column for each label: {"label": "column", …}.',
      )
    }
    return binaryProbabilities([negative, positive], chancesOf(table, columns, rows))
  }
  const classes = Object.keys(columns)
  const values = classes.map((label) => chancesOf(table, columns[label]!, rows))
  return { classes, values: Float64Array.from(rows.flatMap((_, i) => values.map((one) => one[i]!))) }
}

function chancesOf(table: Table, name: string, rows: readonly number[]): Float64Array {
  const values = numbersOf(table, name)
  return Float64Array.from(rows, (row) => {
    const value = values[row]!
    if (value >= 0 && value <= 1) return value
    const found = Number.isNaN(value) ? 'none' : value
    throw new DataError(
      { row: row + 1, column: name },
      `A row with a prediction needs a probability from 0 to 1, found ${found}. Correct it, or leave its prediction out.`,
    )
  })
}

function textsOf(table: Table, name: string): (string | null)[] {
  requireColumn(table, name)
  return table.strings(name)
}

function numbersOf(table: Table, name: string): Float64Array {
  requireColumn(table, name)
  const column: Column = table.column(name)
  if (column.type === 'double' || column.type === 'long') return column.values
  throw new DataError({ column: name }, `It should hold numbers, but holds ${column.type} values.`)
}

function requireColumn(table: Table, name: string): void {
  if (table.has(name)) return
  throw new DataError({ column: name }, `There is no such column. There are: ${table.columnNames.join(', ')}.`, {
    code: 'SCHEMA_MISMATCH',
  })
}

function requireLabelled(count: number, target: string, prediction: string): void {
  if (count > 0) return
  throw new DataError(
    {},
    `No row has both a target ("${target}") and a prediction ("${prediction}"). Label rows first.`,
  )
}
