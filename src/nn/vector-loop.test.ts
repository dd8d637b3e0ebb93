import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allocateVectors, minus, over, plus, root, times, vectorLoop } from './vector-loop.ts'

const { fround } = Math

const mixed = vectorLoop(['x', 'y', 'z'], ['a', 'b'], ({ x, y, a, b }) => {
  const shared = plus(times(a, x), y)
  return { y: minus(shared, x), z: over(root(times(shared, shared)), b) }
})

/** The same as `mixed`, by float32 arithmetic of JavaScript. */
function expected(x: number, y: number, a: number, b: number): { y: number; z: number } {
  const shared = fround(fround(a * x) + y)
  return { y: fround(shared - x), z: fround(fround(Math.sqrt(fround(shared * shared))) / b) }
}

describe('vectorLoop', () => {
  it('computes the bits of float32 arithmetic for each element of a range of any length, and touches no other', () => {
    const float = fc.float()
    const rows = fc.array(fc.tuple(float, float, float), { maxLength: 23 })
    fc.assert(
      fc.property(rows, fc.nat(23), fc.nat(23), float, float, (values, from, to, a, b) => {
        const [start, end] = [Math.min(from, to, values.length), Math.min(Math.max(from, to), values.length)]
        const [x, y, z] = allocateVectors(3, values.length) as [Float32Array, Float32Array, Float32Array]
        values.forEach((row, i) => ([x[i], y[i], z[i]] = row))
        mixed({ x, y, z }, { a, b }, { start, end })
        values.forEach(([xBefore, yBefore, zBefore], i) => {
          const inside = i >= start && i < end
          const after = inside ? expected(xBefore, yBefore, a, b) : { y: yBefore, z: zBefore }
          expect([x[i], y[i], z[i]]).toEqual([xBefore, after.y, after.z])
        })
      }),
    )
  })

  it('computes from what the vectors held before, whatever is stored first', () => {
    const exchange = vectorLoop(['x', 'y'], [], ({ x, y }) => ({ x: y, y: x }))
    const [x, y] = allocateVectors(2, 5) as [Float32Array, Float32Array]
    x.fill(1)
    y.fill(2)
    exchange({ x, y }, {}, { start: 0, end: 5 })
    expect([...x, ...y]).toEqual([2, 2, 2, 2, 2, 1, 1, 1, 1, 1])
  })

  it('works on vectors of several allocations in turn', () => {
    const double = vectorLoop(['x'], [], ({ x }) => ({ x: plus(x, x) }))
    for (const value of [1, 2]) {
      const [x] = allocateVectors(1, 3) as [Float32Array]
      x.fill(value)
      double({ x }, {}, { start: 0, end: 3 })
      expect([...x]).toEqual([2 * value, 2 * value, 2 * value])
    }
  })

  it('refuses vectors from elsewhere', () => {
    const copy = vectorLoop(['x', 'y'], [], ({ x }) => ({ y: x }))
    const [x] = allocateVectors(1, 4) as [Float32Array]
    const [y] = allocateVectors(1, 4) as [Float32Array]
    const range = { start: 0, end: 4 }
    expect(() => copy({ x, y }, {}, range)).toThrow(/one call of allocateVectors/)
    expect(() => copy({ x: new Float32Array(4), y: new Float32Array(4) }, {}, range)).toThrow(/allocateVectors/)
  })
})
