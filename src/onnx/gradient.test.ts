/** What gradients are as a whole, over expressions put together at random; single operations: primitives.test.ts. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  abs,
  add,
  constant,
  div,
  exp,
  gradients,
  input,
  matmul,
  max,
  mean,
  mul,
  neg,
  relu,
  scatterAdd,
  sigmoid,
  slice,
  square,
  sub,
  sum,
  tanh,
  type Tensor,
  transpose,
  variable,
} from '../tensor/index.ts'
import { evaluate, type Value } from './index.ts'

const SHAPE = [2, 2]
const doubles = (values: readonly number[], shape: readonly number[] = SHAPE): Tensor =>
  constant(Float64Array.from(values), shape, 'float64')
const numbersOf = (values: readonly Value[]): number[][] => values.map(({ data }) => Array.from(data, Number))

// Smooth and bounded, so that any nesting of them is well conditioned.
const functions: readonly ((x: Tensor) => Tensor)[] = [
  tanh,
  sigmoid,
  (x) => transpose(x),
  (x) => mul(x, 0.5),
  (x) => exp(neg(square(x))),
  (x) => sub(x, mean(x, { axes: [0], keepDims: true })),
]
const combinations: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
  add,
  mul,
  (a, b) => matmul(a, b),
  (a, b) => div(a, add(square(b), 1)),
]

/** A program: each step makes a tensor of one or two made before it. Many of them are used more than once. */
const programs = fc.array(
  fc.record({ combine: fc.boolean(), operation: fc.nat(11), left: fc.nat(20), right: fc.nat(20) }),
  { minLength: 1, maxLength: 8 },
)
type Program = typeof programs extends fc.Arbitrary<infer Steps> ? Steps : never

function runProgram(program: Program, inputs: readonly Tensor[]): Tensor {
  const made = [...inputs]
  for (const { combine, operation, left, right } of program) {
    const [a, b] = [made[left % made.length]!, made[right % made.length]!]
    const combined = combinations[operation % combinations.length]!
    const mapped = functions[operation % functions.length]!
    made.push(combine ? combined(a, b) : mapped(a))
  }
  return made.at(-1)!
}

const values = fc.array(
  fc.integer({ min: -16, max: 16 }).map((n) => n / 16),
  { minLength: 4, maxLength: 4 },
)

function expectClose(found: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(found).toHaveLength(expected.length)
  found.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(expected[i]!)))
  })
}

describe('gradients', () => {
  it('are linear in what is differentiated', async () => {
    await fc.assert(
      fc.asyncProperty(programs, programs, values, values, async (first, second, a, b) => {
        const [x, y] = [doubles(a), doubles(b)]
        const [f, g] = [sum(runProgram(first, [x, y])), sum(runProgram(second, [x, y]))]
        const together = gradients(add(mul(f, 3), mul(g, -0.5)), [x, y])
        const [both, byF, byG] = [together, gradients(f, [x, y]), gradients(g, [x, y])]
        const found = numbersOf(await evaluate([...both, ...byF, ...byG]))
        for (const i of [0, 1]) {
          expectClose(
            found[i]!,
            found[i]!.map((_, j) => 3 * found[2 + i]![j]! - 0.5 * found[4 + i]![j]!),
            1e-12,
          )
        }
      }),
      { numRuns: 40 },
    )
  })

  it('follow the chain rule: by way of a tensor in the middle, or from end to end', async () => {
    await fc.assert(
      fc.asyncProperty(programs, programs, values, async (inner, outer, a) => {
        const x = doubles(a)
        const middle = runProgram(inner, [x])
        const loss = sum(runProgram(outer, [middle]))
        const [whole] = gradients(loss, [x])
        const [byMiddle] = gradients(loss, [middle])
        // sum(middle · c) with c held fixed pulls c back to x.
        const held = new Float64Array(4)
        const [pulled] = gradients(sum(mul(middle, variable(held, SHAPE, 'float64'))), [x])
        const [direct, fixed] = numbersOf(await evaluate([whole!, byMiddle!]))
        held.set(fixed!)
        expectClose(numbersOf(await evaluate([pulled!]))[0]!, direct!, 1e-11)
      }),
      { numRuns: 40 },
    )
  })

  it('agree with differences along a random direction', async () => {
    await fc.assert(
      fc.asyncProperty(programs, values, values, async (program, at, along) => {
        const x = input('x', SHAPE, 'float64')
        const loss = sum(runProgram(program, [x]))
        const [gradient] = gradients(loss, [x])
        const valuesAt = (step: number): Record<string, Value> => ({
          x: { dtype: 'float64', shape: SHAPE, data: Float64Array.from(at, (value, i) => value + step * along[i]!) },
        })
        const [lossBefore, lossAfter] = [
          await evaluate([loss], valuesAt(-1e-4)),
          await evaluate([loss], valuesAt(1e-4)),
        ]
        const [slopes] = numbersOf(await evaluate([gradient!], valuesAt(0)))
        const expected = slopes!.reduce((total, slope, i) => total + slope * along[i]!, 0)
        expectClose([(Number(lossAfter[0]!.data[0]) - Number(lossBefore[0]!.data[0])) / 2e-4], [expected], 1e-5)
      }),
      { numRuns: 40 },
    )
  })

  it('add up where a tensor is used more than once', async () => {
    const x = doubles([1, -2, 3, 4])
    const [gradient] = gradients(sum(add(add(mul(x, x), x), x)), [x])
    expect(numbersOf(await evaluate([gradient!]))).toEqual([[4, -2, 8, 10]])
  })

  it('are zeros for what the scalar does not depend on', async () => {
    const [x, other] = [doubles([1, 2, 3, 4]), doubles([1, 2, 3], [3])]
    const found = gradients(sum(slice(x, 0, 0, 1)), [other, x])
    expect(numbersOf(await evaluate(found))).toEqual([
      [0, 0, 0],
      [1, 1, 0, 0],
    ])
  })

  it('are 1 by the scalar itself', async () => {
    const loss = sum(doubles([1, 2, 3, 4]))
    expect(numbersOf(await evaluate(gradients(loss, [loss])))).toEqual([[1]])
  })

  it('are 0 at the corners of relu and abs, and shared by equal maxima', async () => {
    const zeros = doubles([0, -0, 0, 0])
    const corners = [relu(zeros), abs(zeros)].flatMap((x) => gradients(sum(x), [zeros]))
    const x = doubles([3, 3, 1, 5])
    const ties = gradients(sum(max(x, { axes: [1] })), [x])
    expect(numbersOf(await evaluate([...corners, ...ties]))).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [0.5, 0.5, 0, 1],
    ])
  })

  it('can be had of 5,000 operations in a row', async () => {
    const x = doubles([1, 2, 3, 4])
    let deep = x
    for (let i = 0; i < 5000; i++) deep = i % 2 === 0 ? mul(deep, 1.25) : mul(deep, 0.8)
    const [gradient] = gradients(sum(deep), [x])
    expectClose(numbersOf(await evaluate([gradient!]))[0]!, [1, 1, 1, 1], 1e-12)
  })
})

describe('scatterAdd', () => {
  // Enough rows that the runtime would divide them among its threads.
  const [count, width, rows] = [20_000, 16, 50]
  const values = Float32Array.from({ length: count * width }, (_, i) => Math.fround(Math.sin(i * 0.37)))
  const places = BigInt64Array.from({ length: count }, (_, i) => BigInt((i * i + 7 * i) % rows))

  it.each([1, 2])('adds up rows that come many times, in their order, with %i threads', async (threads) => {
    const expected = new Float32Array(rows * width)
    for (let i = 0; i < values.length; i++) {
      const target = Number(places[Math.floor(i / width)]) * width + (i % width)
      expected[target] = expected[target]! + values[i]!
    }
    // Fed, since what is constant is computed when the session is made, on one thread.
    const feeds: Record<string, Value> = {
      places: { dtype: 'int64', shape: [count], data: places },
      values: { dtype: 'float32', shape: [count, width], data: values },
    }
    const added = scatterAdd(input('places', [count], 'int64'), input('values', [count, width]), [rows, width])
    const [found] = await evaluate([added], feeds, { threads })
    expect(found!.data).toEqual(expected)
  })
})
