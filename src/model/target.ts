/** Reading the column to predict, with errors that name the column and the row. */
import { DataError } from '../core/index.ts'
import type { Table } from '../data/index.ts'
import { fitLabels, type FittedLabels } from '../preprocess/index.ts'

/**
 * The classes of a target, as `fitLabels` orders them.
 *
 * @throws DataError for a missing value, or a column of double or datetime, which holds no classes
 */
export function fitClasses(table: Table, target: string): FittedLabels {
  const column = table.column(target)
  if (column.type === 'double' || column.type === 'datetime') {
    throw new DataError(
      { column: target },
      `a classifier needs text, whole numbers or booleans, found ${column.type} values. ` +
        'Use a regressor for numbers, such as the kind mlp-regressor, or read the column as text.',
    )
  }
  requireTarget(table, target)
  return fitLabels(column)
}

/**
 * The target as class names, whatever its column's type.
 *
 * @throws DataError for a missing value, or a label that is none of `classes`
 */
export function targetLabels(table: Table, target: string, classes: readonly string[]): string[] {
  requireTarget(table, target)
  const labels = table.strings(target).map(String)
  const known = new Set(classes)
  const unknown = labels.findIndex((label) => !known.has(label))
  if (unknown === -1) return labels
  throw new DataError(
    { row: unknown + 1, column: target },
    `"${labels[unknown]}" is none of the classes the model learned: ${listed(classes)}. ` +
      'Leave such rows out, or see that the training rows have some of every class (folds: stratifyBy).',
  )
}

/**
 * The target as numbers, booleans being 0 and 1.
 *
 * @throws DataError for text or dates, a missing value, or one that a 32-bit float cannot hold
 */
export function targetNumbers(table: Table, target: string): Float64Array {
  const { type } = table.column(target)
  if (type === 'string' || type === 'datetime') {
    throw new DataError(
      { column: target },
      `a regressor needs numbers, found ${type} values. Use a classifier for classes, such as the kind mlp-classifier.`,
    )
  }
  requireTarget(table, target)
  const values = table.numbers(target)
  const unfit = values.findIndex((value) => !Number.isFinite(Math.fround(value)))
  if (unfit === -1) return values
  throw new DataError(
    { row: unfit + 1, column: target },
    `the target is ${values[unfit]}, expected a finite 32-bit float. Correct it, leave out the row, or divide the column by a constant.`,
  )
}

/** @throws DataError naming the first row whose target is missing */
function requireTarget(table: Table, target: string): void {
  const missing = table.missingCount(target) === 0 ? -1 : table.strings(target).indexOf(null)
  if (missing !== -1)
    throw new DataError({ row: missing + 1, column: target }, 'the target is missing. Leave out the rows without one.')
}

function listed(classes: readonly string[]): string {
  const rest = classes.length > 10 ? `, and ${classes.length - 10} more` : ''
  return `${classes.slice(0, 10).join(', ')}${rest}`
}
