/** The networks: their size, and that they learn. */
import { describe, expect, it } from 'vitest'
import { squares } from '../../test/squares.ts'
import { classifierOf } from './classifiers.ts'
import { experiments } from './config/experiments.ts'
import { CLASSES } from './images.ts'
import { FashionCNN, MLP, ThreeBlocks } from './networks.ts'

const task = { channels: 1, height: 28, width: 28, classCount: 10 }

describe('the networks', () => {
  it('have as many weights as the same layers in PyTorch', () => {
    expect(new FashionCNN({ batchNorm: false, dropout: 0.25 }, task).parameterCount()).toBe(421_642)
    expect(new FashionCNN({ batchNorm: true, dropout: 0.25 }, task).parameterCount()).toBe(421_642 + 2 * (32 + 64))
    expect(new ThreeBlocks({ dropout: 0.2 }, task).parameterCount()).toBe(390_858)
    expect(new MLP({ hidden: [256, 128], dropout: 0.2 }, task).parameterCount()).toBe(235_146)
  })

  it('name their weights as a PyTorch module with the same parts does', () => {
    const names = [...new ThreeBlocks({ dropout: 0.2 }, task).stateDict().keys()]
    expect(names).toEqual(expect.arrayContaining(['conv1.weight', 'bn1.running_mean', 'bn3.bias', 'fc2.weight']))
  })
})

describe('the experiments', () => {
  it('are five', () => expect(Object.keys(experiments)).toHaveLength(5))

  it.each(Object.entries(experiments))('%s learns ten kinds of squares', async (_, settings) => {
    const { model, training } = await classifierOf(settings, { epochs: 3, seed: 1 }).train(squares(640), {
      validation: squares(100),
    })
    await model[Symbol.asyncDispose]()
    expect(training.history.at(-1)!.metrics['accuracy']).toBeGreaterThan(0.5)
    expect(model.config.classes).toEqual(CLASSES)
  })

  it.each(Object.entries(experiments))('%s gives the same bytes with one thread and with two', async (_, settings) => {
    const bytesWith = async (threads: number): Promise<Buffer> => {
      const { model } = await classifierOf(settings, { epochs: 1, seed: 1 }).train(squares(160), { threads })
      await model[Symbol.asyncDispose]()
      return Buffer.from(model.content.onnx)
    }
    expect((await bytesWith(1)).equals(await bytesWith(2))).toBe(true)
  })
})
