/** Training perceptrons on tables: what they learn, with which options, and that they can be made again. */
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { penguinsModel, readPenguins } from '../../../test/penguins.ts'
import { Random } from '../../core/index.ts'
import { columnFrom, type Table as AnyTable, Table } from '../../data/index.ts'
import { assembleOnnx, evaluateModel, type MlpOptions, models, type TrainedModel } from '../index.ts'
import { activations } from './mlp-config.ts'

let penguins: AnyTable

beforeAll(async () => {
  penguins = await readPenguins()
})

/** Two columns of numbers and what `targetOf` makes of them. */
function points(rows: number, targetOf: (a: number, b: number) => unknown): AnyTable {
  const random = new Random(7)
  return Table.fromRecords(
    Array.from({ length: rows }, () => {
      const [a, b] = [random.normal() * 3 + 10, random.normal()]
      return { a, b, y: targetOf(a, b) }
    }),
  )
}

async function accuracyOf({ model }: TrainedModel, table: AnyTable, target = 'y'): Promise<number> {
  await using scored = model
  return (await evaluateModel(scored, table, target)).metrics['accuracy']!
}

async function bytesFrom(seed: number): Promise<Buffer> {
  const { model } = await penguinsModel({ seed, dropout: 0.1, epochs: 2 }).train(penguins)
  return Buffer.from(model.content.onnx)
}

async function weightsWith(options: Partial<MlpOptions>): Promise<unknown> {
  const { model } = await penguinsModel({ optimizer: 'sgd', epochs: 1, ...options }).train(penguins)
  return model.content.weights.get('layers.0.weight')
}

const classifier = models.get('mlp-classifier')
const regressor = models.get('mlp-regressor')

describe('the kinds of models', () => {
  it('are listed, and a name that is none is refused at once', () => {
    expect(models.list()).toEqual([
      'gradient-boosting-classifier',
      'gradient-boosting-regressor',
      'mlp-classifier',
      'mlp-regressor',
    ])
    expect(() => models.get('mlp')).toThrow(
      'There is no kind of model "mlp". There are these kinds: gradient-boosting-classifier, gradient-boosting-regressor, mlp-classifier, mlp-regressor.',
    )
    expect(() => models.get('toString')).toThrow(/no kind of model/)
  })

  it('tell their whole configuration', () => {
    expect(classifier({ target: 'y' }).params()).toEqual({
      target: 'y',
      scaling: 'standard',
      hidden: [16],
      activation: 'relu',
      initializer: 'torch',
      dropout: 0,
      normalization: 'none',
      optimizer: 'adam',
      learningRate: 0.001,
      momentum: 0,
      epochs: 50,
      batchSize: 32,
      balanced: false,
      labelSmoothing: 0,
      seed: 42,
    })
  })
})

describe('a classifier', () => {
  it('learns the penguins', async () => {
    const trained = await penguinsModel({ epochs: 30 }).train(penguins)
    expect(await accuracyOf(trained, penguins, 'species')).toBeGreaterThan(0.97)
  })

  it('gives the same bytes for the same seed, and others for another', async () => {
    const [one, again, other] = [await bytesFrom(1), await bytesFrom(1), await bytesFrom(2)]
    expect(one.equals(again)).toBe(true)
    expect(one.equals(other)).toBe(false)
  })

  it.each<[string, (a: number) => unknown, string[]]>([
    ['booleans', (a) => a > 10, ['false', 'true']],
    ['whole numbers, in their order', (a) => (a > 10 ? 10 : 9), ['9', '10']],
    ['text', (a) => (a > 10 ? 'über' : 'below'), ['below', 'über']],
  ])('learns a target of %s', async (_, targetOf, classes) => {
    const table = points(200, targetOf)
    const trained = await classifier({ target: 'y', epochs: 40, learningRate: 0.02 }).train(table)
    expect(trained.model.config.classes).toEqual(classes)
    expect(await accuracyOf(trained, table)).toBeGreaterThan(0.95)
  })

  it('takes booleans as features, and only the features that were named', async () => {
    const table = points(200, (a) => (a > 10 ? 'yes' : 'no'))
    const flags = columnFrom(
      'boolean',
      Array.from(table.numbers('a'), (a) => (a > 10 ? true : null)),
    )
    const data = table.withColumn('flag', flags)
    const trained = await classifier({ target: 'y', features: ['flag', 'b'], epochs: 40, learningRate: 0.02 }).train(
      data,
    )
    expect(trained.model.inputs).toEqual([
      { name: 'flag', type: 'double' },
      { name: 'b', type: 'double' },
    ])
    // Missing flags are imputed by the mean, which is 1: there is nothing to learn from.
    expect(await accuracyOf(trained, data)).toBeLessThan(0.75)
  })

  it.each(['standard', 'minMax', 'robust', 'none'] as const)('learns with the scaling %s', async (scaling) => {
    const table = points(200, (a) => (a > 10 ? 'yes' : 'no'))
    const trained = await classifier({ target: 'y', scaling, epochs: 60, learningRate: 0.03 }).train(table)
    expect(await accuracyOf(trained, table)).toBeGreaterThan(0.9)
  })

  it('weights rare classes up when balanced', async () => {
    // One row in eleven is of the rare class, and the two overlap.
    const random = new Random(3)
    const table = Table.fromRecords(
      Array.from({ length: 330 }, (_, i) => {
        const isRare = i % 11 === 0
        return { x: random.normal() + (isRare ? 1.5 : 0), y: isRare ? 'rare' : 'common' }
      }),
    )
    const recallOfRare = async (balanced: boolean): Promise<number> => {
      const options = { target: 'y', hidden: [], epochs: 30, learningRate: 0.05, balanced }
      await using model = (await classifier(options).train(table)).model
      const { report } = await evaluateModel(model, table, 'y')
      return report!.perClass.find(({ label }) => label === 'rare')!.recall
    }
    expect(await recallOfRare(true)).toBeGreaterThan((await recallOfRare(false)) + 0.3)
  })

  it('is less sure of itself with label smoothing', async () => {
    const table = points(200, (a) => (a > 10 ? 'yes' : 'no'))
    const highest = async (labelSmoothing: number): Promise<number> => {
      const options = { target: 'y', epochs: 60, learningRate: 0.05, labelSmoothing }
      await using model = (await classifier(options).train(table)).model
      const prediction = await model.predict(table)
      return prediction.task === 'classification' ? Math.max(...prediction.probabilities) : NaN
    }
    expect(await highest(0)).toBeGreaterThan(0.99)
    expect(await highest(0.2)).toBeLessThan(0.97)
  })

  it('stops early and keeps the best epoch', async () => {
    const table = points(120, (a, b) => (a + 4 * b > 10 ? 'yes' : 'no'))
    const options: MlpOptions = { target: 'y', hidden: [64], epochs: 400, learningRate: 0.05, patience: 3 }
    const { training, model } = await classifier(options).train(table.slice(0, 80), { validation: table.slice(80) })
    await using _ = model
    expect(training.ended).toBe('stopped early')
    expect(training.history).toHaveLength(training.bestEpoch + 3)
    const { metrics } = await evaluateModel(model, table.slice(80), 'y')
    expect(metrics['loss']).toBeCloseTo(training.bestLoss, 5)
  })

  it('ends when it is aborted, and keeps what it has', async () => {
    const controller = new AbortController()
    const { training, model } = await penguinsModel({ epochs: 100 }).train(penguins, {
      signal: controller.signal,
      onEpoch: ({ epoch }) => (epoch === 2 ? controller.abort() : undefined),
    })
    await using _ = model
    expect([training.ended, training.history.length]).toEqual(['interrupted', 2])
    expect((await model.predict(penguins)).task).toBe('classification')
  })
})

describe('a regressor', () => {
  it('recovers a linear function, whatever the units of its target', async () => {
    await fc.assert(
      fc.asyncProperty(
        // Far from 0 in its own units, a target has digits that a 32-bit prediction cannot hold.
        fc.double({ min: -1e3, max: 1e3, noNaN: true }),
        fc.constantFrom(-1e4, -1, 1e-3, 1, 1e4),
        async (offset, unit) => {
          const table = points(300, (a, b) => unit * (offset + 2 * a - 5 * b))
          const { model } = await regressor({ target: 'y', hidden: [], epochs: 60, learningRate: 0.02 }).train(table)
          await using line = model
          expect((await evaluateModel(line, table, 'y')).metrics['r2']).toBeGreaterThan(0.999)
        },
      ),
      { numRuns: 6 },
    )
  })

  it('takes booleans as 0 and 1, and a target that never changes', async () => {
    const flags = points(100, (a) => a > 10)
    const { model } = await regressor({ target: 'y', epochs: 40, learningRate: 0.02 }).train(flags)
    await using scored = model
    expect((await evaluateModel(scored, flags, 'y')).metrics['r2']).toBeGreaterThan(0.6)
    const constant = points(100, () => 5.25)
    await using same = (await regressor({ target: 'y', epochs: 60, learningRate: 0.02 }).train(constant)).model
    expect((await evaluateModel(same, constant, 'y')).metrics['mae']).toBeLessThan(0.3)
  })

  it('can be trained on a single row', async () => {
    const one = Table.fromRecords([{ a: 1, y: 3 }])
    await using model = (await regressor({ target: 'y', hidden: [], epochs: 1 }).train(one)).model
    const prediction = await model.predict(one)
    expect(prediction.task === 'regression' && Number.isFinite(prediction.values[0])).toBe(true)
  })

  it('is a graph that assembles to the same bytes after loading', async () => {
    const table = points(50, (a) => 3 * a)
    await using model = (await regressor({ target: 'y', epochs: 1 }).train(table)).model
    expect(Buffer.from(assembleOnnx(models.recreate(model))).equals(model.content.onnx)).toBe(true)
  })
})

describe('every way to build the network', () => {
  const shapes = activations.flatMap((activation) =>
    (['none', 'batch', 'layer'] as const).map((normalization) => ({ activation, normalization })),
  )

  it.each(shapes)('learns and is made again: $activation, normalization $normalization', async (shape) => {
    const table = points(129, (a, b) => (a + b > 10 ? 'yes' : 'no'))
    const options = { target: 'y', hidden: [12, 6], dropout: 0.1, epochs: 40, learningRate: 0.02, ...shape }
    const trained = await classifier(options).train(table)
    const recreated = Buffer.from(assembleOnnx(models.recreate(trained.model)))
    expect(recreated.equals(trained.model.content.onnx)).toBe(true)
    expect(await accuracyOf(trained, table)).toBeGreaterThan(0.9)
  })

  it.each(['adam', 'adamW', 'sgd', 'rmsprop'] as const)('learns by %s', async (optimizer) => {
    const table = points(128, (a) => (a > 10 ? 'yes' : 'no'))
    const options = { target: 'y', epochs: 40, learningRate: 0.01, clipNorm: 1, optimizer }
    const momentum = optimizer === 'sgd' || optimizer === 'rmsprop' ? { momentum: 0.9 } : {}
    const trained = await classifier({ ...options, ...momentum, weightDecay: 1e-4 }).train(table)
    expect(await accuracyOf(trained, table)).toBeGreaterThan(0.9)
  })

  it.each<Partial<MlpOptions>>([
    { dropout: 0.2 },
    { clipNorm: 0.1 },
    { weightDecay: 0.1 },
    { batchSize: 16 },
    { learningRate: 0.02 },
    { momentum: 0.5 },
    { optimizer: 'adamW' },
    { initializer: 'xavier' },
    { scaling: 'minMax' },
    { activation: 'tanh' },
    { normalization: 'layer' },
    { labelSmoothing: 0.1 },
    { balanced: true },
    { seed: 1 },
  ])('heeds %j', async (option) => {
    expect(await weightsWith(option)).not.toEqual(await weightsWith({}))
  })

  it("starts from Keras's first weights when asked to", async () => {
    const { model } = await penguinsModel({ initializer: 'xavier', learningRate: 1e-12, epochs: 1 }).train(penguins)
    const weights = model.content.weights
    expect([...weights.get('layers.0.bias')!.data].every((value) => Math.abs(value) < 1e-9)).toBe(true)
    const limit = Math.sqrt(6 / (9 + 10))
    const largest = Math.max(...Array.from(weights.get('layers.0.weight')!.data, Math.abs))
    expect(largest).toBeLessThan(limit)
    expect(largest).toBeGreaterThan(limit * 0.8)
  })
})
