/** Gradient boosting as a kind of model: configured, trained, reported, kept and served like every other. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readPenguins } from '../../../test/penguins.ts'
import { observeTraining, Random } from '../../core/index.ts'
import { kFold, Table } from '../../data/index.ts'
import { assembleOnnx, type BoostingOptions, evaluateModel, gradientBoostingRegressor, models } from '../index.ts'

const classifier = models.get('gradient-boosting-classifier')
const regressor = models.get('gradient-boosting-regressor')

describe('a configuration', () => {
  it('is told whole', () => {
    expect(classifier({ target: 'y' }).params()).toEqual({
      target: 'y',
      nEstimators: 100,
      learningRate: 0.1,
      maxLeaves: 31,
      minChildWeight: 1,
      l2: 1,
      maxBins: 255,
      subsample: 1,
      featureFraction: 1,
      balanced: false,
      seed: 42,
    })
    expect(classifier({ target: 'y', nEstimators: 7 }).epochs).toBe(7)
  })

  it.each<[Partial<BoostingOptions>, RegExp]>([
    [{ nEstimators: 0 }, /"nEstimators": .*>0/],
    [{ maxLeaves: 1 }, /"maxLeaves": .*>=2/],
    [{ maxBins: 256 }, /"maxBins": .*<=255/],
    [{ subsample: 0 }, /"subsample": .*>0/],
    [{ featureFraction: 1.5 }, /"featureFraction": .*<=1/],
    [{ l2: -1 }, /"l2": .*>=0/],
    [{ hidden: [3] } as object, /gradient-boosting-classifier has no key "hidden"\. There are: target, .*nEstimators/],
  ])('is refused: %j', (options, message) => {
    expect(() => classifier({ target: 'y', ...options })).toThrow(message)
  })
})

describe('a classifier', () => {
  it('tells penguins that it has not seen, gaps and all', async () => {
    const penguins = await readPenguins()
    const strategy = { stratifyBy: penguins.strings('species').map(String) }
    for (const { train, test } of kFold(penguins.rowCount, 4, { seed: 1, strategy })) {
      await using model = (await classifier({ target: 'species' }).train(penguins.take(train))).model
      const { metrics } = await evaluateModel(model, penguins.take(test), 'species')
      expect(metrics['accuracy']).toBeGreaterThan(0.94)
    }
  })

  it('gives two classes their probabilities, which add up', async () => {
    const table = points((a) => (a > 10 ? 'yes' : 'no'))
    await using model = (await classifier({ target: 'y' }).train(table)).model
    const prediction = await model.predict(table)
    if (prediction.task !== 'classification') throw new Error('no classes')
    expect(prediction.classes).toEqual(['no', 'yes'])
    for (const [row, label] of prediction.labels.entries()) {
      const [no, yes] = prediction.probabilities.subarray(2 * row, 2 * row + 2)
      expect(no! + yes!).toBeCloseTo(1, 6)
      expect(label).toBe(yes! > no! ? 'yes' : 'no')
    }
    expect((await evaluateModel(model, table, 'y')).metrics['accuracy']).toBeGreaterThan(0.99)
  })

  it('learns from numbers that are missing, and from text', async () => {
    const random = new Random(4)
    const table = Table.fromRecords(
      Array.from({ length: 200 }, () => {
        const [x, side] = [random.uniform() < 0.5 ? null : random.normal(), random.uniform() < 0.5 ? 'left' : 'right']
        return { x, side, y: x === null && side === 'left' }
      }),
    )
    await using model = (await classifier({ target: 'y' }).train(table)).model
    const asked = Table.fromRecords([
      { x: null, side: 'left' },
      { x: null, side: 'right' },
      { x: 0.5, side: 'left' },
    ])
    expect(await model.predict(asked)).toMatchObject({ labels: ['true', 'false', 'false'] })
  })

  it('weights rare classes up when balanced', async () => {
    const random = new Random(3)
    const table = Table.fromRecords(
      Array.from({ length: 330 }, (_, i) => {
        const isRare = i % 11 === 0
        return { x: random.normal() + (isRare ? 1.5 : 0), y: isRare ? 'rare' : 'common' }
      }),
    )
    const recallOfRare = async (balanced: boolean): Promise<number> => {
      const options = { target: 'y', maxLeaves: 3, nEstimators: 20, balanced }
      await using model = (await classifier(options).train(table)).model
      const { report } = await evaluateModel(model, table, 'y')
      return report!.perClass.find(({ label }) => label === 'rare')!.recall
    }
    expect(await recallOfRare(true)).toBeGreaterThan(0.3 + (await recallOfRare(false)))
  })
})

describe('a regressor', () => {
  it('predicts numbers of any size', async () => {
    for (const scale of [1e-6, 1, 1e9]) {
      const table = points((a, b) => (a * b + 1000) * scale)
      await using model = (await regressor({ target: 'y', nEstimators: 200 }).train(table)).model
      expect((await evaluateModel(model, table, 'y')).metrics['r2']).toBeGreaterThan(0.98)
    }
  })

  it('stops by its validation rows, and cannot without any', async () => {
    const [training, validation] = [points((a) => a, 1), points((a) => a, 2)]
    const model = regressor({ target: 'y', nEstimators: 500, patience: 5 })
    const { training: result } = await model.train(training, { validation })
    expect(result.ended).toBe('stopped early')
    expect(result.history).toHaveLength(result.bestEpoch + 5)
    await expect(model.train(training)).rejects.toThrow('patience needs validation rows to look at.')
  })

  it('writes no checkpoints, and says so', async () => {
    const asked = regressor({ target: 'y' }).train(
      points((a) => a),
      { checkpoints: 'checkpoints' },
    )
    await expect(asked).rejects.toThrow(/Gradient boosting writes no checkpoints: .*Leave "checkpoints" out/)
  })
})

describe('a trained model', () => {
  it('is kept and made again, to the same bytes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-boosting-'))
    try {
      const table = points((a, b) => a - b)
      await using model = (await regressor({ target: 'y', nEstimators: 20 }).train(table)).model
      await model.save(join(folder, 'model'))
      await using loaded = await models.load(join(folder, 'model'))
      expect(await loaded.predict(table)).toEqual(await model.predict(table))
      expect(Buffer.from(assembleOnnx(models.recreate(loaded))).equals(model.content.onnx)).toBe(true)
      expect(gradientBoostingRegressor.recreate(loaded).ensemble.trees).toHaveLength(20)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('is the same for the same seed, and another for another', async () => {
    const table = points((a, b) => (a > b ? 'more' : 'less'))
    const bytes = async (seed: number): Promise<Buffer> => {
      const options = { target: 'y', nEstimators: 5, subsample: 0.7, seed }
      await using model = (await classifier(options).train(table)).model
      return Buffer.from(model.content.onnx)
    }
    const [one, again, other] = [await bytes(1), await bytes(1), await bytes(2)]
    expect(one.equals(again)).toBe(true)
    expect(one.equals(other)).toBe(false)
  })

  it('was reported while it was trained', async () => {
    const told: unknown[] = []
    const validation = points((a) => a, 2)
    await observeTraining(
      {
        datasetUsed: ({ context, rowCount }) => void told.push([context, rowCount]),
        started: (parameters) => {
          told.push(parameters)
          return {
            epochEnded: (metrics, epoch) => void told.push([epoch, Object.keys(metrics)]),
            ended: (summary) => void told.push(summary),
            weightsTrained: () => void told.push('weights'),
            modelTrained: () => void told.push('model'),
          }
        },
      },
      async () =>
        await regressor({ target: 'y', nEstimators: 2 }).train(
          points((a) => a),
          { validation },
        ),
    )
    expect(told).toEqual([
      ['training', 200],
      ['validation', 200],
      expect.objectContaining({
        model: 'gradient-boosting-regressor',
        model_nEstimators: 2,
        objective: 'squared-error',
        train_rows: 200,
        feature_count: 2,
        epochs: 2,
      }),
      [1, ['train_loss', 'val_loss']],
      [2, ['train_loss', 'val_loss']],
      { ended: 'finished', best_epoch: 2, best_loss: expect.any(Number) as number },
      'model',
    ])
  })
})

/** 200 rows of two numbers between 0 and 20, and a target that follows from them. */
function points(targetOf: (a: number, b: number) => string | number, seed = 1): Table {
  const random = new Random(seed)
  return Table.fromRecords(
    Array.from({ length: 200 }, () => {
      const [a, b] = [20 * random.uniform(), 20 * random.uniform()]
      return { a, b, y: targetOf(a, b) }
    }),
  )
}
