/** Categories as whole numbers. */
import { MillraceError } from '../core/index.ts'
import { countTexts, sortTexts, textColumns } from './batch.ts'
import type { Fitted } from './fitted-step.ts'
import { asMatrix, lookUpFloat, missingTextsBeside, sideBySide } from './lookup.ts'
import type { StepDefinition } from './step-definition.ts'
import { type Encoder, singleStep } from './transformer.ts'

/** The numbers `ordinalEncoder` gives for what is no category. */
export interface OrdinalOptions {
  /** For a category that was not in the training rows. Default -1; NaN is possible. */
  readonly unknownValue?: number
  /** For a missing value. Default NaN, so that a `simpleImputer` may follow. */
  readonly missingValue?: number
}

/**
 * Numbers the categories of each column 0, 1, … in order of their code points, as tree models like it.
 *
 * scikit-learn's OrdinalEncoder with handle_unknown='use_encoded_value' and encoded_missing_value.
 *
 * @throws MillraceError INVALID_ARGUMENT when a value for unknown or missing is that of a category (0, 1, …)
 */
export function ordinalEncoder({ unknownValue = -1, missingValue = NaN }: OrdinalOptions = {}): Encoder {
  requireNoCode('unknownValue', unknownValue)
  requireNoCode('missingValue', missingValue)
  return singleStep({ string: 'number' }, 'ordinalEncoder', (batch) => ({
    kind: 'ordinalEncoder',
    unknownValue: nullIfNaN(unknownValue),
    missingValue: nullIfNaN(missingValue),
    columns: textColumns(batch, 'ordinalEncoder').map((column) => ({
      categories: sortTexts(countTexts(column, 'ordinalEncoder').keys()),
    })),
  }))
}

function requireNoCode(option: string, value: number): void {
  const isCode = value >= 0 && Number.isInteger(value)
  if (!isCode && (Number.isNaN(value) || Number.isFinite(Math.fround(value)))) return
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `ordinalEncoder: ${option} is ${value}, expected NaN or a finite number that no category gets (0, 1, 2, …), such as -1.`,
  )
}

function nullIfNaN(value: number): number | null {
  return Number.isNaN(value) ? null : value
}

export const ordinalEncoding: StepDefinition<Fitted<'ordinalEncoder'>, 'string', 'number'> = {
  from: 'string',
  to: 'number',
  featureNames: (_, columns) => columns,
  lower: (graph, { columns, unknownValue, missingValue }, vectors) => {
    const matrices = columns.map(({ categories }, i) => {
      const missing = missingTextsBeside(new Set(categories))
      const codes = [...categories.keys(), ...missing.map(() => missingValue ?? NaN)]
      const numbers = lookUpFloat(graph, vectors[i]!, [...categories, ...missing], codes, unknownValue ?? NaN)
      return asMatrix(graph, numbers)
    })
    return sideBySide(graph, matrices)
  },
}
