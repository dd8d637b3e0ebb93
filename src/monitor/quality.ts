/** The quality of predictions, measured on labelled rows or expected from probabilities. */
import { MillraceError } from '../core/index.ts'
import type { Table } from '../data/index.ts'
import type { Check } from './check.ts'
import { checkClassification, type ClassificationQuality, classificationQuality } from './classification-quality.ts'
import { inferColumnType } from './column-type.ts'
import { type ExpectedQuality, expectBinary, expectMulticlass } from './expected-quality.ts'
import { labelledNumbers, labelledRows, probabilitiesOf } from './labelled-rows.ts'
import type { ReportOptions } from './options.ts'
import { checkRegression, type RegressionQuality, regressionQuality } from './regression-quality.ts'
import type { Sides } from './report.ts'

export type Quality = ClassificationQuality | RegressionQuality

/** The columns that quality is measured on. */
export function usedColumns({ target, prediction, probabilities }: ReportOptions): string[] {
  const columns = typeof probabilities === 'object' ? Object.values(probabilities) : [probabilities]
  return [target, prediction, ...columns].filter((name) => name !== undefined)
}

/**
 * How right the predictions were; undefined where no target or prediction is named, or the current table has no target.
 *
 * @throws MillraceError INVALID_CONFIG when a target is named without a prediction; DataError when a column is wrong
 */
export function measureQuality(
  { reference, current }: Sides<Table>,
  options: ReportOptions,
): Sides<Quality> | undefined {
  const { target, prediction } = options
  if (target === undefined) return undefined
  if (prediction === undefined) {
    throw new MillraceError(
      'INVALID_CONFIG',
      `The target column is "${target}", but no prediction column is named. Name it with "prediction".`,
    )
  }
  if (!hasValue(current, target)) return undefined
  const before = reference && hasValue(reference, target) && reference.has(prediction) ? reference : undefined
  const task = options.task ?? taskOf(before ?? current, target)
  const labels = sharedLabels([before, current], target, prediction)
  const measure = (table: Table): Quality =>
    task === 'regression'
      ? regressionOf(table, target, prediction)
      : classificationOf(table, target, prediction, labels, options)
  return { current: measure(current), ...(before && { reference: measure(before) }) }
}

/** Against the reference where it is labelled too, else against the dummy. */
export function checkQuality({ reference, current }: Sides<Quality>): Check[] {
  if (current.task === 'regression') {
    return checkRegression(current, reference?.task === 'regression' ? reference : undefined)
  }
  return checkClassification(current, reference?.task === 'classification' ? reference : undefined)
}

/** How right the predictions of the current rows should be by their probabilities; undefined without those. */
export function expectQuality(
  { reference, current }: Sides<Table>,
  options: ReportOptions,
): ExpectedQuality | undefined {
  const { target, prediction, probabilities } = options
  if (probabilities === undefined || prediction === undefined) return undefined
  const { prediction: predicted, rows } = labelledRows(current, prediction, prediction)
  if (typeof probabilities !== 'string') {
    return expectMulticlass(probabilitiesOf(current, probabilities, rows, []), predicted)
  }
  const labels = ordered(sharedLabels([reference, current], target ?? prediction, prediction), options.positive)
  const [negative = '', positive = ''] = labels
  const chances = positiveColumn(current, probabilities, rows, labels)
  return expectBinary([negative, positive], chances, predicted, calibrationRows(reference, options, labels))
}

function calibrationRows(
  reference: Table | undefined,
  { target, prediction, probabilities }: ReportOptions,
  labels: readonly string[],
): { labels: readonly string[]; probabilities: Float64Array } | undefined {
  if (reference === undefined || target === undefined || prediction === undefined) return undefined
  if (typeof probabilities !== 'string' || !reference.has(probabilities) || !hasValue(reference, target))
    return undefined
  const labelled = labelledRows(reference, target, prediction)
  return {
    labels: labelled.target,
    probabilities: positiveColumn(reference, probabilities, labelled.rows, labels),
  }
}

function positiveColumn(
  table: Table,
  column: string,
  rows: readonly number[],
  labels: readonly string[],
): Float64Array {
  const { values } = probabilitiesOf(table, column, rows, labels)
  return Float64Array.from(rows, (_, i) => values[2 * i + 1]!)
}

function regressionOf(table: Table, target: string, prediction: string): RegressionQuality {
  const rows = labelledNumbers(table, target, prediction)
  return regressionQuality(rows.target, rows.prediction, rows.unlabelled)
}

function classificationOf(
  table: Table,
  target: string,
  prediction: string,
  labels: readonly string[],
  { probabilities, positive }: ReportOptions,
): ClassificationQuality {
  const rows = labelledRows(table, target, prediction)
  return classificationQuality(rows, {
    ...(positive !== undefined && { positive }),
    ...(probabilities !== undefined && {
      probabilities: probabilitiesOf(table, probabilities, rows.rows, ordered(labels, positive)),
    }),
  })
}

/** The labels of all tables, sorted. */
function sharedLabels(tables: readonly (Table | undefined)[], target: string, prediction: string): string[] {
  const labels = new Set<string>()
  for (const table of tables) {
    for (const name of [target, prediction]) {
      if (table?.has(name) !== true) continue
      for (const label of table.strings(name)) if (label !== null) labels.add(label)
    }
  }
  return [...labels].sort()
}

/** Two labels with the positive one last. */
function ordered(labels: readonly string[], positive: string | undefined): readonly string[] {
  return positive !== undefined && labels[0] === positive ? labels.toReversed() : labels
}

function taskOf(table: Table, target: string): 'classification' | 'regression' {
  return inferColumnType(table.column(target)) === 'numerical' ? 'regression' : 'classification'
}

function hasValue(table: Table, name: string): boolean {
  return table.has(name) && table.missingCount(name) < table.rowCount
}
