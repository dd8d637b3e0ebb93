import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectSame, recorded } from '../../test/reference/metrics.ts'
import { spearman } from './index.ts'

describe('spearman', () => {
  it.each(recorded.numbers)('equals scipy: $name', ({ actual, predicted, spearman: expected }) => {
    expectSame(spearman(actual, predicted), expected)
  })

  it('is symmetric, in −1..1, mirrored by reversing a column and blind to any rising transformation', () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), { minLength: 2 })
    fc.assert(
      fc.property(pairs, (pairs) => {
        const [first, second] = [pairs.map(([value]) => value), pairs.map(([, value]) => value)]
        const correlation = spearman(first, second)
        fc.pre(!Number.isNaN(correlation))
        expect(Math.abs(correlation)).toBeLessThanOrEqual(1)
        expect(spearman(second, first)).toBe(correlation)
        expect(
          spearman(
            first.map((value) => value ** 3),
            second,
          ),
        ).toBe(correlation)
        expect(
          spearman(
            first.map((value) => -value),
            second,
          ),
        ).toBeCloseTo(-correlation, 12)
      }),
    )
  })

  it('refuses columns that differ in length, are empty or hold NaN', () => {
    expect(() => spearman([1, 2], [1])).toThrow('spearman: first has 2 rows and second has 1.')
    expect(() => spearman([], [])).toThrow('spearman: first is empty')
    expect(() => spearman([1, Number.NaN], [1, 2])).toThrow('spearman: first[1] is NaN')
  })
})
