/** What cannot be boosted is refused before any work, by name. */
import { MillraceError, ShapeError } from '../core/index.ts'
import type { BoostOptions, LabeledFeatures } from './boost.ts'

/** The memory of a kernel. */
const MOST_BYTES = 2 ** 32

/**
 * @throws ShapeError for arrays whose lengths do not go together
 * @throws MillraceError INVALID_ARGUMENT for options outside of their range, or more rows than fit into the memory of a
 *   kernel; INVALID_DATA for targets that the objective does not take
 */
export function checkBoosting(training: LabeledFeatures, options: BoostOptions): void {
  checkOptions(options)
  checkLabeled('the training data', training, options)
  const { rowCount, featureCount } = training.features
  if (options.validation !== undefined) {
    checkLabeled('the validation data', options.validation, options)
    checkLength(
      'boost: the features of a row of the validation data',
      options.validation.features.featureCount,
      featureCount,
    )
  }
  if (options.weights !== undefined) checkWeights(options.weights, rowCount)
  if (bytesNeeded(training, options) < MOST_BYTES) return
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `boost: ${rowCount} rows of ${featureCount} features with trees of up to ${options.maxLeaves} leaves need more than 4 GiB. Learn from fewer rows, or lower maxLeaves or maxBins.`,
  )
}

function checkOptions({ maxDepth, patience, validateEvery = 1, ...options }: BoostOptions): void {
  requireWhole('nEstimators', options.nEstimators, 1)
  requireWhole('maxLeaves', options.maxLeaves, 2)
  requireWhole('maxBins', options.maxBins, 2, 255)
  if (maxDepth !== undefined) requireWhole('maxDepth', maxDepth, 1)
  if (patience !== undefined) requireWhole('patience', patience, 1)
  requireWhole('validateEvery', validateEvery, 1)
  requireThat('learningRate', options.learningRate, options.learningRate > 0, 'a number above 0')
  requireThat('minChildWeight', options.minChildWeight, options.minChildWeight >= 0, 'a number from 0 up')
  requireThat('l2', options.l2, options.l2 >= 0, 'a number from 0 up')
  for (const name of ['subsample', 'featureFraction'] as const) {
    const share = options[name]
    requireThat(name, share, share > 0 && share <= 1, 'a share above 0 and up to 1')
  }
}

function requireWhole(name: string, value: number, least: number, most = Infinity): void {
  const range = most === Infinity ? `from ${least} up` : `${least} to ${most}`
  requireThat(name, value, Number.isInteger(value) && value >= least && value <= most, `a whole number, ${range}`)
}

function requireThat(name: string, value: number, fits: boolean, expected: string): void {
  if (fits && Number.isFinite(value)) return
  throw new MillraceError('INVALID_ARGUMENT', `boost: ${name} is ${value}, expected ${expected}.`)
}

function checkLabeled(what: string, { features, targets }: LabeledFeatures, { objective }: BoostOptions): void {
  const { data, rowCount, featureCount } = features
  if (rowCount === 0 || featureCount === 0) {
    throw new MillraceError(
      'INVALID_DATA',
      `boost: ${what} have ${rowCount} rows of ${featureCount} features. Give some.`,
    )
  }
  checkLength(`boost: the features of ${what}`, data.length, rowCount * featureCount)
  checkLength(`boost: the targets of ${what}`, targets.length, rowCount)
  const row = targets.findIndex((target) => !objective.takes(target))
  if (row === -1) return
  throw new MillraceError(
    'INVALID_DATA',
    `boost: the target of row ${row + 1} of ${what} is ${targets[row]}, but ${objective.name} takes ${objective.expected}.`,
  )
}

function checkWeights(weights: Float64Array, rowCount: number): void {
  checkLength('boost: the weights', weights.length, rowCount)
  const row = weights.findIndex((weight) => !(weight >= 0 && weight < Infinity))
  if (row === -1 && weights.some((weight) => weight > 0)) return
  const found = row === -1 ? 'all weights are 0' : `the weight of row ${row + 1} is ${weights[row]}`
  throw new MillraceError('INVALID_DATA', `boost: ${found}, expected numbers from 0 up, not all 0.`)
}

function checkLength(what: string, found: number, expected: number): void {
  if (found !== expected) throw new ShapeError('', `${what} are ${found} numbers, expected ${expected}.`)
}

/** About what a grower takes: bins, rows, scores and derivatives, histograms. */
function bytesNeeded({ features }: LabeledFeatures, { objective, maxBins, maxLeaves }: BoostOptions): number {
  const { rowCount, featureCount } = features
  const aRow = featureCount + 12 + 24 * objective.outputs + 16
  return rowCount * aRow + Math.min(maxLeaves, rowCount) * featureCount * 8 * (Math.min(maxBins, rowCount) + 1)
}
