import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectSame, expectSameColumn, recorded } from '../../test/reference/metrics.ts'
import { calibrationCurve, confidenceCurve, expectedCalibrationError } from './index.ts'

describe('calibrationCurve', () => {
  const cases = recorded.scores.filter(({ curves }) => curves !== null)
  it.each(cases)('equals scikit-learn for both strategies: $name', ({ actual, scores, positive, curves }) => {
    for (const [setting, expected] of Object.entries(curves!)) {
      const [strategy, bins] = setting.split(' ') as ['uniform' | 'quantile', string]
      const curve = calibrationCurve(actual, scores, { positive, strategy, bins: Number(bins) })
      expectSameColumn(
        curve.map(({ observed }) => observed),
        expected.observed,
      )
      expectSameColumn(
        curve.map(({ predicted }) => predicted),
        expected.predicted,
      )
    }
  })

  it('holds every row in exactly one bin and rises', () => {
    const rows = fc.array(fc.tuple(fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true })), { minLength: 1 })
    fc.assert(
      fc.property(
        rows,
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom('uniform', 'quantile'),
        (rows, bins, strategy) => {
          const [actual, scores] = [rows.map(([label]) => Number(label)), rows.map(([, score]) => score)]
          const curve = calibrationCurve(actual.concat(0, 1), scores.concat(0, 1), { positive: 1, bins, strategy })
          expect(curve.reduce((sum, { count }) => sum + count, 0)).toBe(rows.length + 2)
          const predicted = curve.map((bin) => bin.predicted)
          expect(predicted).toEqual(predicted.toSorted((a, b) => a - b))
          expect(expectedCalibrationError(curve)).toBeLessThanOrEqual(1)
        },
      ),
    )
  })

  it('has five bins unless told otherwise', () => {
    const scores = Array.from({ length: 100 }, (_, i) => i / 100)
    expect(
      calibrationCurve(
        scores.map((score) => Number(score > 0.5)),
        scores,
        { positive: 1 },
      ),
    ).toHaveLength(5)
  })

  it('refuses values that are no probabilities, bins that are no count and a misspelt label', () => {
    expect(() => calibrationCurve([0, 1], [0.2, 1.2], { positive: 1 })).toThrow('probabilities[1] is 1.2')
    expect(() => calibrationCurve([0, 1], [0.2, Number.NaN], { positive: 1 })).toThrow('probabilities[1] is NaN')
    expect(() => calibrationCurve([0, 1], [0.2, 0.3], { positive: 1, bins: 0 })).toThrow('bins is 0')
    expect(() => calibrationCurve<string>(['a', 'b'], [0.2, 0.3], { positive: 'c' })).toThrow(
      'expected one of "a", "b"',
    )
    expect(() => calibrationCurve([0, 1], [0.2], { positive: 1 })).toThrow('actual has 2 rows and probabilities has 1.')
    expect(() => calibrationCurve<number>([], [], { positive: 1 })).toThrow('calibrationCurve: actual is empty')
  })
})

describe('expectedCalibrationError', () => {
  it.each(recorded.probabilities)('of a confidenceCurve is that of Guo et al.: $name', (known) => {
    const { actual, classes, probabilities, calibrationErrors, float32 } = known
    for (const [bins, expected] of Object.entries(calibrationErrors)) {
      const curve = confidenceCurve(actual, { classes, values: probabilities }, { bins: Number(bins) })
      // The recorded value of single precision input was summed in single precision.
      expectSame(expectedCalibrationError(curve), expected, float32 ? 1e-6 : 1e-12)
    }
  })

  it('is 0 for a model that is right as often as it says and the gap for one that is not', () => {
    const values = Array.from({ length: 4 }, () => [0.75, 0.25]).flat()
    const errorOf = (actual: string[]) =>
      expectedCalibrationError(confidenceCurve(actual, { classes: ['a', 'b'], values }))
    expect(errorOf(['a', 'a', 'a', 'b'])).toBe(0)
    expect(errorOf(['b', 'b', 'b', 'b'])).toBe(0.75)
  })

  it('refuses a curve without rows', () => {
    expect(() => expectedCalibrationError([])).toThrow('the curve has no rows')
  })
})
