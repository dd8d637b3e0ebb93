/** Cross-validation of a model, each fold a nested run. */
import { DataError } from '../core/index.ts'
import type { Split, Table } from '../data/index.ts'
import { type Summary, summarise } from '../metrics/index.ts'
import { type Evaluation, evaluateModel, type Model, type ModelTrainOptions } from '../model/index.ts'
import type { ActiveRun } from './active-run.ts'
import type { TrackingClient } from './open-tracking.ts'
import { withRun } from './with-run.ts'

export interface CrossValidateOptions extends Pick<ModelTrainOptions, 'signal' | 'data'> {
  readonly table: Table
  readonly target: string
  readonly folds: readonly Split[]
  /** Told of each fold's scores as they come; folds count from 1. */
  readonly onFold?: (fold: number, metrics: Readonly<Record<string, number>>) => void
}

export interface ModelCrossValidation {
  /** Mean and population standard deviation over the folds, by metric. */
  readonly scores: Readonly<Record<string, Summary>>
  /** What each row scored when its fold was the test (see `Evaluation.perRow`), fold after fold. */
  readonly perRow: Float64Array
}

/**
 * Trains and scores a model anew on each fold, preprocessing included. A fold is a run inside `parent`, named
 * `cross-validation-fold-<n>`, with its scores as `test_<metric>`; the parent gets their means as `test_<metric>` and
 * their population standard deviations as `test_<metric>_std`. Folds are numbered from 0 in their names.
 *
 * @throws DataError naming rows as `table` counts them, and what model and store throw
 */
export async function crossValidateModel<Config>(
  client: TrackingClient,
  parent: ActiveRun,
  model: Model<Config>,
  { table, target, folds, signal, data, onFold }: CrossValidateOptions,
): Promise<ModelCrossValidation> {
  const results: Evaluation[] = []
  for (const [index, { train, test }] of folds.entries()) {
    const name = `cross-validation-fold-${index}`
    const abort = signal === undefined ? {} : { signal }
    const evaluation = await withRun(client, { parent, name, autolog: { models: false }, ...abort }, async (run) => {
      const options = { ...abort, ...(data === undefined ? {} : { data }) }
      await using trained = (await namingRows(train, () => model.train(table.take(train), options))).model
      const evaluation = await namingRows(test, () => evaluateModel(trained, table.take(test), target))
      signal?.throwIfAborted()
      await run.logMetrics(foldMetrics(evaluation.metrics))
      return evaluation
    })
    results.push(evaluation)
    onFold?.(index + 1, evaluation.metrics)
  }
  const validation = summariseFolds(results)
  await parent.logMetrics(summaryMetrics(validation))
  return validation
}

/** What the folds of a cross-validation come to, in the order of the folds. Scores that some fold lacks are left out. */
export function summariseFolds(folds: readonly Pick<Evaluation, 'metrics' | 'perRow'>[]): ModelCrossValidation {
  const names = Object.keys(folds[0]?.metrics ?? {}).filter((name) => folds.every(({ metrics }) => name in metrics))
  const scores = names.map((name) => [name, summarise(folds.map(({ metrics }) => metrics[name]!))] as const)
  return {
    scores: Object.fromEntries(scores),
    perRow: Float64Array.from(folds.flatMap(({ perRow }) => [...perRow])),
  }
}

/** The metrics of one fold as they are logged: `test_<metric>`. */
export function foldMetrics(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`test_${name}`, value]))
}

/** The metrics of a whole cross-validation as they are logged: `test_<metric>` and `test_<metric>_std`. */
export function summaryMetrics({ scores }: Pick<ModelCrossValidation, 'scores'>): Record<string, number> {
  return foldMetrics(
    Object.fromEntries(
      Object.entries(scores).flatMap(([name, { mean, std }]): [string, number][] => [
        [name, mean],
        [`${name}_std`, std],
      ]),
    ),
  )
}

/** Lets errors of `work`, which sees only `rows` of a table, give the numbers that rows have in the whole table. */
async function namingRows<T>(rows: Uint32Array, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof DataError) || error.location.row === undefined) throw error
    const { location, detail, code } = error
    throw new DataError({ ...location, row: rows[error.location.row - 1]! + 1 }, detail, {
      cause: error,
      code: code === 'SCHEMA_MISMATCH' ? code : 'INVALID_DATA',
    })
  }
}
