import { describe, expect, it } from 'vitest'
import { MillraceError } from '../core/index.ts'
import { argMax, exp, gradients, input, matmul, mul, relu, sum, topologicalOrder, variable } from './index.ts'

const x = input('x', [4, 3])

describe('gradients', () => {
  it.each([
    [exp(x), 'gradients: expected a floating scalar to differentiate, found float32[4, 3].'],
    [sum(x, { keepDims: true }), 'found float32[1, 1].'],
    [sum(argMax(x)), 'found int64[].'],
  ])('refuse to differentiate %s', (of, message) => {
    expect(() => gradients(of, [x])).toThrow(MillraceError)
    expect(() => gradients(of, [x])).toThrow(message)
    expect(() => gradients(of, [x])).toThrow('Reduce it with mean() or sum().')
  })

  it('have the shape and the element type of what they are by', () => {
    const weight = variable(new Float32Array(6), [3, 2], 'float32')
    const found = gradients(sum(relu(matmul(x, weight))), [weight, x, input('unused', [5], 'float64')])
    expect(found.map(({ dtype, shape }) => ({ dtype, shape }))).toEqual([
      { dtype: 'float32', shape: [3, 2] },
      { dtype: 'float32', shape: [4, 3] },
      { dtype: 'float64', shape: [5] },
    ])
  })

  it('compute nothing that was not asked for', () => {
    const weight = variable(new Float32Array(6), [3, 2], 'float32')
    const output = sum(matmul(exp(x), weight))
    const operations = (by: typeof x): number => topologicalOrder(gradients(output, [by])).length
    // By the weight: one product. By x: also the way back through exp.
    expect(operations(weight)).toBeLessThan(operations(x))
  })

  it('do not overflow the stack', () => {
    let deep = x
    for (let i = 0; i < 5000; i++) deep = mul(deep, 0.999)
    const [first] = gradients(sum(deep), [x])
    expect(first!.shape).toEqual([4, 3])
  })
})
