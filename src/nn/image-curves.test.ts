import { describe, expect, it } from 'vitest'
import { Classifier, recordedImages } from '../../test/reference/images.ts'
import { stateDict } from '../../test/reference/nn.ts'
import { adam, adamW, crossEntropyLoss, sgd, tensorDataset, train } from './index.ts'

const optimizers = { sgd, adam, adamW }
const { pictures, labels, epochs, batchSize, runs } = recordedImages.curves
const dataset = tensorDataset(
  { data: Float32Array.from(pictures.data), shape: pictures.shape },
  { data: BigInt64Array.from(labels.data, BigInt), shape: labels.shape },
)

describe.each(runs)('$optimizer, batch norm $norm, smoothing $labelSmoothing, clipNorm $clipNorm', (expected) => {
  it('follows PyTorch’s loss curve over 50 steps, with and without batch norm', async () => {
    const network = new Classifier(expected.norm)
    network.loadStateDict(stateDict(expected.initial))
    const curve: number[] = []
    await train(network, dataset, {
      loss: crossEntropyLoss({ labelSmoothing: expected.labelSmoothing }),
      optimizer: optimizers[expected.optimizer](expected.options),
      ...(expected.clipNorm === null ? {} : { clipNorm: expected.clipNorm }),
      epochs,
      batchSize,
      shuffle: false,
      onStep: ({ loss }) => void curve.push(loss),
    })
    expect(curve).toHaveLength(expected.curve.length)
    expected.curve.forEach((loss, step) => {
      expect(Math.abs(curve[step]! - loss) / loss, `step ${step}: ${curve[step]} for ${loss}`).toBeLessThan(1e-4)
    })
  })
})
