/**
 * The penguins as a training job: learns from the channel `train`, validates on the channel `validation`.
 *
 *     npx millrace container run train --dir opt-ml systems/penguins/container/train.ts
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defineTraining } from 'millrace/container'
import { evaluateModel } from 'millrace/model'
import { z } from 'zod'
import { penguinsModel, readPenguins, TARGET } from '../model.ts'

export default defineTraining({
  hyperparameters: z.strictObject({
    epochs: z.int().positive().default(50),
    'batch-size': z.int().positive().default(32),
    seed: z.int().default(42),
  }),
  async train({ hyperparameters, channel, outputDataDir, saveModel, trainOptions, log }) {
    const { epochs, seed, 'batch-size': batchSize } = hyperparameters
    const table = await readPenguins(join(channel('train'), 'train.csv'))
    const validation = await readPenguins(join(channel('validation'), 'validation.csv'))
    const options = { ...trainOptions, validation }
    const trained = await penguinsModel({ epochs, batchSize, seed }).train(table, options)
    await using model = trained.model
    const { metrics } = await evaluateModel(model, validation, TARGET)
    await writeFile(join(outputDataDir, 'evaluation.json'), `${JSON.stringify({ metrics }, null, 2)}\n`)
    await saveModel(model)
    log(`Training ${trained.training.ended}, validation accuracy ${metrics['accuracy']!.toFixed(4)}`)
  },
})
