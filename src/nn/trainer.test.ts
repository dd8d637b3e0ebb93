import { describe, expect, it } from 'vitest'
import { noisyRows, perceptron, spirals } from '../../test/reference/nn-data.ts'
import { type ObservedDataset, observeTraining, Random } from '../core/index.ts'
import { concat, type Tensor } from '../tensor/index.ts'
import {
  adam,
  adamW,
  batchAccuracy,
  batchBinaryAccuracy,
  batchMeanAbsoluteError,
  BatchNorm1d,
  bceWithLogitsLoss,
  crossEntropyLoss,
  type Dataset,
  Dropout,
  Embedding,
  type EpochReport,
  Linear,
  Module,
  mseLoss,
  ReLU,
  rmsprop,
  Sequential,
  sgd,
  type StateDict,
  stepSchedule,
  subset,
  Tanh,
  tensorDataset,
  train,
  type TrainOptions,
} from './index.ts'

function small(): Module {
  return perceptron(2, 4, 3)
}

const common = { loss: crossEntropyLoss(), optimizer: adam({ lr: 0.01 }), epochs: 2 }

async function weightsAfter(
  make: () => Module,
  data: Dataset,
  options: Partial<TrainOptions> = {},
): Promise<StateDict> {
  const module = make()
  await train(module, data, { ...common, ...options })
  return module.stateDict()
}

describe('training', () => {
  it('finds the least-squares line', async () => {
    const random = new Random(2)
    const features = Float32Array.from({ length: 200 }, () => random.normal())
    const target = Float32Array.from({ length: 100 }, (_, i) => 3 * features[2 * i]! - 2 * features[2 * i + 1]! + 0.5)
    const line = new Linear(2, 1)
    const data = tensorDataset({ data: features, shape: [100, 2] }, { data: target, shape: [100, 1] })
    const { history } = await train(line, data, { loss: mseLoss(), optimizer: sgd({ lr: 0.1 }), epochs: 100 })
    expect(history.at(-1)!.trainLoss).toBeLessThan(1e-9)
    expect(line.weight.data[0]).toBeCloseTo(3, 4)
    expect(line.weight.data[1]).toBeCloseTo(-2, 4)
    expect(line.bias!.data[0]).toBeCloseTo(0.5, 4)
  })

  it('learns exclusive or', async () => {
    const data = tensorDataset(
      { data: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), shape: [4, 2] },
      { data: Float32Array.of(0, 1, 1, 0), shape: [4, 1] },
    )
    const network = new Sequential(new Linear(2, 8), new Tanh(), new Linear(8, 1))
    const { history } = await train(network, data, {
      loss: bceWithLogitsLoss(),
      optimizer: adam({ lr: 0.1 }),
      epochs: 200,
      metrics: { accuracy: batchBinaryAccuracy() },
    })
    expect(history.at(-1)!.trainLoss).toBeLessThan(0.01)
    expect(history.at(-1)!.metrics).toEqual({ accuracy: 1 })
  })

  it('learns spirals, with layers of every kind, well enough for unseen rows', async () => {
    const network = new Sequential(
      new Linear(2, 32),
      new BatchNorm1d(32),
      new ReLU(),
      new Dropout(0.1),
      new Linear(32, 3),
    )
    const { history, bestEpoch, bestLoss } = await train(network, spirals(600), {
      ...common,
      epochs: 60,
      batchSize: 64,
      validation: spirals(300, 2),
      metrics: { accuracy: batchAccuracy() },
    })
    expect(history.at(-1)!.trainLoss).toBeLessThan(history[0]!.trainLoss / 3)
    expect(history.at(-1)!.metrics['accuracy']).toBeGreaterThan(0.93)
    expect(bestLoss).toBe(Math.min(...history.map(({ validationLoss }) => validationLoss!)))
    expect(history[bestEpoch - 1]!.validationLoss).toBe(bestLoss)
  })

  it('feeds several inputs to forward in order, embeddings of indices among them', async () => {
    class Ratings extends Module {
      users = new Embedding(4, 3)
      head = new Linear(4, 1)

      override forward(user: Tensor, age: Tensor): Tensor {
        return this.head.forward(concat([this.users.forward(user), age], 1))
      }
    }
    const data = tensorDataset(
      [
        { data: BigInt64Array.of(0n, 1n, 2n, 3n, 0n, 2n), shape: [6] },
        { data: Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6), shape: [6, 1] },
      ],
      { data: Float32Array.of(1, 0, 2, 3, 1.5, 2.5), shape: [6, 1] },
    )
    const { history } = await train(new Ratings(), data, {
      loss: mseLoss(),
      optimizer: adam({ lr: 0.05 }),
      epochs: 300,
    })
    expect(history.at(-1)!.trainLoss).toBeLessThan(1e-3)
  })

  it('weights the epoch’s loss and metrics by rows, so that a small last batch counts less', async () => {
    const target = Float32Array.of(0, 0, 0, 0, 5)
    const data = tensorDataset({ data: new Float32Array(5).fill(1), shape: [5, 1] }, { data: target, shape: [5, 1] })
    const { history } = await train(zeroLine(), data, {
      loss: mseLoss(),
      optimizer: sgd({ lr: 0 }),
      epochs: 1,
      batchSize: 4,
      shuffle: false,
      metrics: { mae: batchMeanAbsoluteError() },
    })
    expect(history[0]).toMatchObject({ epoch: 1, epochs: 1, trainLoss: 5, metrics: { mae: 1 }, rateFactor: 1 })
  })

  it('leaves out a last batch that is not full, if asked to', async () => {
    const seen: number[] = []
    const data = noisyRows(10, 2, 2)
    const counted: Dataset = { ...data, fill: (rows, batch) => (seen.push(rows.length), data.fill(rows, batch)) }
    const { steps } = await train(perceptron(2, 2), counted, { ...common, epochs: 2, batchSize: 4, dropLast: true })
    expect(steps).toBe(4)
    expect(seen).toEqual([4, 4, 4, 4])
  })

  it('validates every row, beyond the last full batch', async () => {
    const target = new Float32Array(300)
    target[299] = 30
    const validation = tensorDataset(
      { data: new Float32Array(300), shape: [300, 1] },
      { data: target, shape: [300, 1] },
    )
    const { history } = await train(zeroLine(), subset(validation, Uint32Array.of(0, 1)), {
      loss: mseLoss(),
      optimizer: sgd({ lr: 0 }),
      epochs: 1,
      validation,
    })
    expect(history[0]!.validationLoss).toBeCloseTo(900 / 300, 6)
  })

  it.each([
    ['one row', 1, 32],
    ['a batch larger than the data', 5, 1000],
    ['batches of one row', 3, 1],
  ])('works with %s', async (_, rows, batchSize) => {
    const { steps, history } = await train(perceptron(2, 4, 2), noisyRows(rows, 2, 2), { ...common, batchSize })
    expect(steps).toBe(2 * Math.ceil(rows / batchSize))
    expect(history).toHaveLength(2)
  })

  it('goes on from the weights a module has', async () => {
    const module = perceptron(2, 8, 3)
    const first = await train(module, spirals(90), { ...common, epochs: 5 })
    const second = await train(module, spirals(90), { ...common, epochs: 1 })
    expect(second.history[0]!.trainLoss).toBeLessThan(first.history[1]!.trainLoss)
  })

  it('leaves the weights in memory of their own, with nothing of the optimiser', async () => {
    const module = new Linear(2, 3)
    await train(module, spirals(9), common)
    expect(module.weight.data.buffer.byteLength).toBe(4 * module.parameterCount())
  })

  it('drops other elements in each step', async () => {
    const losses: number[] = []
    const ones = { data: new Float32Array(64).fill(1), shape: [2, 32] }
    await train(new Sequential(new Linear(32, 32), new Dropout(0.5)), tensorDataset(ones, ones), {
      loss: mseLoss(),
      optimizer: sgd({ lr: 0 }),
      epochs: 4,
      onStep: ({ loss }) => void losses.push(loss),
    })
    expect(new Set(losses).size).toBe(4)
  })

  it.each([
    ['sgd', (lr: number) => sgd({ lr, momentum: 0.9, weightDecay: 0.1 })],
    ['adamW', (lr: number) => adamW({ lr, weightDecay: 0.1 })],
    ['rmsprop', (lr: number) => rmsprop({ lr })],
  ])('takes a schedule’s factor as part of the learning rate: %s', async (_, optimizer) => {
    const halved = { name: 'half', options: {}, factor: () => 0.5 }
    const scheduled = await weightsAfter(small, spirals(50), { optimizer: optimizer(0.02), schedule: halved })
    expect(scheduled).toEqual(await weightsAfter(small, spirals(50), { optimizer: optimizer(0.01) }))
  })

  it('shows each row once an epoch, in another order each time', async () => {
    const orders: number[][] = [[]]
    const data = noisyRows(9, 2, 2)
    const watched: Dataset = {
      ...data,
      fill(rows, batch) {
        orders.at(-1)!.push(...rows)
        return data.fill(rows, batch)
      },
    }
    await train(perceptron(2, 2), watched, { ...common, batchSize: 2, onEpoch: () => void orders.push([]) })
    const [first, second] = orders
    expect(first!.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    expect(second!.toSorted((a, b) => a - b)).toEqual(first!.toSorted((a, b) => a - b))
    expect(second).not.toEqual(first)
  })
})

describe('reproducibility', () => {
  const cases: readonly (readonly [string, () => Module, Dataset, Partial<TrainOptions>])[] = [
    ['a small network with a remainder', () => perceptron(4, 16, 3), noisyRows(70, 4, 3), {}],
    ['a 64-wide layer with batches of 256', () => perceptron(20, 64, 5), noisyRows(600, 20, 5), { batchSize: 256 }],
    [
      'large layers, dropout and batch norm',
      () =>
        new Sequential(new Linear(200, 300), new BatchNorm1d(300), new ReLU(), new Dropout(0.3), new Linear(300, 10)),
      noisyRows(300, 200, 10),
      { batchSize: 128, clipNorm: 1 },
    ],
  ]
  it.each(cases)(
    'gives the same bytes for the same seed and any number of threads: %s',
    async (_, make, data, options) => {
      const first = await weightsAfter(make, data, options)
      expect(await weightsAfter(make, data, options)).toEqual(first)
      expect(await weightsAfter(make, data, { ...options, threads: 2 })).toEqual(first)
    },
  )

  it('gives other weights for another seed', async () => {
    expect(await weightsAfter(small, spirals(30), { seed: 1 })).not.toEqual(
      await weightsAfter(small, spirals(30), { seed: 2 }),
    )
  })

  it('does not depend on whether a dataset fills its batches at once or later', async () => {
    const data = spirals(50)
    const slow: Dataset = {
      ...data,
      async fill(rows, batch) {
        await new Promise((resolve) => setImmediate(resolve))
        await data.fill(rows, batch)
      },
    }
    expect(await weightsAfter(small, slow)).toEqual(await weightsAfter(small, data))
  })

  it('does not depend on watching', async () => {
    const data = spirals(50)
    const watched = weightsAfter(small, data, {
      metrics: { accuracy: batchAccuracy() },
      validation: data,
      keep: 'last',
    })
    expect(await watched).toEqual(await weightsAfter(small, data))
  })
})

describe('reports', () => {
  it('are told of every step and epoch', async () => {
    const steps: number[][] = []
    const epochs: EpochReport[] = []
    const { history } = await train(perceptron(2, 3), spirals(10), {
      ...common,
      batchSize: 4,
      schedule: stepSchedule({ stepSize: 1, gamma: 0.5 }),
      onStep: ({ step, epoch, stepsPerEpoch, rows }) => void steps.push([step, epoch, stepsPerEpoch, rows]),
      onEpoch: (report) => void epochs.push(report),
    })
    expect(steps).toEqual([
      [1, 1, 3, 4],
      [2, 1, 3, 4],
      [3, 1, 3, 2],
      [4, 2, 3, 4],
      [5, 2, 3, 4],
      [6, 2, 3, 2],
    ])
    expect(epochs).toEqual(history)
    expect(history.map(({ rateFactor }) => rateFactor)).toEqual([1, 0.5])
  })

  it('reach an observer, with what the training was configured with', async () => {
    const told: unknown[] = []
    const observer = {
      started: (parameters: object) => {
        told.push(parameters)
        return {
          epochEnded: (metrics: object, epoch: number) => void told.push([epoch, Object.keys(metrics)]),
          ended: (summary: object) => void told.push(summary),
          weightsTrained: () => void told.push('weights'),
          modelTrained: () => undefined,
        }
      },
      datasetUsed: ({ digest, rowCount, context }: ObservedDataset) =>
        void told.push([context, rowCount, digest.length]),
    }
    const { bestLoss } = await observeTraining(observer, () =>
      train(perceptron(2, 3), spirals(10), {
        loss: crossEntropyLoss({ labelSmoothing: 0.1 }),
        optimizer: sgd({ lr: 0.1, momentum: 0.9, nesterov: true, groups: [{ match: /bias/, lr: 0.2 }] }),
        schedule: stepSchedule({ stepSize: 1 }),
        epochs: 1,
        seed: 7,
        clipNorm: 2,
        validation: spirals(5),
        metrics: { accuracy: batchAccuracy() },
      }),
    )
    expect(told).toEqual([
      ['training', 10, 8],
      ['validation', 5, 8],
      {
        module: 'Sequential',
        parameter_count: 9,
        train_rows: 10,
        epochs: 1,
        batch_size: 32,
        seed: 7,
        optimizer: 'sgd',
        optimizer_lr: 0.1,
        optimizer_momentum: 0.9,
        optimizer_nesterov: true,
        optimizer_groups: '[{"match":"bias","lr":0.2}]',
        loss: 'crossEntropy',
        loss_labelSmoothing: 0.1,
        schedule: 'step',
        schedule_stepSize: 1,
        schedule_gamma: 0.1,
        clip_norm: 2,
      },
      [1, ['train_loss', 'val_loss', 'accuracy']],
      { ended: 'finished', best_epoch: 1, best_loss: bestLoss },
      'weights',
    ])
  })
})

function zeroLine(): Module {
  const line = new Linear(1, 1)
  line.loadStateDict(
    new Map([
      ['weight', { shape: [1, 1], data: Float32Array.of(0) }],
      ['bias', { shape: [1], data: Float32Array.of(0) }],
    ]),
  )
  return line
}
