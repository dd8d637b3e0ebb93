/** What training does around a model of one's own: epochs, patience, the best, and files beside its own. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceAtomic, trainingObserver } from 'millrace/core'
import { fitLabels } from 'millrace/preprocess'
import type { Settings } from '../settings.ts'
import { type Prepared, writePreprocessor } from '../stages/prepared.ts'
import { factsOf, keepModel, type Learner, readBest } from './learner.ts'
import type { FitOptions, OwnModel } from './own.ts'

/** @param create makes an untrained model */
export function ownLearner(settings: Settings, prepared: Prepared, create: () => OwnModel): Learner {
  const { seed, training } = settings
  const { train, valid, preprocessor } = prepared
  const { target_column: target } = settings.data
  const { type } = train.column(target)
  const classes = type === 'double' || type === 'long' ? [] : fitLabels(train.strings(target)).classes
  const features = preprocessor.featureNames
  const keep = async (which: 'best' | 'final', model: OwnModel): Promise<void> =>
    await keepModel(settings, which, (folder) => saveWhole(folder, { model, settings, prepared, classes }))
  return {
    classes: () => classes,
    async fit(signal) {
      const model = create()
      const epochs = await watchEpochs(settings, { signal, better: () => keep('best', model) })
      const { epochEnded } = epochs
      await model.fit({ train, valid, target, features, classes }, { seed, training, signal, epochEnded })
      await epochs.end()
      await keep('final', model)
    },
    predictValid: async () => {
      const best = create()
      await readBest(settings, async (folder) => await best.load(folder))
      return await best.predict(valid.select(...features))
    },
    log: async (run) => await readBest(settings, (folder) => run.logArtifacts(folder, 'model')),
  }
}

interface Watched {
  readonly signal: AbortSignal
  readonly better: () => Promise<void>
}

/** Logs epochs as trainings of Millrace do, and finds the best. `end` keeps a model that has told of none. */
async function watchEpochs(
  { seed, model: { name, params }, training: { patience } }: Settings,
  { signal, better }: Watched,
): Promise<{ readonly epochEnded: FitOptions['epochEnded']; readonly end: () => Promise<void> }> {
  const args = Object.entries(params).map(([key, value]) => [`model_${key}`, JSON.stringify(value)] as const)
  const log = await trainingObserver()?.started({ model: name, ...Object.fromEntries(args), seed })
  let [epoch, bestEpoch, bestLoss, sinceBest] = [0, 0, Infinity, 0]
  return {
    epochEnded: async ({ trainLoss, valLoss }) => {
      epoch += 1
      await log?.epochEnded({ train_loss: trainLoss, ...(valLoss !== undefined && { val_loss: valLoss }) }, epoch)
      if (valLoss !== undefined) {
        sinceBest += 1
        if (valLoss < bestLoss) {
          ;[bestEpoch, bestLoss, sinceBest] = [epoch, valLoss, 0]
          await better()
        }
      }
      return !signal.aborted && (patience === -1 || sinceBest < patience)
    },
    end: async () => {
      if (bestEpoch === 0) await better()
      await log?.ended({
        ended: signal.aborted ? 'interrupted' : 'finished',
        best_epoch: bestEpoch,
        best_loss: bestLoss,
      })
    },
  }
}

interface WholeModel {
  readonly model: OwnModel
  readonly settings: Settings
  readonly prepared: Prepared
  readonly classes: readonly string[]
}

/** The model's own files, and beside them what serving needs to know. */
async function saveWhole(folder: string, { model, settings, prepared, classes }: WholeModel): Promise<void> {
  const config = factsOf(settings, prepared.preprocessor, classes)
  await replaceAtomic(folder, async (temporary) => {
    await mkdir(temporary)
    await model.save(temporary)
    await writePreprocessor(join(temporary, 'preprocessor.json'), prepared)
    await writeFile(join(temporary, 'config.json'), `${JSON.stringify(config, null, 2)}\n`)
  })
}
