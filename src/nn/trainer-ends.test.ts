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

  it('tells of each epoch that is the best so far, while the module has its weights', async () => {
    const module = perceptron(4, 32, 2)
    const told: number[] = []
    const best: StateDict[] = []
    const { history, bestEpoch } = await train(module, noisyRows(40, 4, 2), {
      ...overfitting,
      keep: 'last',
      onBest: ({ epoch }) => {
        told.push(epoch)
        best.push(module.stateDict())
      },
    })
    const losses = history.map(({ validationLoss }) => validationLoss!)
    expect(told).toEqual(
      history.filter((_, i) => losses[i]! < Math.min(Infinity, ...losses.slice(0, i))).map(({ epoch }) => epoch),
    )
    expect(told.at(-1)).toBe(bestEpoch)
    const other = perceptron(4, 32, 2)
    await train(other, noisyRows(40, 4, 2), overfitting)
    expect(best.at(-1)).toEqual(other.stateDict())
  })

  it('measures the validation rows as often as it is told to, and counts only that as patience', async () => {
    const options = { ...overfitting, optimizer: sgd({ lr: 0 }), validateEvery: 3 }
    const all = await train(perceptron(4, 8, 2), noisyRows(40, 4, 2), { ...options, epochs: 8 })
    const measured = all.history.filter(({ validationLoss }) => validationLoss !== undefined)
    expect(measured.map(({ epoch }) => epoch)).toEqual([3, 6, 8])
    expect(all.bestEpoch).toBe(3)
    const patient = { ...options, earlyStopping: { patience: 2 } }
    const { history, ended } = await train(perceptron(4, 8, 2), noisyRows(40, 4, 2), patient)
    expect([ended, history.length]).toEqual(['stopped early', 9])
    const wrong = train(perceptron(4, 8, 2), noisyRows(40, 4, 2), { ...options, validateEvery: 0 })
    await expect(wrong).rejects.toThrow(/validateEvery must be a whole number of at least 1, found 0/)
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
