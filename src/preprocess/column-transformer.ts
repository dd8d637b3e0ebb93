/** The door to this room: which columns go through which transformers. */
import { MillraceError } from '../core/index.ts'
import type { Table } from '../data/index.ts'
import { type Batch, readBatch } from './batch.ts'
import { FittedPreprocessor } from './fitted-preprocessor.ts'
import type { FittedGroup, FittedStep } from './fitted-step.ts'
import type { Kind } from './kinds.ts'
import { featureNamesAfter, kindsOf, lowerNumbers, lowerTexts } from './lower-steps.ts'
import { inputsOf } from './preprocessor-json.ts'
import { runMatrix, runTexts } from './run-fragment.ts'
import type { Encoder, NumberTransformer, Step } from './transformer.ts'

/** Columns that go through the same transformer, each with statistics of its own. */
export interface ColumnGroup {
  /** Raw columns: double, long or boolean for numbers, string for text. */
  readonly columns: readonly string[]
  /** A transformer that ends in numbers. */
  readonly transform: NumberTransformer | Encoder
}

/** A preprocessor that is configured and not fitted: it can only be fitted. */
export interface ColumnTransformer {
  /**
   * Learns from the rows of `table`, and from nothing else; the table is left as it is. Statistics are float64.
   *
   * @throws DataError SCHEMA_MISMATCH when columns are absent or of another type; INVALID_DATA when there are no rows, a
   *   column has no values, infinite ones or such that 32-bit floats cannot hold
   */
  fit(table: Table): Promise<FittedPreprocessor>
}

/**
 * Sends groups of columns through transformers and puts the features side by side, in the order of the groups.
 *
 * Columns that no group names are left out. A column may be in several groups, if all take it as text or all as numbers;
 * its features then appear once for each. scikit-learn's ColumnTransformer.
 *
 * @throws MillraceError INVALID_ARGUMENT when there is no group, or a group has no column, or one twice or without a name
 *
 * @example
 *     const preprocessor = await columnTransformer([
 *       { columns: ['mass'], transform: pipeline(simpleImputer(), standardScaler()) },
 *       { columns: ['island', 'sex'], transform: oneHotEncoder() },
 *     ]).fit(training)
 *     const { data, featureCount } = await preprocessor.transform(test)
 */
export function columnTransformer(groups: readonly ColumnGroup[]): ColumnTransformer {
  if (groups.length === 0) throw invalid('there are no groups. Name the columns to transform')
  for (const { columns } of groups) {
    if (columns.length === 0) throw invalid('a group has no columns. Name at least one, or leave the group out')
    if (columns.includes('')) throw invalid('a column has an empty name. Rename it: inputs of a model have names')
    const twice = columns.find((column, i) => columns.indexOf(column) !== i)
    if (twice !== undefined) throw invalid(`a group names the column "${twice}" twice. Name it once`)
  }
  return { fit: (table) => fitGroups(groups, table) }
}

async function fitGroups(groups: readonly ColumnGroup[], table: Table): Promise<FittedPreprocessor> {
  if (table.rowCount === 0) {
    throw new MillraceError('INVALID_DATA', 'columnTransformer cannot be fitted: the table has no rows.')
  }
  // All raw columns first, so that a wrong name fails before any work.
  const raw = groups.map(({ columns, transform }) => readBatch(table, columns, kindTaken(transform)))
  const fitted: FittedGroup[] = []
  for (const [g, { columns, transform }] of groups.entries()) {
    fitted.push({ columns: [...columns], steps: await fitSteps(transform.steps, columns, raw[g]!, table) })
  }
  return new FittedPreprocessor(fitted)
}

/** The kind of columns from which the transformer makes numbers. */
function kindTaken({ kinds }: NumberTransformer | Encoder): Kind {
  return 'number' in kinds ? 'number' : 'string'
}

/** Fits each step on what the graph of those before it makes of the training rows. */
async function fitSteps(
  steps: readonly Step[],
  columns: readonly string[],
  raw: Batch,
  table: Table,
): Promise<FittedStep[]> {
  const fitted: FittedStep[] = []
  for (const step of steps) {
    const batch = fitted.length === 0 ? raw : await applySteps({ columns, steps: fitted }, table)
    fitted.push(step.fit(batch))
  }
  return fitted
}

async function applySteps(group: FittedGroup, table: Table): Promise<Batch> {
  const { columns, steps } = group
  const inputs = inputsOf([group])
  const names = featureNamesAfter(steps, columns)
  if (kindsOf(steps.at(-1)!).to === 'string') {
    const texts = await runTexts(table, inputs, (graph, values) => lowerTexts(graph, group, values))
    return { kind: 'string', columns: names.map((name, i) => ({ name, values: texts[i]! })) }
  }
  const width = names.length
  const matrix = await runMatrix(table, inputs, width, (graph, values) => lowerNumbers(graph, group, values))
  return { kind: 'number', columns: names.map((name, i) => ({ name, values: columnOf(matrix, i, width) })) }
}

function columnOf(matrix: Float32Array, column: number, width: number): Float64Array {
  return Float64Array.from({ length: matrix.length / width }, (_, row) => matrix[row * width + column]!)
}

function invalid(problem: string): MillraceError {
  return new MillraceError('INVALID_ARGUMENT', `columnTransformer: ${problem}.`)
}
