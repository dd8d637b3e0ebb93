import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectSame, option, recorded } from '../../test/reference/metrics.ts'
import { MillraceError, Random, ShapeError } from '../core/index.ts'
import { accuracy, balancedAccuracy, classScores, confusionMatrix, f1 } from './index.ts'

describe('accuracy and balancedAccuracy', () => {
  it.each(recorded.labels)('equal scikit-learn: $name', (known) => {
    const weights = option('weights', known.weights)
    expectSame(accuracy(known.actual, known.predicted, weights), known.accuracy)
    expectSame(balancedAccuracy(known.actual, known.predicted, weights), known.balancedAccuracy)
  })

  it('are 1 for perfect predictions and lie in 0..1 for any', () => {
    const labels = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('a', 'b', 'c')), { minLength: 1 })
    fc.assert(
      fc.property(labels, (rows) => {
        const [actual, predicted] = [rows.map(([label]) => label), rows.map(([, label]) => label)]
        for (const score of [accuracy, balancedAccuracy]) {
          expect(score(actual, actual)).toBe(1)
          expect(score(actual, predicted)).toBeGreaterThanOrEqual(0)
          expect(score(actual, predicted)).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  it('do not depend on the order of the rows, and neither do the other scores of labels', () => {
    const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })), { minLength: 1 })
    fc.assert(
      fc.property(rows, fc.integer(), (rows, seed) => {
        const shuffled = Array.from(new Random(seed).permutation(rows.length), (i) => rows[i]!)
        const scoresOf = (chosen: typeof rows): unknown => {
          const [actual, predicted] = [chosen.map(([label]) => label), chosen.map(([, label]) => label)]
          return [
            accuracy(actual, predicted),
            balancedAccuracy(actual, predicted),
            classScores(actual, predicted),
            confusionMatrix(actual, predicted),
            f1(actual, predicted, { average: 'macro' }),
          ]
        }
        expect(scoresOf(shuffled)).toEqual(scoresOf(rows))
      }),
    )
  })

  it('treat a whole weight as that many copies of the row', () => {
    const weighted = accuracy(['a', 'b', 'b'], ['a', 'b', 'a'], { weights: [3, 0, 1] })
    expect(weighted).toBe(accuracy(['a', 'a', 'a', 'b'], ['a', 'a', 'a', 'a']))
  })

  it('accept typed arrays', () => {
    expect(accuracy(Int32Array.of(0, 1, 2), Uint8Array.of(0, 1, 1))).toBeCloseTo(2 / 3, 15)
  })

  it('name both columns when the lengths differ', () => {
    expect(() => accuracy(['a', 'b'], ['a'])).toThrow(ShapeError)
    expect(() => accuracy(['a', 'b'], ['a'])).toThrow('accuracy: actual has 2 rows and predicted has 1.')
    expect(() => balancedAccuracy(['a'], ['a'], { weights: [1, 2] })).toThrow(
      'balancedAccuracy: actual has 1 rows and weights has 2.',
    )
  })

  it('refuse empty columns, NaN labels and labels of mixed types', () => {
    expect(() => accuracy([], [])).toThrow('accuracy: actual is empty.')
    expect(() => accuracy([0, 1], [0, Number.NaN])).toThrow('accuracy: predicted[1] is NaN')
    expect(() => accuracy<string | number>([1, 0], ['1', '0'])).toThrow(
      'the labels mix strings and numbers, such as "1" and 1',
    )
    expect(() => balancedAccuracy([], [])).toThrow(MillraceError)
  })

  it('refuse weights that are negative, not finite or all zero', () => {
    const labels = ['a', 'b']
    expect(() => accuracy(labels, labels, { weights: [1, -1] })).toThrow('weights[1] is -1')
    expect(() => accuracy(labels, labels, { weights: [Number.NaN, 1] })).toThrow('weights[0] is NaN')
    expect(() => accuracy(labels, labels, { weights: [0, 0] })).toThrow('all weights are 0')
  })
})
