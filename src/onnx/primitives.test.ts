/** Every primitive on the runtime: values against plain loops, gradients against finite differences. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cases, type Use } from '../../test/reference/tensor-cases.ts'
import * as tensor from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { detectBlockSize, lower, OnnxGraph, Session, type Value } from './index.ts'

/** Half of the least distance from a corner that the cases keep is 1/32: two steps stay well below it. */
const STEP = { float64: 2 ** -9, float32: 2 ** -6 } as const

/**
 * Relative to 1 + |expected|. The differences are exact to the fourth power of the step times a fifth derivative, which
 * is largest for the logarithm at 1/4: 2⁻³⁶ · 24 · 4⁵ / 30 = 1e-8. In float32 the rounding of the kernel, 6e-8, is
 * divided by the step.
 */
const TOLERANCE = {
  float64: { values: 1e-12, gradients: 1e-6 },
  float32: { values: 1e-5, gradients: 1e-4 },
} as const

type Precision = keyof typeof STEP

/** The expressions of one use: its result, a scalar of it, and the gradients of that scalar and of a scalar of those. */
interface Expressions {
  readonly result: Tensor
  readonly result32: Tensor
  readonly loss: Tensor
  readonly gradients: readonly Tensor[]
  readonly curvature: Tensor
  readonly secondGradients: readonly Tensor[]
}

const weighted = (x: Tensor, phase: number): Tensor => {
  const weights = Float64Array.from({ length: tensor.elementCount(x.shape)! }, (_, i) => Math.sin(2.7 * i + phase))
  const doubles = tensor.cast(x, 'float64')
  return tensor.sum(tensor.mul(doubles, tensor.constant(weights, x.shape as readonly number[], 'float64')))
}

function expressionsOf(use: Use, inputs: readonly Tensor[], precision: Precision): Expressions {
  const rounded = inputs.map((x) => (x.dtype === 'float64' ? tensor.cast(x, 'float32') : x))
  const result32 = use.build(...rounded)
  const result = precision === 'float32' ? result32 : use.build(...inputs)
  const variables = inputs.filter(({ dtype }) => dtype === 'float64')
  const loss = weighted(result, 1)
  const gradients = tensor.gradients(loss, variables)
  const curvature = gradients.map((each, i) => weighted(each, i + 2)).reduce(tensor.add, tensor.scalar(0, 'float64'))
  const secondGradients = tensor.gradients(curvature, variables)
  return { result, result32, loss, gradients, curvature, secondGradients }
}

function inputsOf({ operands }: Use): Tensor[] {
  return operands.map(({ shape, dtype }, i) => tensor.input(`x${i}`, shape, dtype))
}

function valueOf({ shape, dtype, values }: Use['operands'][number]): Value {
  switch (dtype) {
    case 'float32':
      return { dtype, shape, data: Float32Array.from(values) }
    case 'float64':
      return { dtype, shape, data: Float64Array.from(values) }
    case 'int64':
      return { dtype, shape, data: BigInt64Array.from(values, BigInt) }
    case 'bool':
      return { dtype, shape, data: Uint8Array.from(values) }
  }
}

/** A session whose outputs are `outputs`, by key. */
async function sessionOf(inputs: readonly Tensor[], outputs: Readonly<Record<string, Tensor>>): Promise<Session> {
  const graph = new OnnxGraph('use')
  const bound = new Map(inputs.map((x, i) => [x, graph.input(`x${i}`, x.dtype, x.shape)]))
  const names = lower(graph, Object.values(outputs), bound)
  Object.entries(outputs).forEach(([key, x], i) => graph.output(key, names[i]!, x.dtype, x.shape))
  return Session.load(graph.toBytes())
}

/** The central differences of both scalars by every element of every float64 operand, exact to the step's fourth power. */
async function differences(
  session: Session,
  feeds: Readonly<Record<string, Value>>,
  step: number,
): Promise<{ loss: number[][]; curvature: number[][] }> {
  const [loss, curvature] = [new Float64Array(1), new Float64Array(1)]
  const run = session.bind(feeds, {
    loss: { dtype: 'float64', shape: [], data: loss },
    curvature: { dtype: 'float64', shape: [], data: curvature },
  })
  const found: { loss: number[][]; curvature: number[][] } = { loss: [], curvature: [] }
  for (const { dtype, data } of Object.values(feeds)) {
    if (dtype !== 'float64') continue
    const [byLoss, byCurvature]: [number[], number[]] = [[], []]
    for (let i = 0; i < data.length; i++) {
      const [center, sums] = [data[i]!, [0, 0] as [number, number]]
      for (const [steps, factor] of [
        [1, 8],
        [-1, -8],
        [2, -1],
        [-2, 1],
      ] as const) {
        data[i] = center + steps * step
        await run()
        sums[0] += factor * loss[0]!
        sums[1] += factor * curvature[0]!
      }
      data[i] = center
      byLoss.push(sums[0] / (12 * step))
      byCurvature.push(sums[1] / (12 * step))
    }
    found.loss.push(byLoss)
    found.curvature.push(byCurvature)
  }
  return found
}

function expectClose(what: string, found: Value, expected: readonly number[], tolerance: number): void {
  const values = Array.from(found.data as Float64Array, Number)
  const off = values.findIndex(
    (value, i) => !(Math.abs(value - expected[i]!) <= tolerance * (1 + Math.abs(expected[i]!))),
  )
  expect(
    values.length === expected.length && off === -1,
    `${what}: ${values.join()} instead of ${expected.join()}`,
  ).toBe(true)
}

async function checkUse(use: Use, precision: Precision): Promise<void> {
  const inputs = inputsOf(use)
  const { result, result32, loss, gradients, curvature, secondGradients } = expressionsOf(use, inputs, precision)
  const lists = { gradient: gradients, second: secondGradients }
  const many = Object.entries(lists).flatMap(([key, list]) => list.map((x, i) => [`${key}${i}`, x] as const))
  await using session = await sessionOf(inputs, { result, result32, loss, curvature, ...Object.fromEntries(many) })
  const feeds = Object.fromEntries(use.operands.map((operand, i) => [`x${i}`, valueOf(operand)]))
  const computed = await session.run(feeds)

  for (const key of ['result', 'result32'] as const) {
    const { dtype, shape } = key === 'result' ? result : result32
    expect({ dtype: computed[key]!.dtype, shape: computed[key]!.shape }).toEqual({ dtype, shape })
  }
  expectClose('value', computed['result']!, use.expected, TOLERANCE[precision].values)
  expectClose('float32 value', computed['result32']!, use.expected, TOLERANCE.float32.values)

  const expected = await differences(session, feeds, STEP[precision])
  const tolerance = TOLERANCE[precision].gradients
  expected.loss.forEach((each, i) => expectClose(`gradient ${i}`, computed[`gradient${i}`]!, each, tolerance))
  expected.curvature.forEach((each, i) => expectClose(`second gradient ${i}`, computed[`second${i}`]!, each, tolerance))
}

function isUseOf(name: string, use: Use): boolean {
  const { source } = use.build(...inputsOf(use))
  return source.kind === 'operation' && source.rule.name === name
}

/** Kernels for blocked images are not there for every processor. */
const hasBlocks = (await detectBlockSize()) !== undefined

describe('primitives', () => {
  it('each have a case', () => {
    expect(Object.keys(cases)).toEqual(tensor.primitives.map(({ name }) => name))
  })

  it.each(tensor.primitives.map(({ name }) => name).filter((name) => hasBlocks || !/block/i.test(name)))(
    '%s computes its formula, its type and its first and second gradient',
    async (name) => {
      const { uses, precision } = cases[name]!
      const generated = uses.filter((use) => isUseOf(name, use))
      await fc.assert(
        fc.asyncProperty(generated, (use) => checkUse(use, precision)),
        { numRuns: 60 },
      )
    },
  )
})
