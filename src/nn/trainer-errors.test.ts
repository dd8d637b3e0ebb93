import { describe, expect, it } from 'vitest'
import { sqrt, type Tensor } from '../tensor/index.ts'
import {
  BatchNorm1d,
  bceWithLogitsLoss,
  crossEntropyLoss,
  type Dataset,
  Embedding,
  type Field,
  Linear,
  Module,
  mseLoss,
  ReLU,
  Sequential,
  sgd,
  subset,
  tensorDataset,
  train,
  type TrainOptions,
} from './index.ts'

function rows(count: number, width = 2, value = 1): Dataset {
  const target = new Float32Array(count).fill(0.5)
  const features = new Float32Array(count * width).fill(value)
  return tensorDataset({ data: features, shape: [count, width] }, { data: target, shape: [count, 1] })
}

function labelled(...labels: readonly bigint[]): Dataset {
  const count = labels.length
  const features = { data: new Float32Array(count * 2).fill(1), shape: [count, 2] }
  return tensorDataset(features, { data: BigInt64Array.from(labels), shape: [count] })
}

function regression(): Sequential {
  return new Sequential(new Linear(2, 3), new ReLU(), new Linear(3, 1))
}

const options = { loss: mseLoss(), optimizer: sgd({ lr: 0.1 }), epochs: 2 }
const classifying = { ...options, loss: crossEntropyLoss() }

describe('train refuses', () => {
  const wrong: readonly (readonly [string, Partial<TrainOptions>, RegExp])[] = [
    ['no epochs', { epochs: 0 }, /epochs must be a whole number of at least 1, found 0/],
    ['half a batch', { batchSize: 0.5 }, /batchSize .* found 0\.5/],
    ['no threads', { threads: 0 }, /threads .* found 0/],
    ['a fraction as seed', { seed: 1.5 }, /seed must be a whole number, found 1\.5/],
    ['a norm limit of 0', { clipNorm: 0 }, /clipNorm must be above 0, found 0/],
    ['no patience', { earlyStopping: { patience: 0 } }, /patience must be at least 1, found 0/],
    [
      'dropLast that drops all',
      { dropLast: true, batchSize: 32 },
      /dropLast leaves nothing of 5 rows in batches of 32/,
    ],
    ['empty validation', { validation: subset(rows(5), Uint32Array.of()) }, /validation dataset has no rows/],
    [
      'validation of another width',
      { validation: rows(5, 3) },
      /the validation data are inputs float32\[3\], target float32\[1\], the training data inputs float32\[2\]/,
    ],
  ]
  it.each(wrong)('%s', async (_, changed, message) => {
    const training = train(regression(), rows(5), { ...options, ...changed })
    await expect(training).rejects.toThrow(message)
    await expect(training).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('a dataset without rows', async () => {
    await expect(train(regression(), rows(0), options)).rejects.toThrow(/the dataset has no rows/)
  })

  it('a module with nothing to learn', async () => {
    await expect(train(new Sequential(new ReLU()), rows(2), options)).rejects.toThrow(/Sequential has no parameters/)
  })

  it('a module that hides a part from it', async () => {
    class Hiding extends Module {
      shown = new Linear(2, 3)
      readonly #hidden = new Linear(3, 1)
      override forward(x: Tensor): Tensor {
        return this.#hidden.forward(this.shown.forward(x))
      }
    }
    await expect(train(new Hiding(), rows(2), options)).rejects.toThrow(
      /Hiding computes with a parameter \[1, 3\] that none of its properties leads to/,
    )
  })

  it('data of other shapes than the module, with the path of the layer and both shapes', async () => {
    await expect(train(regression(), rows(5, 4), options)).rejects.toThrow(
      /expected an input \[batch, 2\] .* found \[5, 4\].*\(in module "0"\)/,
    )
  })

  it('an output and a target of different shapes', async () => {
    const data = tensorDataset({ data: new Float32Array(8), shape: [4, 2] }, { data: new Float32Array(4), shape: [4] })
    await expect(train(regression(), data, options)).rejects.toThrow(
      /output \[4, 1\] and target \[4\] must have one shape/,
    )
  })

  it('a metric that is no number', async () => {
    const metrics = { outputs: (output: Tensor) => output }
    await expect(train(regression(), rows(4), { ...options, metrics })).rejects.toThrow(
      /The metric "outputs" must be a float32 scalar, found float32\[4, 1\]/,
    )
  })

  it('a last batch of one row for BatchNorm1d, with what to do', async () => {
    const network = new Sequential(new Linear(2, 3), new BatchNorm1d(3), new Linear(3, 1))
    await expect(train(network, rows(9), { ...options, batchSize: 4 })).rejects.toThrow(
      /at least two rows\. Choose another batch size, or dropLast\. \(in module "1"\)/,
    )
  })

  it('fields of different lengths', () => {
    expect(() => tensorDataset([field(3), field(2)], field(3))).toThrow(/input 1 has shape \[2\] .* expected 3 rows/)
    expect(() => tensorDataset({ ...field(3), shape: [3, 2] }, field(3))).toThrow(
      /input 0 has shape \[3, 2\] and 3 values/,
    )
  })
})

describe('labels that are no class', () => {
  it.each([3n, -1n, 1_000_000_000_000n])('are refused, naming the row: %d', async (label) => {
    const data = labelled(0n, 1n, 2n, 0n, label, 1n)
    await expect(train(new Linear(2, 3), data, { ...classifying, batchSize: 2 })).rejects.toMatchObject({
      code: 'INVALID_DATA',
      location: { row: 5 },
      message: `row 5: the label ${label} is none of the 3 classes (0 to 2), in the training data. Check the target, or the size of the last layer.`,
    })
  })

  it('are refused in the validation data', async () => {
    const training = train(new Linear(2, 3), labelled(0n, 1n), { ...classifying, validation: labelled(0n, 9n) })
    await expect(training).rejects.toThrow(/^row 2: the label 9 .* in the validation data/)
  })

  it('are named by the runtime where they index an embedding', async () => {
    const data = tensorDataset(
      { data: BigInt64Array.of(0n, 7n), shape: [2] },
      { data: new Float32Array(4), shape: [2, 2] },
    )
    await expect(train(new Sequential(new Embedding(5, 2)), data, options)).rejects.toThrow(/Module "0" failed.*7/)
  })
})

describe('numbers that are not finite', () => {
  it('end the training at the step and the first layer that show them', async () => {
    const network = new Sequential(new Linear(2, 3), new Linear(3, 1))
    const training = train(network, rows(4), { ...options, optimizer: sgd({ lr: 1e30 }), epochs: 9 })
    await expect(training).rejects.toMatchObject({ code: 'NON_FINITE' })
    await expect(training).rejects.toThrow(
      /^Training stopped at step \d of epoch \d: .*(layer "[01]" \(Linear\)|the loss itself|the weights).*Lower the learning rate/,
    )
  })

  it('are blamed on the inputs when they are there', async () => {
    await expect(train(regression(), rows(4, 2, NaN), options)).rejects.toThrow(
      /step 1 of epoch 1: the loss is NaN\. Input 0 of the batch .* Impute missing values/,
    )
  })

  it('are blamed on the target when they are there', async () => {
    const data = tensorDataset(
      { data: new Float32Array(4), shape: [2, 2] },
      { data: Float32Array.of(1, Infinity), shape: [2, 1] },
    )
    await expect(train(regression(), data, options)).rejects.toThrow(/The target of the batch has values/)
  })

  it('are blamed on weights that were loaded', async () => {
    const network = regression()
    network.initialize(0)
    const state = new Map(network.stateDict())
    state.set('2.weight', { shape: [1, 3], data: Float32Array.of(0, NaN, 0) })
    network.loadStateDict(state)
    await expect(train(network, rows(4), options)).rejects.toThrow(
      /come from layer "2" \(Linear\)\. Its weights "2\.weight" are no longer finite/,
    )
  })

  it('are found in the loss itself', async () => {
    const infinite = {
      ...mseLoss(),
      compute: (output: Tensor, target: Tensor) => sqrt(mseLoss().compute(output, target)),
    }
    const line = new Linear(2, 1, { bias: false })
    line.loadStateDict(new Map([['weight', { shape: [1, 2], data: Float32Array.of(1e25, 1e25) }]]))
    await expect(train(line, rows(4), { ...options, loss: infinite })).rejects.toThrow(
      /come from the (loss itself|outermost module)/,
    )
  })

  it('in the weights end the epoch, even when no later loss would show them', async () => {
    const network = new Linear(2, 1)
    const training = train(network, rows(4, 2, 1e20), {
      ...options,
      loss: bceWithLogitsLoss(),
      optimizer: sgd({ lr: 1e30 }),
      epochs: 1,
    })
    await expect(training).rejects.toThrow(/step 1 of epoch 1: the weights "weight" are no longer finite/)
  })

  it('in validation are reported as such', async () => {
    const training = train(regression(), rows(4), { ...options, validation: rows(3, 2, NaN) })
    await expect(training).rejects.toThrow(/^Training stopped at validation of epoch 1: the loss is NaN\. Input 0/)
  })
})

describe('what callbacks throw', () => {
  it.each(['onStep', 'onEpoch', 'fill'])('ends the training as it is: %s', async (name) => {
    const data = { ...rows(4), ...(name === 'fill' ? { fill: fail } : {}) }
    const training = train(regression(), data, { ...options, ...(name === 'fill' ? {} : { [name]: fail }) })
    await expect(training).rejects.toThrow(new RangeError('mine'))
  })

  it('is awaited from onEpoch', async () => {
    const training = train(regression(), rows(4), {
      ...options,
      onEpoch: () => Promise.reject(new RangeError('later')),
    })
    await expect(training).rejects.toThrow(new RangeError('later'))
  })
})

function field(count: number): Field {
  return { data: new Float32Array(count), shape: [count] }
}

function fail(): never {
  throw new RangeError('mine')
}
