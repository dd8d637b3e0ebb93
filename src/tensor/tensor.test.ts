import { describe, expect, it } from 'vitest'
import { MillraceError, ShapeError } from '../core/index.ts'
import {
  adaptiveAvgPool2d,
  add,
  argMax,
  cast,
  concat,
  constant,
  conv2d,
  expand,
  exp,
  gather,
  input,
  insideModule,
  matmul,
  flatten,
  max,
  maxPool2d,
  mean,
  mul,
  oneHot,
  pad,
  reshape,
  scalar,
  scatterAdd,
  slice,
  softmax,
  sum,
  type Tensor,
  trace,
  transpose,
  variable,
  where,
} from './index.ts'

const x = input('x', [32, 784])
const batch = input('batch', ['batch', 4])
const labels = input('labels', [32], 'int64')

function thrownBy(build: () => unknown): MillraceError {
  try {
    build()
  } catch (error) {
    if (error instanceof MillraceError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('operations on shapes that do not fit', () => {
  const mistakes: readonly (readonly [string, () => unknown, string])[] = [
    [
      'add',
      () => add(x, input('y', [32, 10])),
      'add: [32, 784] and [32, 10] do not fit each other: sizes must be equal or 1, counted from the last axis.',
    ],
    ['add of a named size', () => add(batch, input('y', [32, 4])), 'add: [batch, 4] and [32, 4] do not fit each other'],
    [
      'matmul',
      () => matmul(x, input('w', [128, 10])),
      "matmul: inner sizes differ, [32, 784] × [128, 10] (784 ≠ 128). Check the layer's sizes, or transpose an operand.",
    ],
    [
      'matmul of transposed operands',
      () => matmul(x, input('w', [10, 128]), { transposeB: true }),
      'matmul: inner sizes differ, [32, 784] × [10, 128]ᵀ (784 ≠ 128).',
    ],
    ['matmul of a vector', () => matmul(x, input('w', [784])), 'at least two axes, found [32, 784] × [784].'],
    [
      'matmul of stacks',
      () => matmul(input('a', [2, 3, 4]), input('b', [5, 4, 3])),
      'matmul: the leading axes of [2, 3, 4] × [5, 4, 3] do not fit each other.',
    ],
    ['reshape', () => reshape(x, [32, 28, 27]), 'reshape: [32, 784] cannot become [32, 28, 27]'],
    ['reshape without the named size', () => reshape(batch, [8]), 'reshape: [batch, 4] cannot become [8]'],
    [
      'reshape that would join two named sizes',
      () => reshape(input('a', ['n', 'n']), ['n']),
      'reshape: [n, n] cannot become [n]',
    ],
    ['transpose', () => transpose(x, [0, 0]), 'transpose: [0, 0] is no order of the axes of [32, 784].'],
    ['transpose of a vector', () => transpose(labels), 'transpose: needs at least two axes, found [32].'],
    ['expand', () => expand(x, [32, 785]), 'expand: [32, 784] cannot be repeated to [32, 785].'],
    ['sum', () => sum(x, { axes: [2] }), 'sum: axis 2 is out of range for [32, 784].'],
    ['max', () => max(x, { axes: [-3] }), 'max: axis -3 is out of range for [32, 784].'],
    ['argMax', () => argMax(scalar(1)), 'argMax: axis -1 is out of range for [].'],
    ['softmax', () => softmax(x, 0.5), 'softmax: axis 0.5 is out of range for [32, 784].'],
    ['mean', () => mean(batch), 'mean: size "batch" of [batch, 4] is not known before the run.'],
    ['slice', () => slice(x, 1, 780, 785), 'slice: 780..785 is out of range for axis 1 of [32, 784].'],
    ['slice of a named size', () => slice(batch, 0, 0, 1), 'slice: 0..1 is out of range for axis 0 of [batch, 4].'],
    ['pad', () => pad(x, 0, -1, 0), 'pad: cannot add -1 and 0 elements along axis 0 of [32, 784].'],
    [
      'concat',
      () => concat([x, input('y', [31, 784])], 1),
      'concat: shapes [32, 784], [31, 784] must agree but for axis 1.',
    ],
    [
      'concat of other ranks',
      () => concat([x, labels], 1),
      'concat: shapes [32, 784], [32] must agree but for axis 1.',
    ],
    ['concat of nothing', () => concat([], 0), 'concat: needs at least one tensor.'],
    ['where', () => where(input('c', [3], 'bool'), x, 0), 'where: shapes [3], [32, 784], [] do not fit each other.'],
    ['where without a condition', () => where(x, x, 0), 'where: the condition must be bool, found float32.'],
    ['gather', () => gather(x, cast(labels, 'float32')), 'gather: indices must be int64, found float32.'],
    [
      'gather of a scalar',
      () => gather(scalar(1), labels),
      'gather: the table needs at least one axis, found a scalar.',
    ],
    ['oneHot', () => oneHot(x, 10), 'oneHot: indices must be int64, found float32.'],
    [
      'scatterAdd',
      () => scatterAdd(labels, x, [10, 783]),
      'scatterAdd: indices [32] and values [32, 784] do not fit the result [10, 783].',
    ],
    [
      'scatterAdd of whole numbers',
      () => scatterAdd(labels, labels, [10]),
      'scatterAdd: values must be floats, found int64.',
    ],
    ['two numbers', () => add(1, 2), 'add: needs a tensor, found the numbers 1 and 2.'],
    [
      'constant',
      () => constant(new Float32Array(5), [2, 3], 'float32'),
      'constant: 5 values do not fill shape [2, 3] (6 needed).',
    ],
    [
      'variable',
      () => variable(new Float32Array(5), [], 'float32'),
      'variable: 5 values do not fill shape [] (1 needed).',
    ],
  ]

  it.each(mistakes)('%s: names the operation and the shapes', (_, build, message) => {
    const error = thrownBy(build)
    expect(error).toBeInstanceOf(ShapeError)
    expect(error.message).toContain(message)
  })

  it('name the module that was being traced', () => {
    const layer = {}
    const build = (): Tensor => insideModule(layer, () => matmul(x, input('w', [128, 10])))
    const error = thrownBy(() => trace({ training: false, moduleNames: new Map([[layer, 'layers.0']]) }, build))
    expect(error).toMatchObject({ code: 'SHAPE_MISMATCH', module: 'layers.0' })
    expect(error.message).toMatch(/^matmul: .* \(in module "layers\.0"\)$/)
  })
})

describe('operations on element types that do not fit', () => {
  const whole = input('whole', [3], 'int64')
  const real = input('real', [3])

  it('are refused with both types and the cure', () => {
    const error = thrownBy(() => mul(whole, real))
    expect(error.code).toBe('INVALID_GRAPH')
    expect(error.message).toBe('mul: element types differ, int64 and float32. Convert one with cast().')
  })

  it('name the module that was being traced', () => {
    const layer = {}
    const build = (): Tensor => insideModule(layer, () => concat([whole, real], 0))
    const error = thrownBy(() => trace({ training: true, moduleNames: new Map([[layer, 'encoder.head']]) }, build))
    expect(error.message).toContain('concat: element types differ, int64 and float32.')
    expect(error.message).toContain('(in module "encoder.head")')
  })

  it('refuse a fraction beside whole numbers', () => {
    expect(thrownBy(() => add(whole, 0.5)).message).toBe('0.5 is no int64. Convert the tensor with cast() first.')
    expect(add(whole, 2).dtype).toBe('int64')
  })
})

describe('Tensor', () => {
  it('says where it comes from, its type and its shape', () => {
    expect(String(exp(batch))).toBe('exp float32[batch, 4]')
    expect(String(labels)).toBe('input int64[32]')
    expect(String(scalar(1, 'float64'))).toBe('constant float64[]')
  })

  it('is returned as it is by operations that change nothing', () => {
    const same: readonly Tensor[] = [
      add(x, 0),
      mul(x, 1),
      reshape(x, [32, 784]),
      expand(x, [32, 784]),
      sum(x, { axes: [] }),
      max(x, { axes: [] }),
      slice(x, -1, 0, 784),
      pad(x, 0, 0, 0),
      concat([x], 0),
      cast(x, 'float32'),
    ]
    for (const tensor of same) expect(tensor).toBe(x)
  })

  it('keeps a named size through the operations that can', () => {
    const shapes = [
      add(batch, 1),
      add(batch, input('row', [4])),
      matmul(batch, input('w', [4, 3])),
      sum(batch, { axes: [1], keepDims: true }),
      argMax(batch),
      transpose(batch),
      reshape(batch, ['batch', 2, 2]),
      concat([batch, batch], 1),
      oneHot(input('i', ['batch'], 'int64'), 5),
      maxPool2d(conv2d(input('images', ['batch', 1, 8, 8]), input('w', [4, 1, 3, 3])), 2),
      flatten(adaptiveAvgPool2d(input('images', ['batch', 3, 5, 5]), 2)),
    ].map(({ shape }) => shape)
    expect(shapes).toEqual([
      ['batch', 4],
      ['batch', 4],
      ['batch', 3],
      ['batch', 1],
      ['batch'],
      [4, 'batch'],
      ['batch', 2, 2],
      ['batch', 8],
      ['batch', 5],
      ['batch', 4, 3, 3],
      ['batch', 12],
    ])
  })
})
