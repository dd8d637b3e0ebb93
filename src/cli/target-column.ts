/** Checks of the column to predict, made before there is a run that could fail. */
import { DataError } from '../core/index.ts'
import type { ColumnType, Table } from '../data/index.ts'

/** The values of the column `target` as text. @throws DataError when there is no such column, or a row without a value */
export function targetLabels(path: string, table: Table, target: string): string[] {
  requireColumn(path, table, target, 'to predict')
  return table
    .select(target)
    .toRecords()
    .map((row, position) => {
      if (row[target] !== null) return String(row[target])
      throw new DataError(
        { file: path, row: position + 1, column: target },
        'The target is missing. Leave out the rows without one.',
      )
    })
}

/** @throws DataError listing the columns there are when `name` is none of them */
export function requireColumn(path: string, table: Table, name: string, purpose: string): void {
  if (table.has(name)) return
  throw new DataError(
    { file: path },
    `There is no column "${name}" ${purpose}. The table has: ${table.columnNames.join(', ')}.`,
  )
}

/** @throws DataError when there is one class only, or hardly a row for each */
export function requireClasses(path: string, column: string, labels: readonly string[]): void {
  const count = new Set(labels).size
  if (count === 1) {
    throw new DataError(
      { file: path, column },
      `All rows have the class "${labels[0]}". A classifier needs at least two classes.`,
    )
  }
  if (count * 2 > labels.length) {
    throw new DataError(
      { file: path, column },
      `${count} classes in ${labels.length} rows are too many to learn. Choose another target, or --kind mlp-regressor for numbers.`,
    )
  }
}

/** @throws DataError when a column of that type holds nothing that a regressor could learn */
export function requireNumbers(path: string, column: string, type: ColumnType): void {
  if (type !== 'string' && type !== 'datetime') return
  throw new DataError(
    { file: path, column },
    `A regressor needs numbers, found ${type} values. For classes take --kind mlp-classifier.`,
  )
}
