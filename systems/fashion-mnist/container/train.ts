/**
 * Fashion-MNIST as a training job: learns from the channel `train`, measures on the images to test that are there too.
 *
 *     npx millrace container run train --dir opt-ml systems/fashion-mnist/container/train.ts
 */
import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineTraining } from 'millrace/container'
import { saveTorchFile } from 'millrace/nn'
import { z } from 'zod'
import { holdsPart, readPart } from '../dataset-files.ts'
import { evaluateOnImages } from '../evaluation.ts'
import { preprocessing } from '../images.ts'
import { threeBlocks } from '../networks.ts'

export default defineTraining({
  hyperparameters: z.strictObject({
    epochs: z.int().positive().default(3),
    'batch-size': z.int().positive().default(64),
    'learning-rate': z.number().positive().default(0.01),
    momentum: z.number().min(0).lt(1).default(0.9),
    /** Every so many epochs the learning rate is multiplied by `gamma`. */
    'step-size': z.int().positive().default(10),
    gamma: z.number().positive().default(0.5),
    dropout: z.number().min(0).lt(1).default(0.2),
    seed: z.int().default(42),
  }),
  async train({ hyperparameters, channel, modelDir, outputDataDir, saveModel, trainOptions, log }) {
    const { epochs, momentum, gamma, dropout, seed } = hyperparameters
    const data = channel('train')
    const classifier = threeBlocks.create({
      network: { dropout },
      training: {
        // Pictures that are served are inverted by serve.ts; those of the set are as the network wants them.
        preprocessing: preprocessing({ invert: 'never' }),
        optimizer: 'sgd',
        learningRate: hyperparameters['learning-rate'],
        momentum,
        schedule: { kind: 'step', stepSize: hyperparameters['step-size'], gamma },
        epochs,
        batchSize: hyperparameters['batch-size'],
        seed,
      },
    })
    const trained = await classifier.train(await readPart(data, 'train'), {
      ...trainOptions,
      threads: Math.min(2, availableParallelism()),
    })
    await using model = trained.model
    await saveModel(model)
    await saveTorchFile(join(modelDir, 'model.pth'), model.content.weights)
    log(`Training ${trained.training.ended}`)
    if (!holdsPart(data, 'test')) return
    const { metrics } = await evaluateOnImages(model, await readPart(data, 'test'), 'test')
    await writeFile(join(outputDataDir, 'evaluation.json'), `${JSON.stringify({ metrics }, null, 2)}\n`)
    log(`test_accuracy=${metrics['test_accuracy']!.toFixed(4)} test_loss=${metrics['test_loss']!.toFixed(4)}`)
  },
})
