/** Logging trainings to a run without being asked: parameters, metrics by epoch, data, environment and model. */
import packageJson from '../../package.json' with { type: 'json' }
import type { TrainingObserver } from '../core/index.ts'
import type { ActiveRun } from './active-run.ts'
import { logFolder, logModel } from './log-model.ts'

/** What is logged of the trainings inside a run. */
export interface AutologOptions {
  /** Whether what was trained becomes artifacts of the run: models in the folder `model`, bare networks in `weights`. Default true. */
  readonly models?: boolean
}

/** Hears of trainings and logs nothing, so that no observer further out hears of them either. */
export const silentObserver: TrainingObserver = {
  datasetUsed() {},
  started() {},
  epochEnded() {},
  ended() {},
  weightsTrained() {},
  modelTrained() {},
}

/**
 * An observer that logs to `run`. A run can hold several trainings: the names of the second one's parameters and metrics
 * start with `training_2_`, for a parameter can be set once only.
 */
export function autologger(run: ActiveRun, { models = true }: AutologOptions = {}): TrainingObserver {
  let trainings = 0
  let modelCount = 0
  const prefixed = <T>(values: Readonly<Record<string, T>>): Record<string, T> => {
    const prefix = trainings > 1 ? `training_${trainings}_` : ''
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]))
  }
  return {
    async datasetUsed({ name, digest, source, columns, rowCount, context }) {
      await run.logInput({
        name,
        digest,
        source,
        context,
        schema: { mlflow_colspec: columns },
        profile: { num_rows: rowCount, num_elements: rowCount * columns.length },
      })
    },
    async started(parameters) {
      trainings += 1
      await run.logParams(prefixed(parameters))
      await run.setTags({
        'millrace.version': packageJson.version,
        'millrace.onnxruntime': packageJson.dependencies['onnxruntime-node'],
        'millrace.node': process.version,
        'millrace.platform': `${process.platform}-${process.arch}`,
      })
    },
    epochEnded: async (metrics, epoch) => await run.logMetrics(prefixed(metrics), epoch),
    async ended({ ended, ...summary }) {
      const numbers = Object.entries(summary).filter((entry): entry is [string, number] => Number.isFinite(entry[1]))
      await run.logMetrics(prefixed(Object.fromEntries(numbers)))
      await run.setTags(prefixed({ training_ended: String(ended) }))
    },
    async weightsTrained(weights) {
      if (models) await logFolder(run, weights, trainings === 1 ? 'weights' : `weights_${trainings}`)
    },
    async modelTrained(model) {
      if (!models) return
      modelCount += 1
      await logModel(run, model, modelCount === 1 ? 'model' : `model_${modelCount}`)
    },
  }
}
