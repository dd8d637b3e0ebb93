/** Sorting against the engine's own sort. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { uniform } from '../../../test/reference/monitor/golden.ts'
import { sortNumbers } from './sort-numbers.ts'

describe('sortNumbers', () => {
  it('sorts as the engine does, whatever the numbers', () => {
    const filling = uniform(5, 17_000)
    const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constantFrom(0, -0))
    fc.assert(
      fc.property(fc.array(value, { maxLength: 300 }), fc.integer({ min: -3, max: 300 }), (some, exponent) => {
        const values = Float64Array.from([...some, ...filling.map((u) => (u - 0.5) * 2 ** exponent)])
        expect(sortNumbers(values.slice())).toEqual(values.slice().sort())
      }),
      { numRuns: 30 },
    )
  })

  it('leaves equal numbers as they are', () => {
    expect(sortNumbers(new Float64Array(20_000).fill(7))).toEqual(new Float64Array(20_000).fill(7))
  })
})
