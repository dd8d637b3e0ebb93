/** What every kind of model tells whoever observes its training: the data, the whole configuration, the result. */
import {
  observableTraining,
  type ObservedDataset,
  type ObservedModel,
  observeTraining,
  type TrainingLog,
  type TrainingObserver,
  trainingObserver,
} from '../core/index.ts'
import { digest, type Table } from '../data/index.ts'
import type { ModelTrainOptions } from './model.ts'

/**
 * Trains by `work`, reporting to the observer in whose scope this runs. To the parameters that the trainer reports come
 * `model`, the kind, and `model_<key>` for each key of the configuration; in place of the features and weights that it
 * would report come the data sets themselves and the whole model.
 *
 * @param datasets describes the data; asked only where somebody observes
 */
export async function reportTraining<T extends { readonly model: ObservedModel }>(
  kind: string,
  config: Readonly<Record<string, unknown>>,
  datasets: () => Promise<readonly ObservedDataset[]>,
  work: () => Promise<T>,
): Promise<T> {
  return await observableTraining(async () => {
    const observer = trainingObserver()
    if (observer === undefined) return await work()
    for (const dataset of await datasets()) await observer.datasetUsed(dataset)
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
  })
}

/** The tables of a training, for the observer. */
export function tableDatasets(
  table: Table,
  { data = { name: 'dataset', source: 'memory' }, validation }: ModelTrainOptions,
): readonly ObservedDataset[] {
  const describe = (rows: Table, context: ObservedDataset['context']): ObservedDataset => ({
    name: data.name,
    source: data.source,
    context,
    digest: digest(rows),
    rowCount: rows.rowCount,
    columns: Object.entries(rows.types).map(([name, type]) => ({ name, type })),
  })
  return [describe(table, 'training'), ...(validation === undefined ? [] : [describe(validation, 'validation')])]
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
