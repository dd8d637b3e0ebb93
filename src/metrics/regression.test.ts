import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectSame, option, recorded } from '../../test/reference/metrics.ts'
import { mae, mse, r2, rmse } from './index.ts'

const scores = { mse, rmse, mae, r2 }
const names = ['mse', 'rmse', 'mae', 'r2'] as const

describe('mse, rmse, mae and r2', () => {
  it.each(recorded.numbers)('equal scikit-learn: $name', (known) => {
    for (const name of names) {
      expectSame(scores[name](known.actual, known.predicted, option('weights', known.weights)), known[name])
    }
  })

  it('are at their best for perfect predictions, and 0 ≤ mae ≤ rmse for any', () => {
    const number = fc.double({ min: -1e6, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number), { minLength: 2 }), (rows) => {
        const [actual, predicted] = [rows.map(([value]) => value), rows.map(([, value]) => value)]
        expect([mse(actual, actual), rmse(actual, actual), mae(actual, actual), r2(actual, actual)]).toEqual([
          0, 0, 0, 1,
        ])
        expect(mae(actual, predicted)).toBeGreaterThanOrEqual(0)
        // Rounding of the mean and the root may put equal values in the wrong order by a few bits.
        expect(mae(actual, predicted)).toBeLessThanOrEqual(rmse(actual, predicted) * (1 + 1e-12) + 1e-150)
        expect(r2(actual, predicted)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('see that actual values are constant even where their mean rounds', () => {
    expect(r2([0.1, 0.1, 0.1], [0.1, 0.2, 0.3])).toBe(0)
    expect(r2([0.1, 0.1, 0.1, 5], [0.1, 0.2, 0.3, 5], { weights: [1, 1, 1, 0] })).toBe(0)
  })

  it('refuse columns that differ in length, are empty or hold NaN or infinity', () => {
    for (const name of names) {
      expect(() => scores[name]([1, 2], [1])).toThrow(`${name}: actual has 2 rows and predicted has 1.`)
      expect(() => scores[name]([], [])).toThrow(`${name}: actual is empty`)
      expect(() => scores[name]([1, 2], [1, Number.NaN])).toThrow(`${name}: predicted[1] is NaN`)
      expect(() => scores[name]([-Infinity, 2], [1, 2])).toThrow(`${name}: actual[0] is -Infinity`)
    }
  })
})
