/** Composed functions against PyTorch: test/reference/tensor.json. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as tensor from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { evaluate, type Value } from './index.ts'

interface Recorded {
  readonly name: string
  readonly dtype: 'float32' | 'float64'
  readonly shape: readonly number[]
  readonly x: readonly number[]
  readonly weights: readonly number[]
  readonly resultShape: readonly number[]
  readonly result: readonly number[]
  readonly gradient: readonly number[]
}

const path = new URL('../../test/reference/tensor.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { readonly cases: readonly Recorded[] }

const functions: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  gelu: (x) => tensor.gelu(x),
  geluTanh: (x) => tensor.gelu(x, 'tanh'),
  silu: tensor.silu,
  leakyRelu: (x) => tensor.leakyRelu(x),
  'leakyRelu0.2': (x) => tensor.leakyRelu(x, 0.2),
  softplus: tensor.softplus,
  square: tensor.square,
  relu: tensor.relu,
  abs: tensor.abs,
  mean: (x) => tensor.mean(x),
  mean0: (x) => tensor.mean(x, { axes: [0] }),
  mean02Kept: (x) => tensor.mean(x, { axes: [0, -1], keepDims: true }),
  standardize1: (x) => tensor.standardize(x, [1], 1e-5).normalized,
  standardize02: (x) => tensor.standardize(x, [0, 2], 1e-3).normalized,
  standardizeOfOnes: (x) => tensor.standardize(x, [1], 1e-5).normalized,
  layerNorm: (x) => tensor.standardize(x, [-2, -1], 1e-5).normalized,
  amaxWithTies: (x) => tensor.max(x, { axes: [2] }),
  softmax1: (x) => tensor.softmax(x, 1),
  logSoftmax2: (x) => tensor.logSoftmax(x),
}

/** Relative to 1 + |expected|: a few roundings of the largest intermediate value. */
const TOLERANCE = { float32: 1e-6, float64: 1e-10 } as const

function constant(values: readonly number[], shape: readonly number[], dtype: 'float32' | 'float64'): Tensor {
  return dtype === 'float32'
    ? tensor.constant(Float32Array.from(values), shape, dtype)
    : tensor.constant(Float64Array.from(values), shape, dtype)
}

function largestError(found: Value, expected: readonly number[]): number {
  expect(found.data).toHaveLength(expected.length)
  return Math.max(...expected.map((value, i) => Math.abs(Number(found.data[i]) - value) / (1 + Math.abs(value))))
}

describe('composed functions', () => {
  it('are each recorded', () => {
    expect([...new Set(cases.map(({ name }) => name))].toSorted()).toEqual(Object.keys(functions).toSorted())
  })

  it.each(cases)('give $name in $dtype, and its gradient, as PyTorch does', async (recorded) => {
    const { name, dtype } = recorded
    // Fed, since the runtime rewrites what it knows by name (layer normalisation, gelu) but not what is constant.
    const x = tensor.input('x', recorded.shape, dtype)
    const data = dtype === 'float32' ? Float32Array.from(recorded.x) : Float64Array.from(recorded.x)
    const feeds = { x: { dtype, shape: recorded.shape, data } as Value }
    const result = functions[name]!(x)
    const weights = constant(recorded.weights, recorded.resultShape, dtype)
    const gradients = tensor.gradients(tensor.sum(tensor.mul(result, weights)), [x])
    const [alone] = await evaluate([result], feeds)
    const [value, gradient] = await evaluate([result, ...gradients], feeds)
    expect(largestError(alone!, recorded.result)).toBeLessThan(TOLERANCE[dtype])
    expect(value!.shape).toEqual(recorded.resultShape)
    expect(largestError(value!, recorded.result)).toBeLessThan(TOLERANCE[dtype])
    expect(largestError(gradient!, recorded.gradient)).toBeLessThan(TOLERANCE[dtype])
  })

  it('give the mean and the population variance with what they standardise', async () => {
    const x = constant([1, 2, 3, 4, 5, 9], [2, 3], 'float64')
    const { mean, variance } = tensor.standardize(x, [-1], 1e-5)
    const [center, spread] = await evaluate([mean, variance])
    expect(center).toEqual({ dtype: 'float64', shape: [2, 1], data: Float64Array.of(2, 6) })
    expect(largestError(spread!, [2 / 3, 14 / 3])).toBeLessThan(1e-15)
  })

  it('do not overflow at the ends of the line', async () => {
    const x = constant([-Infinity, -1e30, 1e30, Infinity], [4], 'float32')
    const softplus = tensor.softplus(x)
    const [value, gradient] = await evaluate([softplus, ...tensor.gradients(tensor.sum(softplus), [x])])
    expect(value!.data).toEqual(Float32Array.of(0, 0, 1e30, Infinity))
    expect(gradient!.data).toEqual(Float32Array.of(0, 0, 1, 1))
  })

  it('pass NaN on', async () => {
    const x = constant([NaN], [1], 'float32')
    const results = await evaluate(
      Object.values(functions)
        .slice(0, 9)
        .map((compute) => compute(x)),
    )
    expect(results.map(({ data }) => data[0])).toEqual(results.map(() => NaN))
  })
})
