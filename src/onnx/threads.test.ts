/** Results are the same bits with any number of threads. */
import { describe, expect, it } from 'vitest'
import { Random } from '../core/index.ts'
import {
  add,
  gelu,
  gradients,
  input,
  logSoftmax,
  matmul,
  mul,
  neg,
  oneHot,
  relu,
  standardize,
  sum,
  type Tensor,
} from '../tensor/index.ts'
import { lower, OnnxGraph, Session, type Value } from './index.ts'

const random = new Random(7)

function numbersFor({ dtype, shape }: Tensor): Value {
  const sizes = shape as readonly number[]
  const length = sizes.reduce((product, size) => product * size, 1)
  if (dtype === 'int64') {
    return { dtype, shape: sizes, data: BigInt64Array.from({ length }, () => BigInt(random.integer(10))) }
  }
  const data = new Float32Array(length)
  random.fillUniform(data, -1, 1)
  return { dtype: 'float32', shape: sizes, data }
}

function bits({ data }: Value): Buffer {
  return Buffer.from((data as Float32Array<ArrayBuffer>).slice().buffer)
}

/** The names of the outputs whose bits are others with `threads` threads than with one. */
async function differing(
  inputs: readonly Tensor[],
  outputs: Readonly<Record<string, Tensor>>,
  threads: number,
): Promise<string[]> {
  const graph = new OnnxGraph('threads')
  const bound = new Map(inputs.map((x, i) => [x, graph.input(`x${i}`, x.dtype, x.shape)]))
  const names = lower(graph, Object.values(outputs), bound)
  Object.entries(outputs).forEach(([name, { dtype, shape }], i) => graph.output(name, names[i]!, dtype, shape))
  const feeds = Object.fromEntries(inputs.map((x, i) => [`x${i}`, numbersFor(x)]))
  const bytes = graph.toBytes()
  await using single = await Session.load(bytes, { threads: 1 })
  await using several = await Session.load(bytes, { threads })
  const [expected, found] = [await single.run(feeds), await several.run(feeds)]
  return Object.keys(outputs).filter((name) => !bits(expected[name]!).equals(bits(found[name]!)))
}

describe('the number of threads', () => {
  it.each([2, 3, 8])('does not change a product: %i', async (threads) => {
    const inputs: Tensor[] = []
    const products: Record<string, Tensor> = {}
    for (const rows of [2, 10, 64, 128]) {
      for (const columns of [1, 10, 33, 64, 129, 300]) {
        for (const inner of [128, 129, 512]) {
          for (const [transposeA, transposeB] of [
            [false, false],
            [false, true],
            [true, false],
            [true, true],
          ] as const) {
            const a = input('a', transposeA ? [inner, rows] : [rows, inner])
            const b = input('b', transposeB ? [columns, inner] : [inner, columns])
            inputs.push(a, b)
            products[`${rows}×${inner}×${columns} ${transposeA} ${transposeB}`] = matmul(a, b, {
              transposeA,
              transposeB,
            })
          }
        }
      }
    }
    expect(await differing(inputs, products, threads)).toEqual([])
  })

  it.each([2, 3, 8])('does not change sums over the rows of a matrix: %i', async (threads) => {
    const inputs = [1, 2, 64, 127, 128, 129, 300].flatMap((rows) =>
      [1, 10, 33, 129, 512, 2048].map((columns) => input('x', [rows, columns])),
    )
    const sums = Object.fromEntries(inputs.map((x) => [x.shape.join('×'), sum(x, { axes: [0], keepDims: true })]))
    expect(await differing(inputs, sums, threads)).toEqual([])
  })

  it.each([
    [[784, 512, 256, 10], 128],
    [[784, 64, 10], 256],
    [[30, 200, 150, 10], 300],
  ] as const)('does not change the gradients of a perceptron %j with batch %i', async (sizes, batch) => {
    const x = input('x', [batch, sizes[0]])
    const labels = input('labels', [batch], 'int64')
    const parameters: Tensor[] = []
    let hidden = x
    sizes.slice(1).forEach((size, layer) => {
      const weight = input('weight', [size, sizes[layer]!])
      const bias = input('bias', [size])
      parameters.push(weight, bias)
      const linear = add(matmul(hidden, weight, { transposeB: true }), bias)
      const activations = [relu, gelu, (value: Tensor) => standardize(value, [0], 1e-5).normalized]
      hidden = size === 10 ? linear : activations[layer % 3]!(linear)
    })
    const loss = neg(mul(sum(mul(logSoftmax(hidden), oneHot(labels, 10))), 1 / batch))
    const found = gradients(loss, parameters)
    const outputs = { loss, ...Object.fromEntries(found.map((gradient, i) => [`gradient ${i}`, gradient])) }
    expect(await differing([x, labels, ...parameters], outputs, 2)).toEqual([])
  })
})
