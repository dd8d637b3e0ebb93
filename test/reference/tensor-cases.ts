/**
 * Generated uses of every primitive operation with their results by plain loops: what the tests of the engine, and of
 * its documentation, go through. Values keep a distance of 1/16 from where a function has a step or a corner.
 */
import * as fc from 'fast-check'
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
    .uniqueArray(fc.integer({ min: -40, max: 40 }), { minLength: length, maxLength: length })
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
): Case {
  const uses = shapes()
    .chain((shape) => numbers(shape, value))
    .map((x): Use => ({ operands: [double(x)], build: (tensor) => operation(tensor), expected: x.values.map(compute) }))
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
  .chain((shape) => fc.tuple(numbers(shape, anyValue), axisOf(shape), fc.nat(2), fc.nat(2)))
  .map(([x, axis, from, length]): Use => {
    const along = fromFront(axis, x.shape)
    const size = x.shape[along]!
    const start = Math.min(from, size - 1)
    const end = Math.min(start + length + 1, size)
    const expected = tabulate(x.shape.with(along, end - start), (index) =>
      at(x, index.with(along, index[along]! + start)),
    )
    return { operands: [double(x)], build: (tensor) => ops.slice(tensor, axis, start, end), expected }
  })

const pads = shapes(1)
  .chain((shape) => fc.tuple(numbers(shape, anyValue), axisOf(shape), fc.nat(2), fc.nat(2)))
  .map(([x, axis, before, after]): Use => {
    const along = fromFront(axis, x.shape)
    const size = x.shape[along]!
    const expected = tabulate(x.shape.with(along, before + size + after), (index) => {
      const source = index[along]! - before
      return source < 0 || source >= size ? 0 : at(x, index.with(along, source))
    })
    return { operands: [double(x)], build: (tensor) => ops.pad(tensor, axis, before, after), expected }
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
  relu: unary(ops.relu, (x) => Math.max(x, 0), notZero),
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
  cast: float64(casts),
  oneHot: float64(oneHots),
  gather: float64(lookUps),
  scatterAdd: float64(additions),
  max: reduction(ops.max, (values) => Math.max(...values)),
  argMax: alongAxis(ops.argMax, (values) => values.indexOf(Math.max(...values)), false),
  softmax: alongAxis(ops.softmax, (values, i) => Math.exp(values[i]! - logSumExp(values)), true),
  logSoftmax: alongAxis(ops.logSoftmax, (values, i) => values[i]! - logSumExp(values), true),
}
