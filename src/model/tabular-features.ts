/** Choosing features of a table, and the usual preprocessing for each kind of column. */
import { DataError, MillraceError } from '../core/index.ts'
import type { Table } from '../data/index.ts'
import {
  type ColumnGroup,
  columnTransformer,
  type FittedPreprocessor,
  minMaxScaler,
  oneHotEncoder,
  passthrough,
  pipeline,
  robustScaler,
  simpleImputer,
  standardScaler,
} from '../preprocess/index.ts'

export const scalings = ['standard', 'minMax', 'robust', 'none'] as const
type Scaling = (typeof scalings)[number]

export interface FeatureOptions {
  readonly target: string
  /** Default: every column but the target. */
  readonly features?: readonly string[] | undefined
  readonly scaling: Scaling
  /** What becomes of missing numbers. Default: the mean of the column. */
  readonly missing?: 'fill' | 'keep'
}

/**
 * Whether `fitFeatures` has something to learn from in each column.
 *
 * @throws MillraceError INVALID_CONFIG for features that are not there, the target among them, or dates
 * @throws DataError for a feature that is missing in all rows
 */
export function checkFeatures(table: Table, { target, features }: Omit<FeatureOptions, 'scaling' | 'missing'>): void {
  for (const name of chosenFeatures(table, target, features)) {
    if (table.types[name] === 'datetime') {
      throw new MillraceError(
        'INVALID_CONFIG',
        `The column "${name}" holds dates, which a model cannot learn from. Leave it out of "features", or make numbers of it.`,
      )
    }
    if (table.missingCount(name) === table.rowCount) {
      throw new DataError({ column: name }, 'every value is missing. Leave the column out of "features", or fill it.')
    }
  }
}

/**
 * Numbers: mean imputation unless missing ones are kept, then scaling. Text: the most frequent value for missing ones,
 * then one-hot. Fitted on the rows of `table` alone, which `checkFeatures` has passed.
 */
export async function fitFeatures(
  table: Table,
  { target, features, scaling, missing = 'fill' }: FeatureOptions,
): Promise<FittedPreprocessor> {
  const names = chosenFeatures(table, target, features)
  const types = table.types
  const text = names.filter((name) => types[name] === 'string')
  const numbers = names.filter((name) => types[name] !== 'string')
  const filled = missing === 'keep' ? passthrough() : simpleImputer()
  const groups: ColumnGroup[] = []
  if (numbers.length > 0)
    groups.push({ columns: numbers, transform: scaling === 'none' ? filled : pipeline(filled, scalers[scaling]()) })
  if (text.length > 0)
    groups.push({ columns: text, transform: pipeline(simpleImputer({ strategy: 'mostFrequent' }), oneHotEncoder()) })
  return await columnTransformer(groups).fit(table)
}

/** Inputs and outputs of a graph share one set of names. */
const outputNames = new Set(['label', 'probabilities', 'prediction'])

const scalers = { standard: standardScaler, minMax: minMaxScaler, robust: robustScaler } as const

function chosenFeatures(table: Table, target: string, features: readonly string[] | undefined): readonly string[] {
  const there = table.columnNames.join(', ')
  if (!table.has(target)) {
    throw new MillraceError('INVALID_CONFIG', `There is no column "${target}" to predict. The table has: ${there}.`)
  }
  const names = features ?? table.columnNames.filter((name) => name !== target)
  if (names.length === 0)
    throw new MillraceError('INVALID_CONFIG', 'There are no features: the target is the only column.')
  for (const name of names) {
    if (outputNames.has(name)) {
      throw new MillraceError(
        'INVALID_CONFIG',
        `The column "${name}" has the name of an output of the model. Rename it, or leave it out of "features".`,
      )
    }
    if (name === target) throw new MillraceError('INVALID_CONFIG', `The target "${target}" cannot be a feature too.`)
    if (!table.has(name))
      throw new MillraceError('INVALID_CONFIG', `There is no column "${name}" for "features". The table has: ${there}.`)
  }
  return names
}
