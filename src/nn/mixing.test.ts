import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Classifier, recordedImages } from '../../test/reference/images.ts'
import { Random } from '../core/index.ts'
import {
  crossEntropyLoss,
  cutmix,
  Linear,
  type Mixing,
  mixingChoice,
  mixup,
  mseLoss,
  sgd,
  tensorDataset,
  train,
  type TrainOptions,
} from './index.ts'

const images = (rows: number): { data: Float32Array; shape: number[] } => ({
  data: Float32Array.from({ length: rows * 2 * 30 }, (_, i) => Math.floor(i / 60) * 100 + (i % 60)),
  shape: [rows, 2, 5, 6],
})

describe('mixup', () => {
  it('sums each row and the one before by the share it returns', () => {
    const [given, field] = [images(3), images(3)]
    const share = mixup({ alpha: 0.7 }).mix([field], new Random(3))
    expect(share).toBeGreaterThan(0)
    expect(share).toBeLessThan(1)
    field.data.forEach((value, i) => {
      const other = given.data[(i + 2 * 60) % 180]!
      expect(value).toBeCloseTo(share * given.data[i]! + (1 - share) * other, 3)
    })
  })

  it.each([0.2, 1, 4])('draws shares of the distribution Beta(%d, the same)', (alpha) => {
    const random = new Random(1)
    const shares = Array.from({ length: 20_000 }, () => mixup({ alpha }).mix([], random))
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
    const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length
    // Five standard errors of 20,000 draws, whose own variance is at most a quarter.
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.018)
    expect(Math.abs(variance - 1 / (4 * (2 * alpha + 1)))).toBeLessThan(0.005)
  })
})

describe('cutmix', () => {
  it('takes a rectangle, the same of all channels, from the row before, and returns the share that is left', () => {
    for (let seed = 0; seed < 50; seed++) {
      const [given, field] = [images(4), images(4)]
      const share = cutmix().mix([field], new Random(seed))
      const taken = field.data.map((value, i) => Number(value !== given.data[i]))
      const cut = taken.slice(0, 30)
      expect(1 - cut.reduce((sum, each) => sum + each, 0) / 30).toBeCloseTo(share, 10)
      taken.forEach((each, i) => expect(each).toBe(cut[i % 30]))
      field.data.forEach((value, i) => expect(value).toBe(given.data[taken[i] === 1 ? (i + 3 * 60) % 240 : i]))
      const rows = [...cut.keys()].filter((i) => cut[i] === 1).map((i) => [Math.floor(i / 6), i % 6] as const)
      const [ys, xs] = [new Set(rows.map(([y]) => y)), new Set(rows.map(([, x]) => x))]
      expect(rows).toHaveLength(ys.size * xs.size)
    }
  })

  it('refuses rows that are no images', () => {
    const field = { data: new Float32Array(6), shape: [2, 3] }
    expect(() => cutmix().mix([field], new Random(0))).toThrow(/expected images .* found \[2, 3\]\. Use mixup/)
  })
})

describe('options that make no sense', () => {
  it.each([0, -1, NaN, Infinity])('are refused: alpha %d', (alpha) => {
    expect(() => mixup({ alpha })).toThrow(/alpha must be above 0/)
    expect(() => cutmix({ alpha })).toThrow(/alpha must be above 0/)
  })

  it('are refused: a choice of nothing, and inputs that are no floats', () => {
    expect(() => mixingChoice()).toThrow(/at least one/)
    const field = { data: new BigInt64Array(2), shape: [2] }
    expect(() => mixup().mix([field], new Random(0))).toThrow(/only float32/)
  })
})

describe('training with mixed batches', () => {
  it('goes by the loss of both targets in their shares', async () => {
    // With one weight w = 0 and no bias the loss of a row is its target squared, whatever is mixed.
    const line = new Linear(1, 1, { bias: false })
    line.loadStateDict(new Map([['weight', { shape: [1, 1], data: Float32Array.of(0) }]]))
    const share: Mixing = { name: 'fixed', options: {}, mix: () => 0.75 }
    const losses: number[] = []
    await train(
      line,
      tensorDataset({ data: Float32Array.of(1, 1), shape: [2, 1] }, { data: Float32Array.of(2, 6), shape: [2, 1] }),
      {
        loss: mseLoss(),
        optimizer: sgd({ lr: 0.1 }),
        epochs: 1,
        shuffle: false,
        mixing: share,
        onStep: ({ loss }) => void losses.push(loss),
      },
    )
    expect(losses[0]).toBeCloseTo((4 + 36) / 2, 5)
    // dL/dw = −2 · mean of (0.75 · own + 0.25 · other target) = −2 · 4
    expect(line.weight.data[0]).toBeCloseTo(0.8, 5)
  })

  it('has the same bytes with two threads, and when it goes on from a checkpoint', async () => {
    const { pictures, labels } = recordedImages.curves
    const data = tensorDataset(
      { data: Float32Array.from(pictures.data), shape: pictures.shape },
      { data: BigInt64Array.from(labels.data, BigInt), shape: labels.shape },
    )
    const folder = await mkdtemp(join(tmpdir(), 'millrace-mixing-'))
    const trained = async (options: Partial<TrainOptions>): Promise<Classifier> => {
      const network = new Classifier(true)
      await train(network, data, {
        loss: crossEntropyLoss({ labelSmoothing: 0.1 }),
        optimizer: sgd({ lr: 0.05, momentum: 0.9 }),
        epochs: 4,
        batchSize: 32,
        clipNorm: 1,
        mixing: mixingChoice(mixup({ alpha: 0.4 }), cutmix()),
        ...options,
      })
      return network
    }
    try {
      const whole = await trained({})
      expect((await trained({ threads: 2 })).stateDict()).toEqual(whole.stateDict())
      await trained({ epochs: 2, checkpoints: folder })
      expect((await trained({ checkpoints: folder, resume: true })).stateDict()).toEqual(whole.stateDict())
      const other = trained({ checkpoints: folder, resume: true, mixing: mixup() })
      await expect(other).rejects.toThrow(/belongs to another training \(mixing/)
      expect((await trained({ mixing: mixup() })).stateDict()).not.toEqual(whole.stateDict())
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
