/** Cross-validation of a model, each fold a nested run. */
import type { Table } from '../data/index.ts'
import { type Summary, summarise } from '../metrics/index.ts'
import { type Evaluation, evaluateModel, type Model } from '../model/index.ts'
import type { ActiveRun } from './active-run.ts'
import type { TrackingClient } from './open-tracking.ts'
import { withRun } from './with-run.ts'

export interface Fold {
  readonly train: Uint32Array
  readonly test: Uint32Array
}

export interface CrossValidateOptions {
  readonly table: Table
  readonly target: string
  readonly folds: readonly Fold[]
  readonly signal?: AbortSignal
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
 * their population standard deviations as `test_<metric>_std`.
 */
export async function crossValidateModel<Config>(
  client: TrackingClient,
  parent: ActiveRun,
  model: Model<Config>,
  { table, target, folds, signal, onFold }: CrossValidateOptions,
): Promise<ModelCrossValidation> {
  const results: Evaluation[] = []
  for (const [index, { train, test }] of folds.entries()) {
    const name = `cross-validation-fold-${index}`
    const abort = signal === undefined ? {} : { signal }
    const evaluation = await withRun(client, { parent, name, autolog: { models: false }, ...abort }, async (run) => {
      await using trained = (await model.train(table.take(train), abort)).model
      const evaluation = await evaluateModel(trained, table.take(test), target)
      signal?.throwIfAborted()
      await run.logMetrics(withPrefix(evaluation.metrics))
      return evaluation
    })
    results.push(evaluation)
    onFold?.(index + 1, evaluation.metrics)
  }
  const names = Object.keys(results[0]?.metrics ?? {}).filter((name) => results.every(({ metrics }) => name in metrics))
  const scores = Object.fromEntries(
    names.map((name) => [name, summarise(results.map(({ metrics }) => metrics[name]!))]),
  )
  const logged = Object.entries(scores).flatMap(([name, { mean, std }]): [string, number][] => [
    [name, mean],
    [`${name}_std`, std],
  ])
  await parent.logMetrics(withPrefix(Object.fromEntries(logged)))
  return { scores, perRow: Float64Array.from(results.flatMap(({ perRow }) => [...perRow])) }
}

function withPrefix(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`test_${name}`, value]))
}
