/** Filling in what is missing. */
import { DataError, MillraceError } from '../core/index.ts'
import {
  type Batch,
  countTexts,
  type NumberColumn,
  numberColumns,
  presentNumbers,
  sortTexts,
  type TextColumn,
  textColumns,
} from './batch.ts'
import type { Fitted, FittedStep } from './fitted-step.ts'
import { isOneOf, missingTextsBeside } from './lookup.ts'
import { quantile } from './quantile.ts'
import type { StepDefinition } from './step-definition.ts'
import { type NumberTransformer, singleStep, type StringTransformer, type Transformer } from './transformer.ts'

/** How a missing value is filled; see `simpleImputer`. */
export type ImputerOptions =
  | { readonly strategy?: 'mean' | 'median' }
  | { readonly strategy: 'mostFrequent' }
  | { readonly strategy: 'constant'; readonly fillValue: number | string }

/**
 * Replaces missing values by one value a column, learned from the training rows.
 *
 * Strategies: 'mean' (default) and 'median' for numbers; 'mostFrequent' for numbers or text, of equally frequent values
 * the smallest (text by code point); 'constant', a number or text given as `fillValue`. Missing are NaN, '' and the
 * texts None, nan, NaN and <NA> as Python clients send them, unless a text was seen as such in the training rows.
 * scikit-learn's SimpleImputer, except that a column with only missing values is refused rather than dropped.
 *
 * @throws MillraceError INVALID_ARGUMENT for an unknown strategy or a fill value that is missing itself
 */
export function simpleImputer(options?: { readonly strategy?: 'mean' | 'median' }): NumberTransformer
export function simpleImputer(options: {
  readonly strategy: 'mostFrequent'
}): Transformer<{ readonly number: 'number'; readonly string: 'string' }>
export function simpleImputer(options: { readonly strategy: 'constant'; readonly fillValue: number }): NumberTransformer
export function simpleImputer(options: { readonly strategy: 'constant'; readonly fillValue: string }): StringTransformer
export function simpleImputer(options: ImputerOptions = {}): Transformer {
  const name = 'simpleImputer'
  switch (options.strategy) {
    case undefined:
    case 'mean':
      return singleStep({ number: 'number' }, name, (batch) => fitNumbers(batch, mean))
    case 'median':
      return singleStep({ number: 'number' }, name, (batch) => fitNumbers(batch, median))
    case 'mostFrequent':
      return singleStep({ number: 'number', string: 'string' }, name, (batch) =>
        batch.kind === 'number' ? fitNumbers(batch, mostFrequentNumber) : fitTexts(batch, mostFrequentText),
      )
    case 'constant':
      return constantImputer(name, options.fillValue)
    default:
      throw new MillraceError(
        'INVALID_ARGUMENT',
        `simpleImputer: the strategy is ${JSON.stringify((options as { strategy: unknown }).strategy)}, expected ` +
          '"mean", "median", "mostFrequent" or "constant".',
      )
  }
}

function constantImputer(name: string, fillValue: unknown): Transformer {
  if (typeof fillValue === 'string' && fillValue !== '' && !fillValue.includes('\0')) {
    return singleStep({ string: 'string' }, name, (batch) => fitTexts(batch, () => fillValue.toWellFormed()))
  }
  if (typeof fillValue === 'number' && Number.isFinite(Math.fround(fillValue))) {
    return singleStep({ number: 'number' }, name, (batch) => fitNumbers(batch, () => fillValue))
  }
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `simpleImputer: fillValue is ${typeof fillValue === 'string' ? JSON.stringify(fillValue) : String(fillValue)}, ` +
      'expected a finite 32-bit float, or text that is not empty and has no NUL character.',
  )
}

function fitNumbers(batch: Batch, fillFor: (column: NumberColumn) => number): FittedStep {
  const columns = numberColumns(batch, 'simpleImputer').map((column) => {
    const fill = fillFor(column) + 0 // adding 0 turns -0 into 0, which is all that JSON can keep
    if (Number.isFinite(Math.fround(fill))) return { fill }
    throw new DataError(
      { column: column.name },
      `simpleImputer would fill in ${fill}, which does not fit a 32-bit float. Divide the column by a constant first.`,
    )
  })
  return { kind: 'numberImputer', columns }
}

function fitTexts(batch: Batch, fillFor: (column: TextColumn) => string): FittedStep {
  const columns = textColumns(batch, 'simpleImputer').map((column) => ({
    fill: fillFor(column),
    missing: missingTextsBeside(new Set(column.values)),
  }))
  return { kind: 'stringImputer', columns }
}

function mean(column: NumberColumn): number {
  const values = presentNumbers(column, 'simpleImputer')
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function median(column: NumberColumn): number {
  return quantile(presentNumbers(column, 'simpleImputer').sort(), 0.5)
}

function mostFrequentNumber(column: NumberColumn): number {
  const sorted = presentNumbers(column, 'simpleImputer').sort()
  let [best, bestCount, count] = [sorted[0]!, 0, 0]
  for (const [i, value] of sorted.entries()) {
    count = value === sorted[i - 1] ? count + 1 : 1
    if (count > bestCount) [best, bestCount] = [value, count]
  }
  return best
}

function mostFrequentText(column: TextColumn): string {
  const counts = countTexts(column, 'simpleImputer')
  const most = Math.max(...counts.values())
  return sortTexts([...counts.keys()].filter((text) => counts.get(text) === most))[0]!
}

export const numberImputing: StepDefinition<Fitted<'numberImputer'>, 'number', 'number'> = {
  from: 'number',
  to: 'number',
  featureNames: (_, columns) => columns,
  lower: (graph, { columns }, matrix) =>
    graph.node('Where', [
      graph.node('IsNaN', [matrix]),
      graph.constant(
        Float32Array.from(columns, ({ fill }) => fill),
        [1, columns.length],
        'float32',
      ),
      matrix,
    ]),
}

export const stringImputing: StepDefinition<Fitted<'stringImputer'>, 'string', 'string'> = {
  from: 'string',
  to: 'string',
  featureNames: (_, columns) => columns,
  lower: (graph, { columns }, vectors) =>
    columns.map(({ fill, missing }, i) =>
      graph.node('Where', [isOneOf(graph, vectors[i]!, missing), graph.strings([fill]), vectors[i]!]),
    ),
}
