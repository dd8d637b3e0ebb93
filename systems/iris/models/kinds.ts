/** Millrace's own kinds of models: how they are to be trained is in `training`, what they are in `model.params`. */
import { MillraceError } from 'millrace/core'
import type { Table } from 'millrace/data'
import { ModelPackage, models, withPreprocessor } from 'millrace/model'
import { logModel } from 'millrace/tracking'
import type { Settings } from '../settings.ts'
import type { Prepared } from '../stages/prepared.ts'
import { factsOf, keepModel, type Learner, type Rows } from './learner.ts'

/** @throws MillraceError INVALID_CONFIG for a name that is no kind, or parameters that it has not */
export function kindLearner(settings: Settings, { train, valid, preprocessor, example }: Prepared): Learner {
  const { data, preprocessing, training } = settings
  const configured = models.get(settings.model.name)({ ...ownParams(settings), target: data.target_column })
  /** With the preprocessing in its graph, and what the template knows of it in its config.json. */
  const complete = (model: ModelPackage): ModelPackage => {
    const { content } = withPreprocessor(model, preprocessor, example)
    const facts = factsOf(settings, preprocessor, content.config.classes)
    return new ModelPackage({ ...content, config: { ...facts, ...content.config } })
  }
  let best: ModelPackage | undefined
  const keepBest = async (found: ModelPackage): Promise<void> => {
    best = found
    await keepModel(settings, 'best', (folder) => complete(found).save(folder))
  }
  return {
    classes: () => best?.config.classes ?? [],
    async fit(signal) {
      const { model } = await configured.train(train, {
        validation: valid,
        validateEvery: training.val_frequency,
        keep: 'last',
        signal,
        data: { name: 'features', source: preprocessing.output_dir },
        onBest: keepBest,
      })
      if (best === undefined) await keepBest(model)
      await keepModel(settings, 'final', (folder) => complete(model).save(folder))
    },
    predictValid: async () => await rowsOf(best!, valid),
    log: async (run) => void (await logModel(run, complete(best!))),
  }
}

/** What a model says of each row: the probability of each class, or one number. */
export async function rowsOf(model: ModelPackage, table: Table): Promise<Rows> {
  const prediction = await model.predict(table)
  const numbers = prediction.task === 'regression' ? prediction.values : prediction.probabilities
  const width = prediction.task === 'regression' ? 1 : prediction.classes.length
  return Array.from({ length: table.rowCount }, (_, row) => [...numbers.subarray(row * width, (row + 1) * width)])
}

/** The settings under the names that the kinds have for them. */
function ownParams({ seed, model: { name, params }, training }: Settings): Record<string, unknown> {
  const patience = training.patience === -1 ? {} : { patience: training.patience }
  const common = { learningRate: training.lr, ...patience, seed }
  const fixed = name.startsWith('mlp-')
    ? {
        ...common,
        // The features are scaled already.
        scaling: 'none',
        weightDecay: training.weight_decay,
        epochs: training.max_epochs,
        batchSize: training.batch_size,
      }
    : { ...common, l2: training.weight_decay, nEstimators: training.max_epochs }
  const twice = Object.keys(params).find(
    (key) => key in fixed || key === 'target' || key === 'features' || key === 'patience',
  )
  if (twice === undefined) return { ...params, ...fixed }
  throw new MillraceError(
    'INVALID_CONFIG',
    `"model.params.${twice}" is set by the other parts of the configuration. Leave it out, and see training, data and seed.`,
  )
}
