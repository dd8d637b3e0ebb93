import { describe, expect, it } from 'vitest'
import { recorded } from '../../test/reference/metrics.ts'
import { quantileOfSorted } from './quantile.ts'

describe('quantileOfSorted', () => {
  it.each(recorded.quantiles)('equals numpy.quantile to the last bit: case %#', ({ sorted, points, quantiles }) => {
    const values = Float64Array.from(sorted)
    expect(points.map((point) => quantileOfSorted(values, point))).toEqual(quantiles)
  })
})
