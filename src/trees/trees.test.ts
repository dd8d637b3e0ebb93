import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../core/index.ts'
import { OnnxGraph, Session } from '../onnx/index.ts'
import {
  boost,
  type BoostOptions,
  type Features,
  logistic,
  type LabeledFeatures,
  type Objective,
  softmax,
  squaredError,
  type Tree,
  TreeEnsemble,
} from './index.ts'

const settings: BoostOptions = {
  objective: squaredError,
  nEstimators: 10,
  learningRate: 0.3,
  maxLeaves: 8,
  minChildWeight: 1,
  l2: 1,
  maxBins: 255,
  subsample: 1,
  featureFraction: 1,
  seed: 7,
}

describe.each<readonly [string, Objective, fc.Arbitrary<number>]>([
  ['squared error', squaredError, fc.double({ min: -5, max: 5, noNaN: true })],
  ['cross-entropy of two classes', logistic, fc.integer({ min: 0, max: 1 })],
  ['cross-entropy of three classes', softmax(3), fc.integer({ min: 0, max: 2 })],
])('%s', (_, objective, target) => {
  const score = fc.double({ min: -8, max: 8, noNaN: true })
  const { outputs } = objective
  // Its derivatives are those of half the loss.
  const factor = objective === squaredError ? 0.5 : 1

  it('has the derivatives that finite differences have', () => {
    fc.assert(
      fc.property(target, fc.array(score, { minLength: outputs, maxLength: outputs }), (wanted, scores) => {
        const exact = derivatives(objective, scores, wanted)
        const step = 1e-4
        for (let output = 0; output < outputs; output++) {
          const moved = (by: number) =>
            derivatives(
              objective,
              scores.map((value, i) => value + (i === output ? by : 0)),
              wanted,
            )
          const [up, down] = [moved(step), moved(-step)]
          expect((factor * (up.loss - down.loss)) / (2 * step)).toBeCloseTo(exact.gradients[output]!, 5)
          expect((up.gradients[output]! - down.gradients[output]!) / (2 * step)).toBeCloseTo(exact.hessians[output]!, 5)
        }
      }),
    )
  })

  it('starts where no other scores that are the same for all rows are better', () => {
    fc.assert(
      fc.property(
        fc.array(target, { minLength: 6, maxLength: 12 }).map((rows) => [0, 1, 2, ...rows]),
        (rows) => {
          const targets = Float64Array.from(rows, (row) => (objective === logistic ? Number(row > 0) : row))
          const start = objective.start(targets)
          const at = (move: readonly number[]) => {
            const scores = Float64Array.from({ length: outputs * targets.length }, (_, i) => {
              const output = Math.floor(i / targets.length)
              return start[output]! + (move[output] ?? 0)
            })
            return objective.derive(scores, targets, new Float64Array(scores.length), new Float64Array(scores.length))
          }
          const best = at([])
          for (const by of [-0.3, 0.3]) expect(at([by])).toBeGreaterThan(best)
        },
      ),
    )
  })
})

describe('trees', () => {
  it('keep to the limits on leaves, depth and rows in a leaf', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 20, max: 200 }),
        fc.integer({ min: 2, max: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 30 }),
        async (rowCount, maxLeaves, maxDepth, minRows) => {
          const training = example(rowCount)
          const options = { ...settings, maxLeaves, maxDepth, minChildWeight: minRows }
          const { ensemble } = await boost(training, options)
          for (const tree of ensemble.trees) {
            expect(leavesOf(tree).length).toBeLessThanOrEqual(maxLeaves)
            expect(depthOf(tree)).toBeLessThanOrEqual(maxDepth)
            const landed = leavesReached(tree, training.features)
            for (const leaf of leavesOf(tree)) {
              expect(landed.filter((node) => node === leaf).length).toBeGreaterThanOrEqual(Math.min(minRows, rowCount))
            }
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  it('lower the loss of each round, and learn from what is missing', async () => {
    const random = new Random(3)
    const data = Float32Array.from({ length: 400 }, () => (random.uniform() < 0.5 ? NaN : random.normal()))
    const training = {
      features: { data, rowCount: 400, featureCount: 1 },
      targets: Float64Array.from(data, (value) => (Number.isNaN(value) ? 3 : 0)),
    }
    const { history, ensemble } = await boost(training, { ...settings, nEstimators: 40, l2: 0 })
    for (const [i, { trainLoss }] of history.entries())
      if (i > 0) expect(trainLoss).toBeLessThan(history[i - 1]!.trainLoss)
    const [missing, present] = ensemble.scores(column(NaN, 0.5))
    expect(missing).toBeCloseTo(3, 4)
    expect(present).toBeCloseTo(0, 4)
  })

  it('send what was never missing where more rows went', async () => {
    const data = Float32Array.from({ length: 100 }, (_, row) => row)
    const training = {
      features: { data, rowCount: 100, featureCount: 1 },
      targets: Float64Array.from(data, (value) => Number(value > 79)),
    }
    const { ensemble } = await boost(training, { ...settings, maxLeaves: 2 })
    const [missing, usual] = ensemble.scores(column(NaN, 10))
    expect(missing).toBe(usual)
  })

  it.each([
    ['a single row', column(1)],
    ['a constant feature', column(2, 2, 2, 2)],
    ['a feature that is always missing', column(NaN, NaN, NaN)],
  ])('are single leaves for %s', async (_, features) => {
    const targets = Float64Array.from({ length: features.rowCount }, (_, row) => row)
    const { ensemble } = await boost({ features, targets }, settings)
    for (const tree of ensemble.trees) expect(tree.features).toEqual(Int32Array.of(-1))
    expect(ensemble.scores(features)[0]).toBeCloseTo((features.rowCount - 1) / 2, 6)
  })

  it('tell neighbouring numbers apart, and the largest from all others', async () => {
    const high = 3.4028234663852886e38
    const values = [-high, -1, -Math.fround(1 - 2 ** -24), 0, 1, Math.fround(1 + 2 ** -23), high]
    const features = column(...values)
    const targets = Float64Array.from(values, (_, i) => i)
    const { ensemble } = await boost({ features, targets }, { ...settings, nEstimators: 200, l2: 0, minChildWeight: 0 })
    expect([...ensemble.scores(features)].map(Math.round)).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('learn as well from features of more values than there are bins', async () => {
    const training = example(3000)
    const [coarse, fine] = await Promise.all([16, 255].map((maxBins) => boost(training, { ...settings, maxBins })))
    expect(coarse!.bestLoss).toBeGreaterThan(fine!.bestLoss)
    expect(coarse!.bestLoss).toBeLessThan(3 * fine!.bestLoss)
    expect(new Set(coarse!.ensemble.trees.flatMap(({ thresholds }) => [...thresholds])).size).toBeLessThanOrEqual(61)
  })
})

describe('a training', () => {
  it('gives the same trees for the same seed, whatever is drawn', async () => {
    const drawn = { ...settings, subsample: 0.5, featureFraction: 0.5 }
    const training = example(150)
    const { ensemble } = await boost(training, drawn)
    expect((await boost(training, drawn)).ensemble).toEqual(ensemble)
    expect((await boost(training, { ...drawn, seed: 8 })).ensemble).not.toEqual(ensemble)
    expect((await boost(training, { ...drawn, subsample: 1 })).ensemble).not.toEqual(ensemble)
  })

  it('measures rows that are left out of a round like all others', async () => {
    const training = example(150)
    const { ensemble, history } = await boost(training, { ...settings, subsample: 0.4 })
    const scores = ensemble.scores(training.features)
    const loss = scores.reduce((sum, score, row) => sum + (score - training.targets[row]!) ** 2, 0) / scores.length
    expect(history.at(-1)!.trainLoss).toBeCloseTo(loss, 8)
  })

  it('counts weights like so many rows', async () => {
    const training = example(60)
    const weights = Float64Array.from({ length: 60 }, (_, row) => 1 + (row % 3))
    const rows = [...weights].flatMap((weight, row) => Array.from({ length: weight }, () => row))
    const repeated = {
      features: {
        ...training.features,
        data: Float32Array.from(rows.flatMap((row) => rowOf(training, row))),
        rowCount: rows.length,
      },
      targets: Float64Array.from(rows, (row) => training.targets[row]!),
    }
    const weighted = (await boost(training, { ...settings, weights })).ensemble.scores(training.features)
    const expected = (await boost(repeated, settings)).ensemble.scores(training.features)
    for (const [row, score] of expected.entries()) expect(weighted[row]).toBeCloseTo(score, 5)
  })

  it('stops when the validation gets no better, and keeps the trees of the best round', async () => {
    const noise = { ...example(80), targets: Float64Array.from(example(80, 9).targets) }
    const options = { ...settings, nEstimators: 200, validation: example(80, 5), patience: 3 }
    const result = await boost(noise, options)
    expect(result.ended).toBe('stopped early')
    expect(result.history).toHaveLength(result.bestRound + 3)
    expect(result.ensemble.trees).toHaveLength(result.bestRound)
    expect(result.bestLoss).toBe(Math.min(...result.history.map(({ validationLoss }) => validationLoss!)))
  })

  it('can be interrupted between rounds and keeps what it has', async () => {
    const controller = new AbortController()
    const onRound = ({ round }: { round: number }) => {
      if (round === 4) controller.abort()
    }
    const result = await boost(example(50), { ...settings, signal: controller.signal, onRound })
    expect(result).toMatchObject({ ended: 'interrupted', bestRound: 4 })
    expect(result.ensemble.trees).toHaveLength(4)
  })
})

describe('what cannot be boosted', () => {
  const training = example(20)
  const { features, targets } = training

  it.each<[string, LabeledFeatures, Partial<BoostOptions>, string, RegExp]>([
    [
      'no rounds',
      training,
      { nEstimators: 0 },
      'INVALID_ARGUMENT',
      /nEstimators is 0, expected a whole number, from 1 up/,
    ],
    ['too many bins', training, { maxBins: 256 }, 'INVALID_ARGUMENT', /maxBins is 256, expected .* 2 to 255/],
    ['a single leaf', training, { maxLeaves: 1 }, 'INVALID_ARGUMENT', /maxLeaves is 1/],
    ['no depth', training, { maxDepth: 0 }, 'INVALID_ARGUMENT', /maxDepth is 0/],
    ['a negative l2', training, { l2: -1 }, 'INVALID_ARGUMENT', /l2 is -1/],
    ['no learning', training, { learningRate: NaN }, 'INVALID_ARGUMENT', /learningRate is NaN/],
    ['a share above 1', training, { subsample: 2 }, 'INVALID_ARGUMENT', /subsample is 2, expected a share/],
    ['no rows', { features: { ...features, rowCount: 0 }, targets }, {}, 'INVALID_DATA', /have 0 rows of 3 features/],
    [
      'missing numbers',
      { features: { ...features, rowCount: 21 }, targets },
      {},
      'SHAPE_MISMATCH',
      /are 60 .* expected 63/,
    ],
    [
      'missing targets',
      { features, targets: targets.slice(1) },
      {},
      'SHAPE_MISMATCH',
      /targets of .* 19 .* expected 20/,
    ],
    ['a target that is none', { features, targets: targets.map(() => NaN) }, {}, 'INVALID_DATA', /row 1 .* is NaN/],
    ['a target of no class', training, { objective: logistic }, 'INVALID_DATA', /but logistic takes 0 and 1/],
    [
      'a class too many',
      { features, targets: targets.map(() => 3) },
      { objective: softmax(3) },
      'INVALID_DATA',
      /0 to 2/,
    ],
    ['a negative weight', training, { weights: targets.map(() => -1) }, 'INVALID_DATA', /weight of row 1 is -1/],
    ['weights of nothing', training, { weights: targets.map(() => 0) }, 'INVALID_DATA', /all weights are 0/],
    [
      'other rows to validate on',
      training,
      { validation: { features: column(1), targets: Float64Array.of(1) } },
      'SHAPE_MISMATCH',
      /validation data are 1 numbers, expected 3/,
    ],
    [
      'a loss that is no number any more',
      training,
      { learningRate: 1e200, nEstimators: 5 },
      'NON_FINITE',
      /Lower learningRate \(1e\+200\)/,
    ],
  ])('is refused: %s', async (_, data, options, code, message) => {
    const refused = boost(data, { ...settings, ...options })
    await expect(refused).rejects.toThrow(message)
    await expect(refused).rejects.toMatchObject({ code })
  })

  it('is refused when it needs more memory than there can be', async () => {
    const options = { ...settings, objective: { ...softmax(3), outputs: 2 ** 28 } }
    await expect(boost({ features, targets: new Float64Array(20) }, options)).rejects.toThrow(
      /20 rows of 3 features with trees of up to 8 leaves need more than 4 GiB/,
    )
  })
})

describe('an ensemble', () => {
  it('answers the same as its ONNX graph, missing and extreme values too', async () => {
    for (const objective of [squaredError, softmax(3)]) {
      const training = example(120)
      const targets = training.targets.map((value) =>
        objective === squaredError ? value : Math.abs(Math.round(value)) % 3,
      )
      const { ensemble } = await boost({ ...training, targets }, { ...settings, objective })
      const graph = new OnnxGraph('trees')
      const input = graph.input('features', 'float32', ['batch', 3])
      graph.output('scores', ensemble.lower(graph, input), 'float32', ['batch', ensemble.outputs])
      await using session = await Session.load(graph.toBytes())
      const value = fc.oneof(fc.float(), fc.constantFrom(NaN, Infinity, -Infinity, ...training.features.data))
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 20 }), async (rows) => {
          const features = { data: Float32Array.from(rows.flat()), rowCount: rows.length, featureCount: 3 }
          const { scores } = await session.run({
            features: { dtype: 'float32', data: features.data, shape: [rows.length, 3] },
          })
          const expected = ensemble.scores(features)
          for (const [i, score] of [...(scores!.data as Float32Array)].entries()) {
            const [row, output] = [Math.floor(i / ensemble.outputs), i % ensemble.outputs]
            expect(score).toBeCloseTo(expected[output * rows.length + row]!, 4)
          }
        }),
      )
    }
  })

  it('survives being tensors, and says what they lack', async () => {
    const { ensemble } = await boost(example(60), settings)
    const tensors = ensemble.toTensors()
    expect(TreeEnsemble.fromTensors(tensors)).toEqual(ensemble)
    const without = new Map([...tensors].filter(([name]) => name !== 'trees.left'))
    expect(() => TreeEnsemble.fromTensors(without)).toThrow(/there is no tensor "trees\.left"/)
    const shorter = new Map(tensors).set('trees.values', { shape: [1], data: Float32Array.of(1) })
    expect(() => TreeEnsemble.fromTensors(shorter)).toThrow(
      /its trees have \d+ nodes, but "trees\.values" has 1 numbers/,
    )
  })
})

function derivatives(objective: Objective, scores: readonly number[], target: number) {
  const [gradients, hessians] = [new Float64Array(scores.length), new Float64Array(scores.length)]
  const loss = objective.derive(Float64Array.from(scores), Float64Array.of(target), gradients, hessians)
  return { loss, gradients, hessians }
}

/** Rows of three features, one of them with gaps, and a target that two of them determine. */
function example(rowCount: number, seed = 1): LabeledFeatures {
  const random = new Random(seed)
  const rows = Array.from({ length: rowCount }, () => [
    random.normal(),
    random.uniform() < 0.2 ? NaN : random.normal(),
    random.integer(4),
  ])
  const targets = rows.map(([a, b, c]) => a! * 2 + (Number.isNaN(b) ? 1 : Math.sin(b!)) + Number(c === 2))
  return {
    features: { data: Float32Array.from(rows.flat()), rowCount, featureCount: 3 },
    targets: Float64Array.from(targets),
  }
}

function rowOf({ features: { data, featureCount } }: LabeledFeatures, row: number): number[] {
  return [...data.subarray(row * featureCount, (row + 1) * featureCount)]
}

function column(...values: readonly number[]): Features {
  return { data: Float32Array.from(values), rowCount: values.length, featureCount: 1 }
}

function leavesOf({ features }: Tree): number[] {
  return [...features.keys()].filter((node) => features[node] === -1)
}

function depthOf(tree: Tree, node = 0): number {
  if (tree.features[node] === -1) return 0
  return 1 + Math.max(depthOf(tree, tree.left[node]), depthOf(tree, tree.right[node]))
}

/** The leaf that each row comes to. */
function leavesReached(tree: Tree, { data, rowCount, featureCount }: Features): number[] {
  return Array.from({ length: rowCount }, (_, row) => {
    let node = 0
    while (tree.features[node] !== -1) {
      const value = data[row * featureCount + tree.features[node]!]!
      const isLeft = Number.isNaN(value) ? tree.missingLeft[node] === 1 : value <= tree.thresholds[node]!
      node = isLeft ? tree.left[node]! : tree.right[node]!
    }
    return node
  })
}
