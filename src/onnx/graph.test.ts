import { describe, expect, it } from 'vitest'
import { MillraceError } from '../core/index.ts'
import {
  add,
  constant,
  gradients,
  input,
  insideModule,
  logSoftmax,
  matmul,
  mean,
  mul,
  neg,
  oneHot,
  random,
  relu,
  softmax,
  sum,
  type Tensor,
  trace,
  variable,
} from '../tensor/index.ts'
import { decodeModel, describeGraph, evaluate, lower, OnnxGraph, Session } from './index.ts'
import { encodeModel } from './proto.ts'

const parameter = (rows: number, columns: number): Tensor =>
  variable(new Float32Array(rows * columns), columns === 1 ? [rows] : [rows, columns], 'float32')

/** A perceptron 4-8-3 as the nn room traces it: its parameters, and its logits for `x`. */
function perceptron(x: Tensor): { readonly parameters: Readonly<Record<string, Tensor>>; readonly logits: Tensor } {
  const parameters = {
    'layers.0.weight': parameter(8, 4),
    'layers.0.bias': parameter(8, 1),
    'layers.2.weight': parameter(3, 8),
    'layers.2.bias': parameter(3, 1),
  }
  const layers = [{}, {}, {}]
  const moduleNames = new Map(layers.map((layer, i) => [layer, `layers.${i}`]))
  const linear = (of: Tensor, i: 0 | 2): Tensor =>
    insideModule(layers[i]!, () =>
      add(matmul(of, parameters[`layers.${i}.weight`], { transposeB: true }), parameters[`layers.${i}.bias`]),
    )
  const { result } = trace({ training: false, moduleNames }, () => {
    const hidden = linear(x, 0)
    return linear(
      insideModule(layers[1]!, () => relu(hidden)),
      2,
    )
  })
  return { parameters, logits: result }
}

function writeParameters(graph: OnnxGraph, parameters: Readonly<Record<string, Tensor>>): Map<Tensor, string> {
  const names = new Map<Tensor, string>()
  for (const [name, { shape, source, ...rest }] of Object.entries(parameters)) {
    if (source.kind !== 'variable') continue
    graph.initializer(name, source.data, shape as readonly number[], rest.dtype)
    names.set(parameters[name]!, name)
  }
  return names
}

function perceptronBytes(): Uint8Array {
  const graph = new OnnxGraph('perceptron')
  const x = input('x', ['batch', 4])
  const { parameters, logits } = perceptron(x)
  const names = writeParameters(graph, parameters)
  names.set(x, graph.input('x', 'float32', x.shape))
  const probabilities = softmax(logits)
  graph.output('probabilities', lower(graph, [probabilities], names)[0]!, 'float32', probabilities.shape)
  return graph.toBytes({ 'millrace.kind': 'perceptron' })
}

function trainingBytes(): Uint8Array {
  const graph = new OnnxGraph('step')
  const [x, labels] = [input('x', [32, 4]), input('labels', [32], 'int64')]
  const { parameters, logits } = perceptron(x)
  const names = writeParameters(graph, parameters)
  names.set(x, graph.input('x', 'float32', x.shape)).set(labels, graph.input('labels', 'int64', labels.shape))
  const loss = neg(mean(sum(mul(logSoftmax(logits), oneHot(labels, 3)), { axes: [1] })))
  const outputs = { loss, ...Object.fromEntries(gradientEntries(loss, parameters)) }
  const written = lower(graph, Object.values(outputs), names)
  Object.entries(outputs).forEach(([name, { dtype, shape }], i) => graph.output(name, written[i]!, dtype, shape))
  return graph.toBytes()
}

function gradientEntries(loss: Tensor, parameters: Readonly<Record<string, Tensor>>): [string, Tensor][] {
  const found = gradients(loss, Object.values(parameters))
  return Object.keys(parameters).map((name, i) => [`${name}.gradient`, found[i]!])
}

describe('the graph of a perceptron', () => {
  it('is this, forward', async () => {
    await expect(describeGraph(perceptronBytes())).toMatchFileSnapshot('perceptron.golden.txt')
  })

  it('is this, with its loss and gradients', async () => {
    await expect(describeGraph(trainingBytes())).toMatchFileSnapshot('perceptron-gradients.golden.txt')
  })

  it('is accepted by the runtime', async () => {
    for (const bytes of [perceptronBytes(), trainingBytes()]) {
      await using session = await Session.load(bytes)
      expect(session.inputs.map(({ name }) => name)).toContain('x')
    }
  })

  it('is read back as it was written, byte for byte', () => {
    for (const bytes of [perceptronBytes(), trainingBytes()]) {
      expect(Buffer.compare(encodeModel(decodeModel(bytes)), bytes)).toBe(0)
    }
    const model = decodeModel(perceptronBytes())
    expect(model.metadataProps).toEqual([{ key: 'millrace.kind', value: 'perceptron' }])
    expect(model.opsetImport).toContainEqual({ domain: '', version: 18 })
    expect(model.producerName).toBe('millrace')
  })
})

describe('decodeModel', () => {
  it.each([
    ['nothing', new Uint8Array(), 'These 0 bytes are no complete ONNX model: a graph or its operator set is missing.'],
    ['text', new TextEncoder().encode('not a model'), 'These 11 bytes are no complete ONNX model: '],
    ['half a model', perceptronBytes().subarray(0, 200), 'These 200 bytes are no complete ONNX model: '],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeModel(bytes)).toThrow(MillraceError)
    expect(() => decodeModel(bytes)).toThrow(message)
  })
})

describe('describeGraph', () => {
  it('writes out short constants and attributes of every kind', () => {
    const graph = new OnnxGraph('all')
    const words = graph.strings(['a "b"', 'ß'])
    const vectors = [graph.floats([0.5, -1]), graph.int64s([-1, 2]), graph.constant(Uint8Array.of(1, 0), [2], 'bool')]
    const long = graph.constant(new Float64Array(9), [3, 3], 'float64')
    const attributes = { i: { int: -1 }, f: { float: 0.5 }, s: { string: 'x' }, is: { ints: [1, 2] } }
    graph.node('Any', [words, ...vectors, long], { ...attributes, fs: { floats: [1.5] }, ss: { strings: ['y', 'z'] } })
    graph.nodes('Two', [], 2, {}, { domain: 'ai.onnx.ml' })
    expect(describeGraph(graph.toBytes())).toBe(
      [
        String.raw`constant_0: string[2] = "a \"b\"", "ß"`,
        'constant_1: float32[2] = 0.5, -1',
        'constant_2: int64[2] = -1, 2',
        'constant_3: bool[2] = true, false',
        'constant_4: float64[3, 3]',
        'Any_0_out = Any(constant_0, constant_1, constant_2, constant_3, constant_4) i=-1 f=0.5 s="x" is=[1, 2] fs=[1.5] ss=["y", "z"]',
        'Two_0_out0, Two_0_out1 = ai.onnx.ml.Two()',
        '',
      ].join('\n'),
    )
  })
})

describe('OnnxGraph', () => {
  it('refuses a name that is taken', () => {
    const graph = new OnnxGraph('names')
    graph.input('age', 'float32', [1])
    const message = 'The ONNX graph has two values named "age". Inputs, outputs and weights need names of their own.'
    expect(() => graph.input('age', 'float32', [1])).toThrow(new MillraceError('INVALID_GRAPH', message))
    expect(() => graph.output('age', 'age', 'float32', [1])).toThrow(message)
    expect(() => graph.initializer('age', Float32Array.of(1), [1], 'float32')).toThrow(message)
  })

  it('gives its own values names that the inputs do not have', async () => {
    const names = ['constant_0', 'Mul_0_out', 'Mul_1_out']
    const columns = names.map((name) => input(name, [1]))
    const feeds = Object.fromEntries(
      names.map((name, i) => [name, { dtype: 'float32', shape: [1], data: Float32Array.of(i + 1) } as const]),
    )
    const results = await evaluate(
      columns.map((column) => mul(column, 10)),
      feeds,
    )
    expect(results.map(({ data }) => data[0])).toEqual([10, 20, 30])
  })

  it('keeps the numbers a weight had when it was written', async () => {
    const data = Float32Array.of(1, 2)
    const graph = new OnnxGraph('copy')
    graph.initializer('weight', data, [2], 'float32')
    graph.output('y', 'weight', 'float32', [2])
    data.fill(9)
    await using session = await Session.load(graph.toBytes())
    expect((await session.run({}))['y']!.data).toEqual(Float32Array.of(1, 2))
  })

  it('writes a part of a larger array', async () => {
    const whole = Float32Array.of(1, 2, 3, 4)
    const [found] = await evaluate([constant(whole.subarray(1, 3), [2], 'float32')])
    expect(found!.data).toEqual(Float32Array.of(2, 3))
  })
})

describe('lower', () => {
  it.each([
    ['input', input('x', [2]), 'lower: input float32[2] is not bound to an input of the ONNX graph.'],
    ['random source', random([2]), 'lower: random float32[2] is not bound to an input of the ONNX graph.'],
  ])('refuses an %s that is not bound', (_, tensor, message) => {
    expect(() => lower(new OnnxGraph('open'), [add(tensor, 1)], new Map())).toThrow(
      new MillraceError('INVALID_GRAPH', message),
    )
  })

  it('computes a tensor once that is used many times', () => {
    const x = input('x', [2])
    const shared = relu(x)
    const graph = new OnnxGraph('shared')
    lower(graph, [add(shared, shared), mul(shared, 2)], new Map([[x, graph.input('x', 'float32', [2])]]))
    expect(describeGraph(graph.toBytes()).match(/Relu\(/g)).toHaveLength(1)
  })
})
