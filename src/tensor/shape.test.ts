import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { broadcastShapes, elementCount, formatShape, resolveAxis, sameShape } from './shape.ts'

const dims = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom('batch', 'time'))
const shapes = fc.array(dims, { maxLength: 4 })

describe('broadcastShapes', () => {
  it('gives the same for both orders, and the shape itself beside a scalar or itself', () => {
    fc.assert(
      fc.property(shapes, shapes, (a, b) => {
        expect(broadcastShapes(a, b)).toEqual(broadcastShapes(b, a))
        expect(broadcastShapes(a, [])).toEqual(a)
        expect(broadcastShapes(a, a)).toEqual(a)
      }),
    )
  })

  it('fits a result to each of its operands', () => {
    fc.assert(
      fc.property(shapes, shapes, (a, b) => {
        const both = broadcastShapes(a, b)
        if (both !== undefined) expect(broadcastShapes(both, a)).toEqual(both)
      }),
    )
  })

  it('takes a name for a size of its own: equal to itself, repeatable from 1, nothing else', () => {
    expect(broadcastShapes(['batch', 1], [3])).toEqual(['batch', 3])
    expect(broadcastShapes(['batch'], [32])).toBeUndefined()
    expect(broadcastShapes(['batch'], ['time'])).toBeUndefined()
  })

  it('repeats 1 zero times', () => {
    expect(broadcastShapes([0, 3], [1])).toEqual([0, 3])
    expect(broadcastShapes([0], [2])).toBeUndefined()
  })
})

describe('shapes', () => {
  it('are written in brackets', () => {
    expect([[], [7], ['batch', 10]].map(formatShape)).toEqual(['[]', '[7]', '[batch, 10]'])
  })

  it('count their elements unless a size is a name', () => {
    expect([[], [2, 3], [2, 0], ['batch', 2]].map(elementCount)).toEqual([1, 6, 0, undefined])
  })

  it('are the same when each size is', () => {
    expect(sameShape(['batch', 2], ['batch', 2])).toBe(true)
    expect(sameShape([2], [2, 1])).toBe(false)
    expect(sameShape([2, 3], [3, 2])).toBe(false)
  })

  it('count axes from both ends', () => {
    expect([0, 2, -1, -3].map((axis) => resolveAxis(axis, 3))).toEqual([0, 2, 2, 0])
    expect([3, -4, 0.5, NaN].map((axis) => resolveAxis(axis, 3))).toEqual([undefined, undefined, undefined, undefined])
  })
})
