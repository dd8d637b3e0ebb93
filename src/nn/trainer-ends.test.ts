import { describe, expect, it } from 'vitest'
import { noisyRows, perceptron, spirals } from '../../test/reference/nn-data.ts'
import { Random } from '../core/index.ts'
import { adam, crossEntropyLoss, type Dataset, sgd, type StateDict, tensorDataset, train } from './index.ts'

const common = { loss: crossEntropyLoss(), optimizer: adam({ lr: 0.01 }), epochs: 2 }

describe('the end of training', () => {
  /** Labels that have nothing to do with the training rows': the loss on them rises after the first epochs. */
  const overfitting = { ...common, optimizer: adam({ lr: 0.1 }), validation: shuffledLabels(), epochs: 30 }

  it('comes early when validation has not improved for `patience` epochs', async () => {
    const { history, bestEpoch, ended } = await train(perceptron(4, 32, 2), noisyRows(40, 4, 2), {
      ...overfitting,
      optimizer: sgd({ lr: 0 }),
      earlyStopping: { patience: 3 },
    })
    expect(ended).toBe('stopped early')
    expect(bestEpoch).toBe(1)
    expect(history).toHaveLength(4)
  })

  it('counts only improvements by more than minDelta', async () => {
    const { history, bestEpoch } = await train(perceptron(2, 8, 3), spirals(60), {
      ...common,
      epochs: 10,
      earlyStopping: { patience: 2, minDelta: 100 },
    })
    expect([bestEpoch, history.length]).toEqual([1, 3])
  })

  it('leaves the module with the weights of the best epoch, or of the last', async () => {
    const reached: StateDict[] = []
    const module = perceptron(4, 32, 2)
    const onEpoch = (): void => void reached.push(module.stateDict())
    const { bestEpoch, history } = await train(module, noisyRows(40, 4, 2), {
      ...overfitting,
      onEpoch,
    })
    expect(bestEpoch).toBeLessThan(history.length)
    expect(module.stateDict()).toEqual(reached[bestEpoch - 1])
    const other = perceptron(4, 32, 2)
    await train(other, noisyRows(40, 4, 2), { ...overfitting, keep: 'last' })
    expect(other.stateDict()).toEqual(reached.at(-1))
  })

  it('may be asked for by a signal, which keeps the best so far', async () => {
    const controller = new AbortController()
    const reached: StateDict[] = []
    const module = perceptron(4, 32, 2)
    const { ended, steps, history, bestEpoch } = await train(module, noisyRows(40, 4, 2), {
      ...overfitting,
      batchSize: 10,
      signal: controller.signal,
      onEpoch: () => void reached.push(module.stateDict()),
      onStep: ({ step }) => {
        if (step === 102) controller.abort()
      },
    })
    expect([ended, steps, history.length]).toEqual(['interrupted', 102, 25])
    expect(module.stateDict()).toEqual(reached[bestEpoch - 1])
  })

  it('comes at once when the signal was given before', async () => {
    const { ended, steps, bestEpoch } = await train(perceptron(2, 3), spirals(9), {
      ...common,
      signal: AbortSignal.abort(),
    })
    expect([ended, steps, bestEpoch]).toEqual(['interrupted', 0, 0])
  })
})

/** Rows whose labels are as random as those of `noisyRows`, and others. */
function shuffledLabels(): Dataset {
  const random = new Random(9)
  const features = new Float32Array(160)
  random.fillUniform(features, -1, 1)
  const labels = BigInt64Array.from({ length: 40 }, () => BigInt(random.integer(2)))
  return tensorDataset({ data: features, shape: [40, 4] }, { data: labels, shape: [40] })
}
