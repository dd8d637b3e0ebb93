/**
 * Generated uses of every primitive operation with their results by plain loops: what the tests of the engine, and of
 * its documentation, go through. Values keep a distance of 1/16 from where a function has a step or a corner.
 */
import * as fc from 'fast-check'
import { detectBlockSize } from '../../src/onnx/index.ts'
import * as ops from '../../src/tensor/index.ts'
import type { DType, Tensor } from '../../src/tensor/index.ts'
import { at, broadcast, type Numbers, indicesOf, sizeOf, tabulate } from './tensor-loops.ts'

/** One use of an operation. Gradients are checked by the operands of dtype float64. */
export interface Use {
  readonly operands: readonly (Numbers & { readonly dtype: DType })[]
  readonly build: (...operands: Tensor[]) => Tensor
  readonly expected: readonly number[]
}

export interface Case {
  readonly uses: fc.Arbitrary<Use>
  /** float32 where ONNX Runtime has no float64 kernel. */
  readonly precision: 'float32' | 'float64'
}

// --- values and shapes ---------------------------------------------------------------------------------------------

const sixteenths = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max }).map((n) => n / 16)
const anyValue = sixteenths(-32, 32)
const positive = sixteenths(4, 48)
const notZero = fc.oneof(sixteenths(4, 32), sixteenths(-32, -4))
const notWhole = fc.integer({ min: -3, max: 3 }).map((n) => n + 0.5)

const shapes = (minLength = 0, maxLength = 3): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 1, max: 3 }), { minLength, maxLength })

function numbers(shape: readonly number[], value: fc.Arbitrary<number>): fc.Arbitrary<Numbers> {
  const length = sizeOf(shape)
  return fc.array(value, { minLength: length, maxLength: length }).map((values) => ({ shape, values }))
}

function distinct(shape: readonly number[]): fc.Arbitrary<Numbers> {
  const length = sizeOf(shape)
  return fc
    .uniqueArray(fc.integer({ min: -40 - length, max: 40 + length }), { minLength: length, maxLength: length })
    .map((values) => ({ shape, values: values.map((n) => n / 16) }))
}

/** A shape that broadcasts to `shape`: some leading axes left out, some sizes 1. */
function narrower(shape: readonly number[]): fc.Arbitrary<number[]> {
  const single = fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length })
  return fc
    .tuple(fc.integer({ min: 0, max: shape.length }), single)
    .map(([dropped, one]) => shape.map((size, axis) => (one[axis]! ? 1 : size)).slice(dropped))
}

const axisOf = (shape: readonly number[]): fc.Arbitrary<number> =>
  fc.integer({ min: -shape.length, max: shape.length - 1 })

const fromFront = (axis: number, shape: readonly number[]): number => (axis < 0 ? axis + shape.length : axis)

const double = (operand: Numbers): Use['operands'][number] => ({ ...operand, dtype: 'float64' })
const whole = (operand: Numbers): Use['operands'][number] => ({ ...operand, dtype: 'int64' })

// --- families of cases ---------------------------------------------------------------------------------------------

const float64 = (uses: fc.Arbitrary<Use>): Case => ({ uses, precision: 'float64' })

function unary(
  operation: (x: Tensor) => Tensor,
  compute: (x: number) => number,
  value: fc.Arbitrary<number> = anyValue,
  operand: typeof double = double,
): Case {
  const uses = shapes()
    .chain((shape) => numbers(shape, value))
    .map((x): Use => ({
      operands: [operand(x)],
      build: (tensor) => operation(tensor),
      expected: x.values.map(compute),
    }))
  return float64(uses)
}

function binary(
  operation: (a: Tensor, b: Tensor) => Tensor,
  compute: (a: number, b: number) => number,
  left: fc.Arbitrary<number> = anyValue,
  right: fc.Arbitrary<number> = left,
  operand: typeof double = double,
): Case {
  const uses = shapes()
    .chain((shape) => fc.tuple(narrower(shape), narrower(shape)))
    .chain(([a, b]) => fc.tuple(numbers(a, left), numbers(b, right)))
    .map(([a, b]): Use => {
      const expected = tabulate(broadcast(a.shape, b.shape), (index) => compute(at(a, index), at(b, index)))
      return { operands: [operand(a), operand(b)], build: (x, y) => operation(x, y), expected }
    })
  return float64(uses)
}

function reduction(
  operation: (x: Tensor, options: ops.ReduceOptions) => Tensor,
  compute: (values: readonly number[]) => number,
): Case {
  const uses = shapes(1)
    .chain((shape) => fc.tuple(distinct(shape), fc.array(axisOf(shape), { minLength: 1 }), fc.boolean()))
    .map(([x, axes, keepDims]): Use => {
      const reduced = new Set(axes.map((axis) => fromFront(axis, x.shape)))
      const kept = x.shape.map((size, axis) => (reduced.has(axis) ? 1 : size))
      const expected = tabulate(kept, (target) =>
        compute(
          indicesOf(x.shape)
            .filter((index) => index.every((position, axis) => reduced.has(axis) || position === target[axis]))
            .map((index) => at(x, index)),
        ),
      )
      return { operands: [double(x)], build: (tensor) => operation(tensor, { axes, keepDims }), expected }
    })
  return float64(uses)
}

/** Operations that look at all elements along one axis. `compute` gets them and the position of one. */
function alongAxis(
  operation: (x: Tensor, axis: number) => Tensor,
  compute: (values: readonly number[], position: number) => number,
  keepsAxis: boolean,
): Case {
  const uses = shapes(1)
    .chain((shape) => fc.tuple(distinct(shape), axisOf(shape)))
    .map(([x, axis]): Use => {
      const along = fromFront(axis, x.shape)
      const line = (index: readonly number[]): number[] =>
        Array.from({ length: x.shape[along]! }, (_, position) => at(x, index.with(along, position)))
      const expected = tabulate(keepsAxis ? x.shape : x.shape.with(along, 1), (index) =>
        compute(line(index), index[along]!),
      )
      return { operands: [double(x)], build: (tensor) => operation(tensor, axis), expected }
    })
  return float64(uses)
}

/** 2/√π Σ (−1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1)), which has converged to 1e-12 for |x| ≤ 2 after 40 terms. */
function errorFunction(x: number): number {
  let [term, sum] = [x, x]
  for (let n = 1; n < 40; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

function logSumExp(values: readonly number[]): number {
  return Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0))
}

// --- moving elements -----------------------------------------------------------------------------------------------

const reshapes = shapes(1)
  .chain((shape) => fc.tuple(numbers(shape, anyValue), fc.shuffledSubarray([...shape, 1], { minLength: shape.length })))
  .map(([x, order]): Use => {
    const shape = sizeOf(order) === x.values.length ? order : [1, x.values.length, 1]
    return { operands: [double(x)], build: (tensor) => ops.reshape(tensor, shape), expected: x.values }
  })

const transposes = shapes(2)
  .chain((shape) => {
    const axes = shape.map((_, axis) => axis)
    const orders = fc.shuffledSubarray(axes, { minLength: axes.length })
    return fc.tuple(numbers(shape, anyValue), fc.option(orders, { nil: undefined }))
  })
  .map(([x, permutation]): Use => {
    const last = x.shape.length - 1
    const order = permutation ?? x.shape.map((_, axis) => (axis < last - 1 ? axis : 2 * last - 1 - axis))
    const expected = tabulate(
      order.map((axis) => x.shape[axis]!),
      (index) =>
        at(
          x,
          x.shape.map((_, axis) => index[order.indexOf(axis)]!),
        ),
    )
    return { operands: [double(x)], build: (tensor) => ops.transpose(tensor, permutation), expected }
  })

const expansions = shapes(1)
  .chain((shape) => fc.tuple(fc.constant(shape), narrower(shape)))
  .chain(([shape, narrow]) => fc.tuple(fc.constant(shape), numbers(narrow, anyValue)))
  .map(([shape, x]): Use => {
    const expected = tabulate(shape, (index) => at(x, index))
    return { operands: [double(x)], build: (tensor) => ops.expand(tensor, shape), expected }
  })

const slices = shapes(1)
  .chain((shape) =>
    fc.tuple(numbers(shape, anyValue), axisOf(shape), fc.nat(2), fc.nat(2), fc.integer({ min: 1, max: 3 })),
  )
  .map(([x, axis, from, length, step]): Use => {
    const along = fromFront(axis, x.shape)
    const size = x.shape[along]!
    const start = Math.min(from, size - 1)
    const end = Math.min(start + length + 1, size)
    const expected = tabulate(x.shape.with(along, Math.ceil((end - start) / step)), (index) =>
      at(x, index.with(along, index[along]! * step + start)),
    )
    return { operands: [double(x)], build: (tensor) => ops.slice(tensor, axis, start, end, step), expected }
  })

const pads = shapes(1)
  .chain((shape) =>
    fc.tuple(
      numbers(shape, anyValue),
      axisOf(shape),
      fc.nat(2),
      fc.nat(2),
      fc.record({ between: fc.nat(2), value: fc.constantFrom(0, 0, -1.5) }),
    ),
  )
  .map(([x, axis, before, after, options]): Use => {
    const along = fromFront(axis, x.shape)
    const length = (x.shape[along]! - 1) * (options.between + 1) + 1
    const expected = tabulate(x.shape.with(along, before + length + after), (index) => {
      const source = index[along]! - before
      const kept = source >= 0 && source < length && source % (options.between + 1) === 0
      return kept ? at(x, index.with(along, source / (options.between + 1))) : options.value
    })
    return { operands: [double(x)], build: (tensor) => ops.pad(tensor, axis, before, after, options), expected }
  })

const concatenations = shapes(1)
  .chain((shape) => fc.tuple(fc.constant(shape), axisOf(shape), shapes(2, 3)))
  .chain(([shape, axis, sizes]) => {
    const along = fromFront(axis, shape)
    const parts = sizes.map((size) => numbers(shape.with(along, size), anyValue))
    return fc.tuple(fc.constant(axis), fc.tuple(...parts))
  })
  .map(([axis, parts]): Use => {
    const { shape } = parts[0]!
    const along = fromFront(axis, shape)
    const owners = parts.flatMap((part) =>
      Array.from({ length: part.shape[along]! }, (_, position) => [part, position] as const),
    )
    const expected = tabulate(shape.with(along, owners.length), (index) => {
      const [part, position] = owners[index[along]!]!
      return at(part, index.with(along, position))
    })
    return { operands: parts.map(double), build: (...tensors) => ops.concat(tensors, axis), expected }
  })

const products = fc
  .tuple(shapes(0, 2), fc.tuple(...[1, 2, 3].map(() => fc.integer({ min: 1, max: 3 }))), fc.boolean(), fc.boolean())
  .chain(([stack, sizes, transposeA, transposeB]) => {
    const [n, k, m] = sizes as [number, number, number]
    const operand = (rows: number, columns: number, transposed: boolean): fc.Arbitrary<Numbers> =>
      narrower(stack).chain((outer) =>
        numbers([...outer, ...(transposed ? [columns, rows] : [rows, columns])], anyValue),
      )
    return fc.tuple(operand(n, k, transposeA), operand(k, m, transposeB), fc.constant({ transposeA, transposeB }))
  })
  .map(([a, b, options]): Use => {
    const [left, right] = [options.transposeA ? lastExchanged(a) : a, options.transposeB ? lastExchanged(b) : b]
    const stack = broadcast(left.shape.slice(0, -2), right.shape.slice(0, -2))
    const expected = tabulate([...stack, left.shape.at(-2)!, right.shape.at(-1)!], (index) => {
      const [outer, row, column] = [index.slice(0, -2), index.at(-2)!, index.at(-1)!]
      let sum = 0
      for (let inner = 0; inner < left.shape.at(-1)!; inner++) {
        sum += at(left, [...outer, row, inner]) * at(right, [...outer, inner, column])
      }
      return sum
    })
    return { operands: [double(a), double(b)], build: (x, y) => ops.matmul(x, y, options), expected }
  })

function lastExchanged(x: Numbers): Numbers {
  const shape = [...x.shape.slice(0, -2), x.shape.at(-1)!, x.shape.at(-2)!]
  const values = tabulate(shape, (index) => at(x, [...index.slice(0, -2), index.at(-1)!, index.at(-2)!]))
  return { shape, values }
}

// --- choosing elements ---------------------------------------------------------------------------------------------

const conditions = shapes()
  .chain((shape) => fc.tuple(narrower(shape), narrower(shape), narrower(shape)))
  .chain(([condition, a, b]) =>
    fc.tuple(numbers(condition, fc.constantFrom(0, 1)), numbers(a, anyValue), numbers(b, anyValue)),
  )
  .map(([condition, a, b]): Use => {
    const expected = tabulate(broadcast(condition.shape, broadcast(a.shape, b.shape)), (index) =>
      at(condition, index) === 1 ? at(a, index) : at(b, index),
    )
    const operands = [{ ...condition, dtype: 'bool' } as const, double(a), double(b)]
    return { operands, build: (c, x, y) => ops.where(c, x, y), expected }
  })

const casts = shapes()
  .chain((shape) => fc.tuple(numbers(shape, notWhole), fc.constantFrom<DType>('int64', 'bool', 'float32')))
  .map(([x, dtype]): Use => {
    const converted = {
      int64: Math.trunc,
      bool: (value: number) => Number(value !== 0),
      float32: Math.fround,
      float64: Number,
    }
    // From float64 whatever the precision under test: the conversion is the operation.
    const build = (tensor: Tensor): Tensor =>
      ops.cast(dtype === 'float32' ? ops.cast(tensor, 'float64') : tensor, dtype)
    return { operands: [double(x)], build, expected: x.values.map(converted[dtype]) }
  })

const oneHots = fc
  .tuple(shapes(0, 2), fc.integer({ min: 1, max: 4 }), fc.constantFrom('float32' as const, 'float64' as const))
  .chain(([shape, classCount, dtype]) =>
    fc.tuple(
      numbers(shape, fc.integer({ min: -classCount - 2, max: classCount + 1 })),
      fc.constant({ classCount, dtype }),
    ),
  )
  .map(([indices, { classCount, dtype }]): Use => {
    const expected = tabulate([...indices.shape, classCount], (index) => {
      const hot = at(indices, index.slice(0, -1))
      return Number((hot < 0 ? hot + classCount : hot) === index.at(-1))
    })
    return { operands: [whole(indices)], build: (tensor) => ops.oneHot(tensor, classCount, dtype), expected }
  })

const lookUps = fc
  .tuple(shapes(1, 3), shapes(0, 2))
  .chain(([table, indices]) =>
    fc.tuple(numbers(table, anyValue), numbers(indices, fc.integer({ min: -table[0]!, max: table[0]! - 1 }))),
  )
  .map(([table, indices]): Use => {
    const rank = indices.shape.length
    const expected = tabulate([...indices.shape, ...table.shape.slice(1)], (index) => {
      const row = rowOf(at(indices, index.slice(0, rank)), table.shape[0]!)
      return at(table, [row, ...index.slice(rank)])
    })
    return { operands: [double(table), whole(indices)], build: (x, i) => ops.gather(x, i), expected }
  })

const additions = fc
  .tuple(shapes(1, 3), shapes(0, 2))
  .chain(([shape, places]) =>
    fc.tuple(
      fc.constant(shape),
      numbers(places, fc.integer({ min: -shape[0]!, max: shape[0]! - 1 })),
      numbers([...places, ...shape.slice(1)], anyValue),
    ),
  )
  .map(([shape, places, values]): Use => {
    const expected = tabulate(shape, ([row, ...rest]) =>
      indicesOf(places.shape)
        .filter((place) => rowOf(at(places, place), shape[0]!) === row)
        .reduce((sum, place) => sum + at(values, [...place, ...rest]), 0),
    )
    return { operands: [whole(places), double(values)], build: (i, v) => ops.scatterAdd(i, v, shape), expected }
  })

function rowOf(index: number, rows: number): number {
  return index < 0 ? index + rows : index
}

// --- images --------------------------------------------------------------------------------------------------------

const float32 = (uses: fc.Arbitrary<Use>): Case => ({ uses, precision: 'float32' })
const few = (min: number, max: number): fc.Arbitrary<readonly [number, number]> =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }))

interface ConvolutionCase {
  readonly batch: number
  /** Channels on either side of the weight within one group. */
  readonly perGroup: readonly [outputs: number, inputs: number]
  readonly groups: number
  readonly kernel: readonly [number, number]
  readonly stride: readonly [number, number]
  readonly padding: readonly [number, number]
  readonly dilation: readonly [number, number]
  /** Windows on the image, and rows and columns that no further window fits on. */
  readonly counts: readonly [number, number]
  readonly rest: readonly [number, number]
  readonly hasBias: boolean
}

const convolutions: fc.Arbitrary<ConvolutionCase> = fc
  .record({
    batch: fc.integer({ min: 1, max: 2 }),
    perGroup: few(1, 2),
    groups: fc.integer({ min: 1, max: 2 }),
    kernel: few(1, 3),
    stride: few(1, 2),
    padding: few(0, 1),
    dilation: few(1, 2),
    counts: few(1, 3),
    rest: few(0, 1),
    hasBias: fc.boolean(),
  })
  .map((found) => ({
    ...found,
    padding: [
      Math.min(found.padding[0], found.kernel[0] - 1),
      Math.min(found.padding[1], found.kernel[1] - 1),
    ] as const,
    rest: [found.rest[0] % found.stride[0], found.rest[1] % found.stride[1]] as const,
  }))
  .filter((found) => sourceSize(found).every((size) => size >= 1))

/** Height and width of the image that the windows of a case lie on. */
function sourceSize({ counts, kernel, stride, padding, dilation, rest }: ConvolutionCase): [number, number] {
  const size = (axis: 0 | 1): number =>
    (counts[axis] - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1 - 2 * padding[axis] + rest[axis]
  return [size(0), size(1)]
}

/** Calls `visit` for each product in a convolution: the places in source, weight and result. */
function visitProducts(
  given: ConvolutionCase,
  visit: (source: readonly number[], weight: readonly number[], result: readonly number[]) => void,
): void {
  const { batch, perGroup, groups, kernel, stride, padding, dilation, counts } = given
  const [height, width] = sourceSize(given)
  for (const result of indicesOf([batch, perGroup[0] * groups, ...counts])) {
    for (const weight of indicesOf([perGroup[1], ...kernel])) {
      const [image, output, down, across] = result as [number, number, number, number]
      const [input, row, column] = weight as [number, number, number]
      const y = down * stride[0] + row * dilation[0] - padding[0]
      const x = across * stride[1] + column * dilation[1] - padding[1]
      if (y < 0 || y >= height || x < 0 || x >= width) continue
      const group = Math.floor(output / perGroup[0])
      visit([image, group * perGroup[1] + input, y, x], [output, input, row, column], result)
    }
  }
}

/** A convolution, or its adjoint, which goes from results back to sources. */
function convolutionUses(kind: 'conv2d' | 'convTranspose2d'): fc.Arbitrary<Use> {
  return convolutions
    .chain((given) => {
      const { batch, perGroup, groups, kernel, counts, hasBias } = given
      const [outputs, inputs] = [perGroup[0] * groups, perGroup[1] * groups]
      const sides = { source: [batch, inputs, ...sourceSize(given)], result: [batch, outputs, ...counts] }
      const [from, to] = kind === 'conv2d' ? [sides.source, sides.result] : [sides.result, sides.source]
      const bias = hasBias ? [numbers([to[1]!], anyValue)] : []
      const weight = numbers([outputs, perGroup[1], ...kernel], anyValue)
      return fc.tuple(fc.constant({ given, to }), numbers(from, anyValue), weight, fc.tuple(...bias))
    })
    .map(([{ given, to }, x, weight, bias]): Use => {
      const totals = new Map<string, number>()
      visitProducts(given, (source, tap, result) => {
        const [from, into] = kind === 'conv2d' ? [source, result] : [result, source]
        totals.set(into.join(), (totals.get(into.join()) ?? 0) + at(x, from) * at(weight, tap))
      })
      const expected = tabulate(to, (index) => (totals.get(index.join()) ?? 0) + (bias[0]?.values[index[1]!] ?? 0))
      const { stride, padding, dilation, groups, rest } = given
      const build = (image: Tensor, taps: Tensor, added?: Tensor): Tensor => {
        const options = { stride, padding, dilation, groups, ...(added === undefined ? {} : { bias: added }) }
        return kind === 'conv2d'
          ? ops.conv2d(image, taps, options)
          : ops.convTranspose2d(image, taps, { ...options, outputPadding: rest })
      }
      return { operands: [x, weight, ...bias].map(double), build, expected }
    })
}

/** Pools; `compute` gets the elements of a window, those of the padding as undefined. */
function poolUses(
  operation: (x: Tensor, kernel: readonly [number, number], options: ops.MaxPoolOptions) => Tensor,
  compute: (values: readonly (number | undefined)[]) => number,
  most: { readonly dilation: number },
): fc.Arbitrary<Use> {
  return fc
    .record({
      counts: few(1, 2),
      kernel: few(1, 3),
      stride: few(1, 3),
      padding: few(0, 1),
      rest: few(0, 1),
      dilation: few(1, most.dilation),
      tiled: fc.boolean(),
    })
    .map(({ counts, kernel, stride, padding, rest, dilation, tiled }): ConvolutionCase => ({
      batch: 2,
      perGroup: [1, 1],
      groups: 2,
      kernel,
      counts,
      stride: tiled ? kernel : stride,
      padding: tiled ? [0, 0] : [Math.min(padding[0], kernel[0] >> 1), Math.min(padding[1], kernel[1] >> 1)],
      dilation: tiled ? [1, 1] : dilation,
      rest: [rest[0] % (tiled ? kernel[0] : stride[0]), rest[1] % (tiled ? kernel[1] : stride[1])],
      hasBias: false,
    }))
    .filter((given) => sourceSize(given).every((size) => size >= 1))
    .chain((given) => fc.tuple(fc.constant(given), distinct([2, 2, ...sourceSize(given)])))
    .map(([given, x]): Use => {
      const { kernel, stride, padding, dilation, counts } = given
      const found = new Map<string, number[]>()
      visitProducts(given, (source, _tap, result) => {
        found.set(result.join(), [...(found.get(result.join()) ?? []), at(x, source)])
      })
      const expected = tabulate([2, 2, ...counts], (index) => {
        const inside = found.get(index.join()) ?? []
        return compute([...inside, ...Array.from({ length: kernel[0] * kernel[1] - inside.length }, () => undefined)])
      })
      return {
        operands: [double(x)],
        build: (image) => operation(image, kernel, { stride, padding, dilation }),
        expected,
      }
    })
}

const largest = poolUses(ops.maxPool2d, (values) => Math.max(...values.map((value) => value ?? -Infinity)), {
  dilation: 2,
}).filter(({ expected }) => expected.every(Number.isFinite)) // a window with gaps may see nothing but padding
const means = poolUses(
  ops.avgPool2d,
  (values) => values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / values.length,
  { dilation: 1 },
)

// --- numbers by channel, and channels in blocks --------------------------------------------------------------------

/** A number for each channel, from values with two axes at least. */
function byChannel(shape: readonly number[], value: fc.Arbitrary<number>): fc.Arbitrary<Numbers> {
  return numbers([shape[1]!], value)
}

const scaled = fc
  .tuple(shapes(2, 4), fc.integer({ min: 0, max: 2 }))
  .chain(([shape, more]) => {
    const further = [byChannel(shape, anyValue), numbers(shape, anyValue)].slice(0, more)
    return fc.tuple(numbers(shape, anyValue), byChannel(shape, anyValue), ...further)
  })
  .map(([x, scale, shift, added]): Use => {
    const expected = tabulate(x.shape, (index) => {
      const channel = index[1]!
      const product = at(x, index) * scale.values[channel]!
      return product + (shift?.values[channel] ?? 0) + (added === undefined ? 0 : at(added, index))
    })
    const operands = [x, scale, shift, added].filter((each) => each !== undefined).map(double)
    return { operands, build: (image, a, b, c) => ops.scaleShift(image, a, b, c), expected }
  })

const standardized = shapes(2, 4)
  .chain((shape) => fc.tuple(numbers(shape, anyValue), byChannel(shape, anyValue), byChannel(shape, anyValue)))
  .map(([x, weight, bias]): Use => {
    const epsilon = 0.5
    const statistics = weight.values.map((_, channel) => {
      const own = indicesOf(x.shape)
        .filter((index) => index[1] === channel)
        .map((index) => at(x, index))
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length
      return { mean, variance: own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length }
    })
    const expected = tabulate(x.shape, (index) => {
      const channel = index[1]!
      const { mean, variance } = statistics[channel]!
      return ((at(x, index) - mean) / Math.sqrt(variance + epsilon)) * weight.values[channel]! + bias.values[channel]!
    })
    const build = (image: Tensor, w: Tensor, b: Tensor): Tensor => ops.batchNorm(image, w, b, epsilon).normalized
    return { operands: [x, weight, bias].map(double), build, expected }
  })

/** What this processor's kernels have; cases for them are left out where it has none. */
const blockSize = (await detectBlockSize()) ?? 16

function inBlocks({ shape, values }: Numbers): Numbers {
  const [batch, channels, height, width] = shape as readonly [number, number, number, number]
  const blocked = [batch, channels / blockSize, height, width, blockSize]
  const moved = tabulate(blocked, ([n, block, y, x, channel]) =>
    at({ shape, values }, [n!, block! * blockSize + channel!, y!, x!]),
  )
  return { shape: blocked, values: moved }
}

const blockable = fc
  .tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 }), few(1, 2))
  .chain(([batch, blocks, size]) => numbers([batch, blocks * blockSize, ...size], anyValue))

const blocked = blockable.map((x): Use => ({
  operands: [double(x)],
  build: (image) => ops.block(image, blockSize),
  expected: inBlocks(x).values,
}))
const unblocked = blockable.map((x): Use => ({
  operands: [double(inBlocks(x))],
  build: (image) => ops.unblock(image),
  expected: x.values,
}))

/** Convolutions of plain images with few channels, now and then of blocked ones. */
const blockedConvolutions = convolutions
  .chain((given) =>
    fc.record({
      given: fc.constant({ ...given, batch: 1, groups: 1, counts: [given.counts[0], 1] as const }),
      whole: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    }),
  )
  .map(({ given, whole }): ConvolutionCase => {
    const perGroup = [blockSize, whole ? blockSize : given.perGroup[1]] as const
    return whole
      ? {
          ...given,
          perGroup,
          kernel: [1, 2],
          padding: [0, 1],
          dilation: [1, 1],
          rest: [0, 0],
          stride: [1, given.stride[1]],
        }
      : { ...given, perGroup }
  })
  .filter((given) => sourceSize(given).every((size) => size >= 1))
  .chain((given) => {
    const { batch, perGroup, kernel, hasBias } = given
    const weight = numbers([...perGroup, ...kernel], anyValue)
    const bias = hasBias ? [numbers([perGroup[0]], anyValue)] : []
    return fc.tuple(
      fc.constant(given),
      numbers([batch, perGroup[1], ...sourceSize(given)], anyValue),
      weight,
      fc.tuple(...bias),
    )
  })
  .map(([given, x, weight, bias]): Use => {
    const whole = given.perGroup[1] === blockSize
    const build = (image: Tensor, taps: Tensor, added?: Tensor): Tensor => {
      const { stride, padding, dilation } = given
      const plain = ops.conv2d(whole ? ops.unblock(image) : image, taps, {
        stride,
        padding,
        dilation,
        ...(added === undefined ? {} : { bias: added }),
      })
      // The pass is what makes such convolutions. Its plain result comes out of blocks again.
      const [{ source }] = ops.blockImages([plain], blockSize) as [Tensor]
      return source.kind === 'operation' ? source.inputs[0]! : plain
    }
    const shape = [given.batch, given.perGroup[0], ...given.counts]
    const totals = new Map<string, number>()
    visitProducts(given, (source, tap, result) => {
      const product = at(x, source) * at(weight, tap)
      totals.set(result.join(), (totals.get(result.join()) ?? 0) + product)
    })
    const values = tabulate(shape, (index) => (totals.get(index.join()) ?? 0) + (bias[0]?.values[index[1]!] ?? 0))
    const operands = [whole ? inBlocks(x) : x, weight, ...bias].map(double)
    return { operands, build, expected: inBlocks({ shape, values }).values }
  })

// --- the table -----------------------------------------------------------------------------------------------------

/** A case for each primitive, by its name. */
export const cases: Readonly<Record<string, Case>> = {
  add: binary(ops.add, (a, b) => a + b),
  sub: binary(ops.sub, (a, b) => a - b),
  mul: binary(ops.mul, (a, b) => a * b),
  div: binary(ops.div, (a, b) => a / b, anyValue, notZero),
  neg: unary(ops.neg, (x) => -x),
  abs: unary(ops.abs, Math.abs, notZero),
  sign: unary(ops.sign, Math.sign, notZero),
  exp: unary(ops.exp, Math.exp),
  log: unary(ops.log, Math.log, positive),
  sqrt: unary(ops.sqrt, Math.sqrt, positive),
  tanh: unary(ops.tanh, Math.tanh),
  sigmoid: unary(ops.sigmoid, (x) => 1 / (1 + Math.exp(-x))),
  erf: { ...unary(ops.erf, errorFunction), precision: 'float32' },
  reshape: float64(reshapes),
  transpose: float64(transposes),
  expand: float64(expansions),
  sum: reduction(ops.sum, (values) => values.reduce((sum, value) => sum + value, 0)),
  slice: float64(slices),
  pad: float64(pads),
  concat: float64(concatenations),
  matmul: float64(products),
  // Even and odd sixteenths are never equal.
  greater: binary(
    ops.greater,
    (a, b) => Number(a > b),
    fc.integer({ min: -8, max: 8 }).map((n) => n / 8),
    fc.integer({ min: -8, max: 8 }).map((n) => n / 8 + 1 / 16),
  ),
  equal: binary(ops.equal, (a, b) => Number(a === b), fc.integer({ min: -1, max: 1 }), undefined, whole),
  where: float64(conditions),
  relu: unary(ops.relu, (x) => Math.max(x, 0), notZero),
  cast: float64(casts),
  oneHot: float64(oneHots),
  gather: float64(lookUps),
  scatterAdd: float64(additions),
  max: reduction(ops.max, (values) => Math.max(...values)),
  argMax: alongAxis(ops.argMax, (values) => values.indexOf(Math.max(...values)), false),
  softmax: alongAxis(ops.softmax, (values, i) => Math.exp(values[i]! - logSumExp(values)), true),
  logSoftmax: alongAxis(ops.logSoftmax, (values, i) => values[i]! - logSumExp(values), true),
  conv2d: float32(convolutionUses('conv2d')),
  convTranspose2d: float32(convolutionUses('convTranspose2d')),
  maxPool2d: float64(largest),
  avgPool2d: float32(means),
  scaleShift: float64(scaled),
  batchNorm: float64(standardized),
  block: float32(blocked),
  unblock: float32(unblocked),
  blockedConv2d: float32(blockedConvolutions),
}
