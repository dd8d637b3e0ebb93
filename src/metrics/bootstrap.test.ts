import { describe, expect, it } from 'vitest'
import { recorded } from '../../test/reference/metrics.ts'
import { MillraceError, Random } from '../core/index.ts'
import { accuracy, bootstrapConfidenceInterval, bootstrapDifference, type ConfidenceInterval, rocAuc } from './index.ts'

const width = ({ low, high }: ConfidenceInterval): number => high - low
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

describe('bootstrapConfidenceInterval', () => {
  it('agrees with scipy.stats.bootstrap about the mean', () => {
    const { rows, low, high, level } = recorded.interval
    const interval = bootstrapConfidenceInterval(mean, rows, { seed: 7, resamples: 20_000, level })
    expect(interval).toMatchObject({ estimate: mean(rows), level, resamples: 20_000 })
    // Other random numbers: at 20,000 resamples the bounds scatter by about 0.5 % of the width (one standard error).
    expect(Math.abs(interval.low - low)).toBeLessThan(0.02 * (high - low))
    expect(Math.abs(interval.high - high)).toBeLessThan(0.02 * (high - low))
  })

  it('contains the true mean about as often as its level says', () => {
    const random = new Random(11)
    let hits = 0
    for (let trial = 0; trial < 200; trial++) {
      const rows = Array.from({ length: 60 }, () => random.normal())
      const { low, high } = bootstrapConfidenceInterval(mean, rows, { seed: trial, resamples: 400, level: 0.9 })
      if (low <= 0 && high >= 0) hits++
    }
    // 180 expected; four standard deviations of the binomial are 17.
    expect(hits).toBeGreaterThan(163)
    expect(hits).toBeLessThan(197)
  })

  it('gives the same bits for the same seed and others for another', () => {
    const rows = Array.from({ length: 30 }, (_, i) => i % 7)
    const interval = (seed: number) => bootstrapConfidenceInterval(mean, rows, { seed, resamples: 200 })
    expect(interval(1)).toEqual(interval(1))
    expect(interval(1)).not.toEqual(interval(2))
  })

  it('is wider at a higher level and a point for constant rows', () => {
    const rows = Array.from({ length: 30 }, (_, i) => i % 7)
    const [narrow, wide] = [0.5, 0.99].map((level) => bootstrapConfidenceInterval(mean, rows, { seed: 1, level }))
    expect(wide!.low).toBeLessThan(narrow!.low)
    expect(wide!.high).toBeGreaterThan(narrow!.high)
    expect(bootstrapConfidenceInterval(mean, [2, 2, 2], { seed: 1 })).toMatchObject({ estimate: 2, low: 2, high: 2 })
  })

  it('draws within strata, so that a rare class is never missing', () => {
    const rows = Array.from({ length: 20 }, (_, i) => ({ label: i < 2 ? 'ill' : 'well', score: 1 / (i + 1) }))
    const area = (chosen: readonly (typeof rows)[number][]) =>
      rocAuc(
        chosen.map(({ label }) => label),
        chosen.map(({ score }) => score),
        { positive: 'ill' },
      )
    const options = { seed: 1, resamples: 300 }
    expect(() => bootstrapConfidenceInterval(area, rows, options)).toThrow(/statistic failed on resample \d+.*strata/)
    expect(bootstrapConfidenceInterval(area, rows, { ...options, strata: ({ label }) => label }).estimate).toBe(1)
  })

  it('refuses no rows, a statistic that is NaN and options out of range', () => {
    const options = { seed: 1 }
    expect(() => bootstrapConfidenceInterval(mean, [], options)).toThrow('there are no rows')
    expect(() => bootstrapConfidenceInterval(() => Number.NaN, [1], options)).toThrow(
      'gave NaN on the rows as they are',
    )
    expect(() => bootstrapConfidenceInterval(mean, [1], { seed: 1, resamples: 0 })).toThrow('resamples is 0')
    expect(() => bootstrapConfidenceInterval(mean, [1], { seed: 1, level: 95 })).toThrow('level is 95')
    expect(() => bootstrapConfidenceInterval(mean, [1], { seed: 1, level: Number.NaN })).toThrow(MillraceError)
  })

  it('passes on what the statistic throws when it is not about the rows', () => {
    const rows: readonly (string | null)[] = [null]
    expect(() => bootstrapConfidenceInterval(([row]) => row!.length, rows, { seed: 1 })).toThrow(TypeError)
  })
})

describe('bootstrapDifference', () => {
  const random = new Random(5)
  const actual = Array.from({ length: 200 }, () => random.integer(3))
  const answers = (right: number) =>
    actual.map((label) => ({ actual: label, predicted: random.uniform() < right ? label : (label + 1) % 3 }))
  const score = (rows: Readonly<ReturnType<typeof answers>>) =>
    accuracy(
      rows.map((row) => row.actual),
      rows.map((row) => row.predicted),
    )

  it('is above 0 for a candidate that is clearly better and turns its sign with the models', () => {
    const [candidate, baseline] = [answers(0.9), answers(0.6)]
    const better = bootstrapDifference(score, candidate, baseline, { seed: 3 })
    expect(better.estimate).toBe(score(candidate) - score(baseline))
    expect(better.low).toBeGreaterThan(0)
    const worse = bootstrapDifference(score, baseline, candidate, { seed: 3 })
    expect(worse.low).toBeCloseTo(-better.high, 12)
    expect(worse.high).toBeCloseTo(-better.low, 12)
  })

  it('draws the same rows for both, so that equal models differ by exactly nothing', () => {
    const rows = answers(0.7)
    expect(bootstrapDifference(score, rows, rows, { seed: 3 })).toMatchObject({ estimate: 0, low: 0, high: 0 })
  })

  it('is narrower than the two intervals apart for models that fail on the same rows', () => {
    const baseline = answers(0.7)
    const candidate = baseline.map((row, i) => (i % 20 === 0 ? { ...row, predicted: row.actual } : row))
    const alone = bootstrapConfidenceInterval(score, baseline, { seed: 3 })
    expect(width(bootstrapDifference(score, candidate, baseline, { seed: 3 }))).toBeLessThan(width(alone))
  })

  it('refuses different numbers of rows', () => {
    expect(() => bootstrapDifference(mean, [1, 2], [1], { seed: 1 })).toThrow('candidate has 2 rows and baseline has 1')
  })
})
