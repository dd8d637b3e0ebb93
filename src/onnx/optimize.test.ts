/** Passes keep the numbers: results and gradients of the graphs they make, beside those of the graphs they got. */
import { describe, expect, it } from 'vitest'
import { Random } from '../core/index.ts'
import {
  add,
  batchNorm,
  blockImages,
  concat,
  constant,
  conv2d,
  dropExpansions,
  expand,
  flatten,
  gradients,
  greater,
  input,
  matmul,
  maxPool2d,
  mean,
  mergeFactors,
  mul,
  poolBeforeNorm,
  poolBeforeRelu,
  relu,
  scaleShift,
  sigmoid,
  sum,
  type Tensor,
  tanh,
  where,
} from '../tensor/index.ts'
import {
  decodeModel,
  detectBlockSize,
  evaluate,
  lower,
  OnnxGraph,
  optimizeForward,
  optimizeStep,
  Session,
  type Value,
} from './index.ts'

const random = new Random(5)
const blockSize = await detectBlockSize()

function feed(shape: readonly number[]): Value {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1))
  random.fillUniform(data, -1, 1)
  // Dark borders, as pictures have them: windows with several largest elements.
  if (shape.length === 4) data.forEach((_, i) => i % 7 < 3 && (data[i] = 0))
  return { dtype: 'float32', shape, data }
}

/** A network with its inputs; the first is the image, the others are learned. */
interface Network {
  readonly inputs: readonly Tensor[]
  readonly output: Tensor
}

function network(shapes: readonly (readonly number[])[], build: (...inputs: Tensor[]) => Tensor): Network {
  const inputs = shapes.map((shape, i) => input(`x${i}`, shape))
  return { inputs, output: build(...inputs) }
}

const conv = (x: Tensor, weight: Tensor, bias?: Tensor): Tensor =>
  conv2d(x, weight, { padding: 'same', ...(bias === undefined ? {} : { bias }) })

const pooledNorm = (x: Tensor, scale: Tensor, shift: Tensor): Tensor =>
  maxPool2d(relu(batchNorm(x, scale, shift, 1e-5).normalized), 2)

const networks: Readonly<Record<string, () => Network>> = {
  'blocks of convolution, ReLU and pool': () =>
    network([[4, 1, 12, 12], [32, 1, 3, 3], [32], [16, 32, 3, 3], [16], [10, 16 * 9]], (x, w1, b1, w2, b2, w3) => {
      const first = maxPool2d(relu(conv(x, w1, b1)), 2)
      const second = maxPool2d(relu(conv(first, w2, b2)), 2)
      return matmul(flatten(second), w3, { transposeB: true })
    }),
  'batch norm, a residual sum and a mean over the image': () =>
    network([[3, 16, 6, 6], [16, 16, 3, 3], [16], [16], [32, 16, 1, 1]], (x, w1, scale, shift, w2) => {
      const inner = relu(batchNorm(conv(x, w1), scale, shift, 1e-5).normalized)
      return mean(tanh(conv(add(inner, x), w2)), { axes: [2, 3] })
    }),
  'batch norm before a pool, with weights of either sign': () =>
    network([[3, 1, 8, 6], [32, 1, 3, 3], [32], [32], [16, 32, 3, 3], [16], [16]], (x, w1, a1, b1, w2, a2, b2) => {
      return pooledNorm(conv(pooledNorm(conv(x, w1), a1, b1), w2), a2, b2)
    }),
  'joined channels, masks and a kernel with a stride': () =>
    network([[2, 3, 9, 7], [32, 3, 3, 3], [32, 64, 3, 3], [2, 32, 1, 1], [32]], (x, w1, w2, kept, scale) => {
      const first = conv(x, w1)
      const masked = mul(first, kept)
      const joined = concat([sigmoid(first), where(greater(masked, 0), masked, mul(masked, 0.1))], 1)
      return scaleShift(conv2d(joined, w2, { stride: 2, padding: 1 }), scale)
    }),
  'pools that overlap, and groups in between': () =>
    network(
      [
        [2, 16, 8, 8],
        [16, 16, 3, 3],
        [16, 1, 3, 3],
        [16, 16, 2, 2],
      ],
      (x, w1, depthwise, w2) => {
        const first = maxPool2d(relu(conv(x, w1)), 3, { stride: 2, padding: 1 })
        return conv(conv2d(first, depthwise, { groups: 16, padding: 1 }), w2)
      },
    ),
  'an image that a gradient is wanted by': () =>
    network(
      [
        [2, 2, 5, 5],
        [16, 2, 3, 3],
      ],
      (x, w) => relu(conv(x, w)),
    ),
}

/** A loss and its gradients by all inputs. */
function step(
  { inputs, output }: Network,
  pass: (roots: readonly Tensor[]) => Tensor[] = (roots) => [...roots],
): Tensor[] {
  const weights = Float32Array.from({ length: output.shape.reduce<number>((n, size) => n * Number(size), 1) }, (_, i) =>
    Math.sin(i),
  )
  const [loss] = pass([sum(mul(output, constant(weights, output.shape as readonly number[], 'float32')))])
  return [loss!, ...gradients(loss!, inputs)]
}

function feedsOf({ inputs }: Network): Record<string, Value> {
  return Object.fromEntries(inputs.map(({ shape }, i) => [`x${i}`, feed(shape as readonly number[])]))
}

async function expectSame(made: readonly Tensor[], expected: readonly Tensor[], given: Network): Promise<void> {
  const feeds = feedsOf(given)
  const [found, wanted] = [await evaluate(made, feeds), await evaluate(expected, feeds)]
  wanted.forEach(({ data, shape }, i) => {
    const numbers = data as Float32Array
    const largest = numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 1)
    expect(found[i]!.shape).toEqual(shape)
    // Relative to the largest: sums over a few hundred products in another order.
    const off = numbers.reduce((most, value, j) => Math.max(most, Math.abs(value - Number(found[i]!.data[j]))), 0)
    expect(off / largest, `result ${i}`).toBeLessThan(1e-5)
  })
}

function operatorsOf(roots: readonly Tensor[], { inputs }: Network): string[] {
  const graph = new OnnxGraph('operators')
  lower(graph, roots, new Map(inputs.map((x, i) => [x, graph.input(`x${i}`, x.dtype, x.shape)])))
  return decodeModel(graph.toBytes()).graph.node.map(({ domain, opType }) => (domain === '' ? opType : `${domain}.${opType}`)) // prettier-ignore
}

describe.each(Object.keys(networks))('%s', (name) => {
  it('have the same results and gradients with pooling before ReLU', async () => {
    const given = networks[name]!()
    await expectSame(step(given, poolBeforeRelu), step(given), given)
  })

  it('have the same with pooling before batch norm', async () => {
    const given = networks[name]!()
    await expectSame(
      step(given, (roots) => poolBeforeNorm(poolBeforeRelu(roots))),
      step(given),
      given,
    )
  })

  it.skipIf(blockSize === undefined)('have the same in blocks', async () => {
    const given = networks[name]!()
    const blocked = step(given, (roots) => blockImages(roots, blockSize!))
    expect(operatorsOf(blocked, given)).toContain('com.microsoft.nchwc.Conv')
    await expectSame(blocked, step(given), given)
  })

  it('have the same without expansions and with factors merged', async () => {
    const given = networks[name]!()
    await expectSame(mergeFactors(dropExpansions(step(given))), step(given), given)
  })

  it('have the same bits with one thread and two', async () => {
    const given = networks[name]!()
    const [forward] = await optimizeForward([sum(given.output)])
    const made = {
      fast: optimizeStep([forward!, ...gradients(forward!, given.inputs)]),
      plain: [sum(given.output), ...gradients(sum(given.output), given.inputs)],
    }
    const feeds = feedsOf(given)
    for (const roots of Object.values(made)) {
      const [single, double] = [await evaluate(roots, feeds), await evaluate(roots, feeds, { threads: 2 })]
      double.forEach((value, i) => expect(value.data).toEqual(single[i]!.data))
    }
  })
})

describe('poolBeforeRelu', () => {
  it('leaves a ReLU that others read as well', () => {
    const x = input('x', [1, 1, 4, 4])
    const activated = relu(x)
    const [pooled, other] = poolBeforeRelu([maxPool2d(activated, 2), activated])
    expect(String(pooled)).toBe('relu float32[1, 1, 2, 2]')
    expect(other).toBe(activated)
  })
})

describe('poolBeforeNorm', () => {
  it('scales what the pool picked, once', () => {
    const [x, scale, shift] = [input('x', [2, 4, 4, 4]), input('a', [4]), input('b', [4])]
    const { normalized } = batchNorm(x, scale, shift, 1e-5)
    const [pooled] = poolBeforeNorm([maxPool2d(maxPool2d(normalized, 2), 2)])
    expect(String(pooled)).toBe('maxPool2d float32[2, 4, 1, 1]')
    expect(pooled!.source.kind === 'operation' && String(pooled!.source.inputs[0])).toBe(
      'batchNorm float32[2, 4, 2, 2]',
    )
  })
})

describe('dropExpansions', () => {
  it('keeps one that the shape of the result depends on', () => {
    const [kept, dropped] = [expand(input('a', [1, 3]), [2, 3]), expand(input('b', [1, 3]), [2, 3])]
    const [both, beside] = dropExpansions([add(kept, dropped), add(kept, input('c', [2, 3]))])
    expect([both!.shape, beside!.shape]).toEqual([
      [2, 3],
      [2, 3],
    ])
    expect(beside!.source.kind === 'operation' && beside!.source.inputs[0]!.shape).toEqual([1, 3])
  })
})

describe('mergeFactors', () => {
  it('makes one product of several numbers', () => {
    const x = input('x', [3])
    const [merged] = mergeFactors([mul(mul(mul(x, 2), 0.25), 3)])
    expect(operatorsOf([merged!], { inputs: [x], output: x })).toEqual(['Mul'])
  })
})

describe('the blocks of this processor', () => {
  it.skipIf(blockSize === undefined)('are those that the runtime makes of an image', async () => {
    expect([8, 16]).toContain(blockSize)
    const graph = new OnnxGraph('reorder')
    const x = graph.input('x', 'float32', [1, 32, 1, 3])
    graph.output('y', graph.node('ReorderInput', [x], {}, { domain: 'com.microsoft.nchwc' }), 'float32', [1, 32, 1, 3])
    await using session = await Session.load(graph.toBytes())
    const data = Float32Array.from({ length: 96 }, (_, i) => i)
    const { y } = await session.run({ x: { dtype: 'float32', data, shape: [1, 32, 1, 3] } })
    expect(Array.from(y!.data.slice(0, blockSize), Number)).toEqual(Array.from({ length: blockSize! }, (_, i) => 3 * i))
  })
})
