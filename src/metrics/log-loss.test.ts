import { setImmediate } from 'node:timers/promises'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectSame, option, type ProbabilityCase, recorded } from '../../test/reference/metrics.ts'
import { binaryProbabilities, brierScore, logLoss, type Probabilities } from './index.ts'

function probabilitiesOf({ classes, probabilities, float32 }: ProbabilityCase): Probabilities {
  return { classes, values: float32 ? Float32Array.from(probabilities) : Float64Array.from(probabilities) }
}

/** scikit-learn computes float32 input in single precision, about 1e-7 a step; Millrace in double. */
const toleranceOf = ({ float32 }: ProbabilityCase): number => (float32 ? 1e-6 : 1e-12)

describe('logLoss and brierScore', () => {
  it.each(recorded.probabilities)('equal scikit-learn: $name', (known) => {
    const [probabilities, tolerance] = [probabilitiesOf(known), toleranceOf(known)]
    const weights = option('weights', known.weights)
    expectSame(logLoss(known.actual, probabilities, weights), known.logLoss, tolerance)
    expectSame(brierScore(known.actual, probabilities, weights), known.brierScore, tolerance)
    const halved = brierScore(known.actual, probabilities, { ...weights, scaleByHalf: true })
    expectSame(halved, known.brierScoreHalved, tolerance)
  })

  const binary = recorded.scores.filter((known) => known.logLoss !== null)
  it.each(binary)('equal scikit-learn for the probabilities of one class: $name', (known) => {
    const isPositive = known.actual.map((label) => label === known.positive)
    const truth = isPositive.map((positive) => (positive ? 'positive' : 'negative'))
    const probabilities = binaryProbabilities(['negative', 'positive'], known.scores)
    const weights = option('weights', known.weights)
    expectSame(logLoss(truth, probabilities, weights), known.logLoss)
    expectSame(brierScore(truth, probabilities, weights), known.brierScore)
  })

  it('take the columns in the order of the classes, whatever it is', () => {
    const actual = ['a', 'b']
    const sorted = { classes: ['a', 'b'], values: [0.9, 0.1, 0.3, 0.7] }
    const reversed = { classes: ['b', 'a'], values: [0.1, 0.9, 0.7, 0.3] }
    expect(logLoss(actual, reversed)).toBe(logLoss(actual, sorted))
    expect(brierScore(actual, reversed)).toBe(brierScore(actual, sorted))
  })

  it('clip certainty by the precision of the array', () => {
    const certain = [1, 0]
    expect(logLoss([1], { classes: [0, 1], values: Float64Array.from(certain) })).toBeCloseTo(52 * Math.LN2, 12)
    expect(logLoss([1], { classes: [0, 1], values: Float32Array.from(certain) })).toBeCloseTo(23 * Math.LN2, 12)
    expect(logLoss([1], { classes: [0, 1], values: certain })).toBeCloseTo(52 * Math.LN2, 12)
  })

  it('are never negative, and brierScore at most 1 or 2', () => {
    const rows = fc.array(
      fc.tuple(
        fc.nat({ max: 2 }),
        fc.tuple(fc.double({ min: 0.01, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
      ),
      { minLength: 1 },
    )
    fc.assert(
      fc.property(rows, (rows) => {
        const actual = rows.map(([label]) => label)
        const values = rows.flatMap(([, [a, b]]) => [a / (a + b + 1), b / (a + b + 1), 1 / (a + b + 1)])
        const probabilities = { classes: [0, 1, 2], values }
        expect(logLoss(actual, probabilities)).toBeGreaterThanOrEqual(0)
        expect(brierScore(actual, probabilities)).toBeGreaterThanOrEqual(0)
        expect(brierScore(actual, probabilities)).toBeLessThanOrEqual(2)
        expect(brierScore(actual, probabilities, { scaleByHalf: true })).toBe(brierScore(actual, probabilities) / 2)
      }),
    )
  })

  it('warn of rows that do not sum to 1 and take them as they are', async () => {
    const warnings: Error[] = []
    const listen = (warning: Error) => warnings.push(warning)
    // Warnings of earlier tests are still on their way: they are emitted a tick late.
    await setImmediate()
    process.on('warning', listen)
    expect(logLoss(['a'], { classes: ['a', 'b'], values: [0.25, 0.25] })).toBe(-Math.log(0.25))
    logLoss(['a'], { classes: ['a', 'b'], values: [0.25, 0.75] })
    await setImmediate()
    process.off('warning', listen)
    expect(warnings.map(({ name }) => name)).toEqual(['MillraceWarning'])
    expect(warnings[0]!.message).toContain('logLoss: the probabilities of row 0 sum to 0.5')
  })

  it('refuse values that are no probabilities', () => {
    const classes = ['a', 'b']
    expect(() => logLoss(['a'], { classes, values: [-0.5, 1.5] })).toThrow('logLoss: probabilities[0] is -0.5')
    expect(() => logLoss(['a'], { classes, values: [0.5, 1.5] })).toThrow('probabilities[1] is 1.5')
    expect(() => brierScore(['a'], { classes, values: [0.5, Number.NaN] })).toThrow('probabilities[1] is NaN')
  })

  it('refuse sizes that do not fit, unknown labels, one class and no rows', () => {
    const classes = ['a', 'b']
    expect(() => logLoss(['a', 'b'], { classes, values: [0.5, 0.5] })).toThrow('Expected 2 × 2 = 4 values')
    expect(() => logLoss(['c'], { classes, values: [0.5, 0.5] })).toThrow('logLoss: actual[0] is "c"')
    expect(() => logLoss(['a'], { classes: ['a'], values: [1] })).toThrow('classes has one entry')
    expect(() => brierScore(['a'], { classes: ['a', 'a'], values: [0.5, 0.5] })).toThrow('classes lists "a" twice')
    expect(() => brierScore([], { classes, values: [] })).toThrow('brierScore: actual is empty')
  })
})

describe('binaryProbabilities', () => {
  it('puts what is left to 1 in the first column and keeps single precision', () => {
    const { classes, values } = binaryProbabilities(['no', 'yes'], Float32Array.of(0.25, 1))
    expect(classes).toEqual(['no', 'yes'])
    expect(values).toEqual(Float32Array.of(0.75, 0.25, 0, 1))
    expect(binaryProbabilities([0, 1], [0.25]).values).toEqual(Float64Array.of(0.75, 0.25))
  })
})
