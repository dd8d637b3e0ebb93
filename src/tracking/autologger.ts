/** Logging trainings to a run without being asked: parameters, metrics by epoch, data, environment and model. */
import packageJson from '../../package.json' with { type: 'json' }
import type { TrainingLog, TrainingObserver } from '../core/index.ts'
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
  started: () => ({ epochEnded() {}, ended() {}, weightsTrained() {}, modelTrained() {} }),
}

/**
 * An observer that logs to `run`. A run can hold several trainings, one after the other or at once: the names of the
 * second one's parameters and metrics start with `training_2_`, for a parameter can be set once only.
 */
export function autologger(run: ActiveRun, { models = true }: AutologOptions = {}): TrainingObserver {
  let trainings = 0
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
      const log = trainingLog(run, { number: trainings, models })
      await run.logParams(log.prefixed(parameters))
      await run.setTags({
        'millrace.version': packageJson.version,
        'millrace.onnxruntime': packageJson.dependencies['onnxruntime-node'],
        'millrace.node': process.version,
        'millrace.platform': `${process.platform}-${process.arch}`,
      })
      return log
    },
  }
}

interface PrefixedLog extends TrainingLog {
  prefixed<T>(values: Readonly<Record<string, T>>): Record<string, T>
}

/** The log of the training that is the run's `number`-th, counted from 1. */
function trainingLog(run: ActiveRun, { number, models }: { number: number; models: boolean }): PrefixedLog {
  const prefix = number > 1 ? `training_${number}_` : ''
  const suffix = number > 1 ? `_${number}` : ''
  const prefixed: PrefixedLog['prefixed'] = (values) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]))
  return {
    prefixed,
    epochEnded: async (metrics, epoch) => await run.logMetrics(prefixed(metrics), epoch),
    async ended({ ended, ...summary }) {
      const numbers = Object.entries(summary).filter((entry): entry is [string, number] => Number.isFinite(entry[1]))
      await run.logMetrics(prefixed(Object.fromEntries(numbers)))
      await run.setTags(prefixed({ training_ended: String(ended) }))
    },
    async weightsTrained(weights) {
      if (models) await logFolder(run, weights, `weights${suffix}`)
    },
    async modelTrained(model) {
      if (models) await logModel(run, model, `model${suffix}`)
    },
  }
}
