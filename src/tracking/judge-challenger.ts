/** The gate before a change of champion: is the new model, on the same rows, at most a little worse? */
import { MillraceError } from '../core/index.ts'
import { digest, type Table } from '../data/index.ts'
import { bootstrapDifference } from '../metrics/index.ts'
import { evaluateModel, type ModelPackage } from '../model/index.ts'
import type { GateEvidence } from './gate-evidence.ts'
import type { TrackingClient } from './open-tracking.ts'

export interface ChallengeOptions {
  readonly champion: ModelPackage
  readonly challenger: ModelPackage
  /** Rows that neither model has learned from, best of both old and new data. */
  readonly table: Table
  readonly target: string
  /** How much worse the challenger may be: accuracy for classifiers, mean squared error for regressors. Default: 0.02. */
  readonly delta?: number
  /** The level of the interval. Default: 0.95. */
  readonly level?: number
  /** Of the resampling. Default: 0. */
  readonly seed?: number
  /** The run the evidence is filed under. */
  readonly runId: string
}

/**
 * Holds `challenger` against `champion` on the rows of `table`. It passes when it is not worse by more than `delta` with
 * the confidence asked for: a non-inferiority test, on the bootstrap interval of the paired difference. Few rows give a
 * wide interval, and then a challenger has to be clearly as good; identical answers always pass.
 *
 * @throws MillraceError INVALID_ARGUMENT for a negative delta or models of different tasks; DataError as evaluateModel
 */
export async function judgeChallenger(
  client: Pick<TrackingClient, 'clock'>,
  { champion, challenger, table, target, delta = 0.02, level = 0.95, seed = 0, runId }: ChallengeOptions,
): Promise<GateEvidence> {
  const { task } = champion.config
  if (!(delta >= 0)) throw new MillraceError('INVALID_ARGUMENT', `delta is ${delta}, expected a number from 0.`)
  if (challenger.config.task !== task) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `The champion is for ${task}, the challenger for ${challenger.config.task}: they cannot be compared.`,
    )
  }
  const theirs = await evaluateModel(champion, table, target)
  const ours = await evaluateModel(challenger, table, target)
  const interval = bootstrapDifference(mean, [...ours.perRow], [...theirs.perRow], { seed, level })
  const higherIsBetter = task === 'classification'
  return {
    gate: 'not-worse-than-champion',
    metric: higherIsBetter ? 'accuracy_minus_champion' : 'mse_minus_champion',
    value: interval.estimate,
    threshold: higherIsBetter ? 0 - delta : delta,
    comparison: higherIsBetter ? '>=' : '<=',
    passed: higherIsBetter ? interval.low >= -delta : interval.high <= delta,
    interval: { low: interval.low, high: interval.high, level },
    datasetDigest: digest(table),
    runId,
    decidedAt: new Date(client.clock()).toISOString(),
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
