/** Bringing numbers to a common scale. All scalers come down to (x - center) / scale and share one lowering. */
import { DataError, MillraceError } from '../core/index.ts'
import { type NumberColumn, numberColumns, presentNumbers } from './batch.ts'
import { type Fitted, isDivisor } from './fitted-step.ts'
import { quantile } from './quantile.ts'
import type { StepDefinition } from './step-definition.ts'
import { type NumberTransformer, singleStep } from './transformer.ts'

type Scaling = Fitted<'scaler'>['columns'][number]

/**
 * Makes the mean of each column 0 and its standard deviation 1, measured on the training rows.
 *
 * The deviation is the population's (divided by n). A constant column is only centred. NaN is left out when fitting and
 * stays NaN. scikit-learn's StandardScaler with its defaults.
 */
export function standardScaler(): NumberTransformer {
  return scaler('standardScaler', (values) => {
    const n = values.length
    const mean = values.reduce((sum, value) => sum + value, 0) / n
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n
    // Where the variance is within the rounding error of the sums, the column is constant (scikit-learn's rule).
    const constant = variance <= n * Number.EPSILON * variance + (n * mean * Number.EPSILON) ** 2
    return { center: mean, scale: constant ? 1 : Math.sqrt(variance) }
  })
}

/**
 * Maps the smallest training value of each column to the low end of `range` (default [0, 1]) and the largest to its high
 * end. Later values may fall outside. A constant column becomes the low end. NaN is left out when fitting and stays NaN.
 * scikit-learn's MinMaxScaler.
 *
 * @throws MillraceError INVALID_ARGUMENT when the range is not [low, high] with low < high
 */
export function minMaxScaler({
  range = [0, 1],
}: { readonly range?: readonly [number, number] } = {}): NumberTransformer {
  const [low, high] = requireAscending('minMaxScaler', 'range', range, -Infinity, Infinity)
  return scaler('minMaxScaler', (values) => {
    const [smallest, largest] = extremes(values)
    const scale = oneIfZero(largest - smallest) / (high - low)
    return { center: smallest - low * scale, scale }
  })
}

/**
 * Subtracts the median of each column and divides by the distance between two quantiles (default the quartiles,
 * [0.25, 0.75]), which outliers hardly move. Where that distance is 0 the column is only centred. NaN is left out when
 * fitting and stays NaN. scikit-learn's RobustScaler, whose quantile_range counts in percent.
 *
 * @throws MillraceError INVALID_ARGUMENT when the quantiles are not ascending within 0..1
 */
export function robustScaler({
  quantiles = [0.25, 0.75],
}: { readonly quantiles?: readonly [number, number] } = {}): NumberTransformer {
  const [low, high] = requireAscending('robustScaler', 'quantiles', quantiles, 0, 1)
  return scaler('robustScaler', (values) => {
    const sorted = values.sort()
    return { center: quantile(sorted, 0.5), scale: oneIfZero(quantile(sorted, high) - quantile(sorted, low)) }
  })
}

function scaler(name: string, measure: (present: Float64Array) => Scaling): NumberTransformer {
  return singleStep({ number: 'number' }, name, (batch) => ({
    kind: 'scaler',
    columns: numberColumns(batch, name).map((column) =>
      checkScaling(name, column, measure(presentNumbers(column, name))),
    ),
  }))
}

function checkScaling(name: string, column: NumberColumn, { center, scale }: Scaling): Scaling {
  // Adding 0 turns -0 into 0, which is all that JSON can keep.
  if (Number.isFinite(Math.fround(center)) && isDivisor(scale)) return { center: center + 0, scale }
  throw new DataError(
    { column: column.name },
    `${name} would compute (x - ${center}) / ${scale}, which 32-bit floats cannot hold. ` +
      'Multiply or divide the column by a constant first.',
  )
}

function extremes(values: Float64Array): [number, number] {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity])
}

/** A spread of 0, or of no more than rounding error, must not be divided by: scikit-learn's _handle_zeros_in_scale. */
function oneIfZero(spread: number): number {
  return spread < 10 * Number.EPSILON ? 1 : spread
}

function requireAscending(
  name: string,
  option: string,
  pair: readonly [number, number],
  lowest: number,
  highest: number,
): readonly [number, number] {
  const [low, high] = pair
  if (low < high && low >= lowest && high <= highest && Number.isFinite(high - low)) return pair
  const bounds = Number.isFinite(lowest) ? ` within ${lowest}..${highest}` : ''
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `${name}: ${option} is [${low}, ${high}], expected two ascending finite numbers${bounds}.`,
  )
}

export const scaling: StepDefinition<Fitted<'scaler'>, 'number', 'number'> = {
  from: 'number',
  to: 'number',
  featureNames: (_, columns) => columns,
  lower: (graph, { columns }, matrix) => {
    const row = (values: Float32Array): string => graph.constant(values, [1, columns.length], 'float32')
    const centred = graph.node('Sub', [matrix, row(Float32Array.from(columns, ({ center }) => center))])
    return graph.node('Div', [centred, row(Float32Array.from(columns, ({ scale }) => scale))])
  },
}
