/** What every kind of model tells whoever observes its training: the data, the whole configuration, the result. */
import { observeTraining, type TrainingLog, type TrainingObserver, trainingObserver } from '../core/index.ts'
import { digest, type Table } from '../data/index.ts'
import type { ModelTrainOptions, TrainedModel } from './model.ts'

/**
 * Trains by `work`, reporting to the observer in whose scope this runs. To the parameters that the trainer reports come
 * `model`, the kind, and `model_<key>` for each key of the configuration; in place of the features and weights that it
 * would report come the table and the whole model.
 */
export async function reportTraining(
  kind: string,
  config: Readonly<Record<string, unknown>>,
  table: Table,
  options: ModelTrainOptions,
  work: () => Promise<TrainedModel>,
): Promise<TrainedModel> {
  const observer = trainingObserver()
  if (observer === undefined) return await work()
  await reportData(observer, table, options)
  const parameters = { model: kind, ...describeConfig(config) }
  const reached: { log?: TrainingLog } = {}
  const wholeModel: TrainingObserver = {
    datasetUsed() {},
    started: async (added) => {
      reached.log = await observer.started({ ...parameters, ...added })
      return { ...reached.log, weightsTrained() {} }
    },
  }
  const trained = await observeTraining(wholeModel, work)
  await reached.log?.modelTrained(trained.model)
  return trained
}

async function reportData(
  observer: TrainingObserver,
  table: Table,
  { data = { name: 'dataset', source: 'memory' }, validation }: ModelTrainOptions,
): Promise<void> {
  const describe = async (rows: Table, context: 'training' | 'validation'): Promise<void> =>
    await observer.datasetUsed({
      name: data.name,
      source: data.source,
      context,
      digest: digest(rows),
      rowCount: rows.rowCount,
      columns: Object.entries(rows.types).map(([name, type]) => ({ name, type })),
    })
  await describe(table, 'training')
  if (validation !== undefined) await describe(validation, 'validation')
}

function describeConfig(config: Readonly<Record<string, unknown>>): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(config)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [`model_${key}`, plain(value)]),
  )
}

function plain(value: unknown): string | number | boolean {
  const fits = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  return fits ? value : JSON.stringify(value)
}
