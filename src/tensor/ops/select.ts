/** Choosing elements: comparison, condition, look-up by index, largest element. Indices and conditions have no gradient. */
import { broadcastShapes, elementCount, formatShape, sameShape, type Shape } from '../shape.ts'
import { apply, commonDType, type DType, type Rule, scalar, scalarData, shapeError, type Tensor } from '../tensor.ts'
import { asTensors, div, mul, type Operand } from './elementwise.ts'
import { expand, knownSizes, reducedType, type ReduceOptions, reshape, resolveAxes, sum, sumTo } from './shaping.ts'

// --- comparison and condition --------------------------------------------------------------------------------------

function comparisonRule(name: string, opType: string): Rule<undefined> {
  return {
    name,
    infer(inputs) {
      commonDType(name, inputs)
      return { shape: broadcastAll(name, inputs), dtype: 'bool' }
    },
    gradient: () => [null, null],
    lower: (emit, inputs) => emit.node(opType, inputs),
  }
}

export const greaterRule: Rule<undefined> = comparisonRule('greater', 'Greater')
export const equalRule: Rule<undefined> = comparisonRule('equal', 'Equal')

/** a > b, elementwise, as booleans. */
export function greater(a: Operand, b: Operand): Tensor {
  return apply(greaterRule, asTensors('greater', a, b), undefined)
}

/** a = b, elementwise, as booleans. */
export function equal(a: Operand, b: Operand): Tensor {
  return apply(equalRule, asTensors('equal', a, b), undefined)
}

export const whereRule: Rule<undefined> = {
  name: 'where',
  infer(inputs) {
    const [condition, a, b] = inputs as readonly [Tensor, Tensor, Tensor]
    if (condition.dtype !== 'bool') throw shapeError('where', `the condition must be bool, found ${condition.dtype}.`)
    return { shape: broadcastAll('where', inputs), dtype: commonDType('where', [a, b]) }
  },
  gradient({ inputs }, upstream) {
    const [condition, a, b] = inputs as readonly [Tensor, Tensor, Tensor]
    const zero = scalar(0, upstream.dtype)
    return [null, sumTo(where(condition, upstream, zero), a.shape), sumTo(where(condition, zero, upstream), b.shape)]
  },
  lower: (emit, inputs) => emit.node('Where', inputs),
}

/** `a` where `condition` holds, else `b`; all three broadcast. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  return apply(whereRule, [condition, ...asTensors('where', a, b)], undefined)
}

// --- conversion ----------------------------------------------------------------------------------------------------

const onnxTypes: Readonly<Record<DType, number>> = { float32: 1, int64: 7, bool: 9, float64: 11 }

export const reluRule: Rule<undefined> = {
  name: 'relu',
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  // The runtime compares and chooses in half the time that it takes to multiply by the sign.
  gradient: ({ output }, upstream) => [where(greater(output, 0), upstream, scalar(0, upstream.dtype))],
  lower: (emit, inputs) => emit.node('Relu', inputs),
}

/** max(x, 0); its gradient at 0 is 0, as PyTorch's. */
export function relu(x: Tensor): Tensor {
  return apply(reluRule, [x], undefined)
}

export const castRule: Rule<{ readonly dtype: DType }> = {
  name: 'cast',
  infer: ([x], { dtype }) => ({ shape: x!.shape, dtype }),
  gradient: ({ inputs: [x] }, upstream) => [isFloating(x!.dtype) ? cast(upstream, x!.dtype) : null],
  lower: (emit, inputs, { attributes }) => emit.node('Cast', inputs, { to: { int: onnxTypes[attributes.dtype] } }),
}

/** `x` converted to `dtype`. */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : apply(castRule, [x], { dtype })
}

export const oneHotRule: Rule<{ readonly classCount: number; readonly dtype: 'float32' | 'float64' }> = {
  name: 'oneHot',
  infer: ([indices], { classCount, dtype }) => ({ shape: [...indices!.shape, classCount], dtype }),
  gradient: () => [null],
  lower(emit, [indices], { inputs, attributes: { classCount, dtype } }) {
    // ONNX wants at least one axis, and ONNX Runtime has no kernel for float64.
    const scalarIndex = inputs[0]!.shape.length === 0
    const vector = scalarIndex ? emit.node('Reshape', [indices!, emit.int64s([1])]) : indices!
    const offAndOn = emit.constant(Float32Array.of(0, 1), [2], 'float32')
    const rows = emit.node('OneHot', [vector, emit.int64s([classCount]), offAndOn])
    const shaped = scalarIndex ? emit.node('Reshape', [rows, emit.int64s([classCount])]) : rows
    return dtype === 'float32' ? shaped : emit.node('Cast', [shaped], { to: { int: onnxTypes[dtype] } })
  },
}

/** int64 indices [..] → [.., classCount] with a 1 at each index. Indices from −classCount count from the back; others give zeros. */
export function oneHot(indices: Tensor, classCount: number, dtype: 'float32' | 'float64' = 'float32'): Tensor {
  if (indices.dtype !== 'int64') throw shapeError('oneHot', `indices must be int64, found ${indices.dtype}.`)
  return apply(oneHotRule, [indices], { classCount, dtype })
}

// --- look-up -------------------------------------------------------------------------------------------------------

export const gatherRule: Rule<undefined> = {
  name: 'gather',
  infer(inputs) {
    const [table, indices] = inputs as readonly [Tensor, Tensor]
    if (indices.dtype !== 'int64') throw shapeError('gather', `indices must be int64, found ${indices.dtype}.`)
    if (table.shape.length === 0) throw shapeError('gather', 'the table needs at least one axis, found a scalar.')
    return { shape: [...indices.shape, ...table.shape.slice(1)], dtype: table.dtype }
  },
  gradient({ inputs }, upstream) {
    const [table, indices] = inputs as readonly [Tensor, Tensor]
    return [scatterAdd(indices, upstream, table.shape), null]
  },
  lower: (emit, inputs) => emit.node('Gather', inputs),
}

/** Rows of `table` [n, ..] at int64 `indices` [..]; the gradient adds up where an index comes twice. */
export function gather(table: Tensor, indices: Tensor): Tensor {
  return apply(gatherRule, [table, indices], undefined)
}

export const scatterAddRule: Rule<{ readonly shape: Shape }> = {
  name: 'scatterAdd',
  infer([indices, values], { shape }) {
    if (indices!.dtype !== 'int64') throw shapeError('scatterAdd', `indices must be int64, found ${indices!.dtype}.`)
    if (!isFloating(values!.dtype)) throw shapeError('scatterAdd', `values must be floats, found ${values!.dtype}.`)
    const expected = [...indices!.shape, ...shape.slice(1)]
    if (shape.length === 0 || !sameShape(values!.shape, expected)) {
      const found = `indices ${formatShape(indices!.shape)} and values ${formatShape(values!.shape)}`
      throw shapeError('scatterAdd', `${found} do not fit the result ${formatShape(shape)}.`)
    }
    return { shape: knownSizes('scatterAdd', shape), dtype: values!.dtype }
  },
  gradient: ({ inputs: [indices] }, upstream) => [null, gather(upstream, indices!)],
  // ScatterND would be simpler and faster, but ONNX Runtime 1.30 adds up duplicates from several threads without a
  // lock and loses some of them. ScatterElements runs on one thread; over a flat vector it is twice as fast.
  lower(emit, [indices, values], { inputs, attributes: { shape } }) {
    const [count, width] = [elementCount(shape)!, elementCount(shape.slice(1))!]
    const zero = scalarData(0, inputs[1]!.dtype)
    const zeros = emit.node('Expand', [emit.constant(zero, [1], inputs[1]!.dtype), emit.int64s([count])])
    const rows = emit.node('Unsqueeze', [emit.node('Mul', [indices!, emit.int64s([width])]), emit.int64s([-1])])
    const places = emit.node('Add', [rows, emit.int64s(Array.from({ length: width }, (_, column) => column))])
    const flat = [places, values!].map((name) => emit.node('Reshape', [name, emit.int64s([-1])]))
    const added = emit.node('ScatterElements', [zeros, ...flat], { reduction: { string: 'add' } })
    return emit.node('Reshape', [added, emit.int64s(shape as readonly number[])])
  },
}

/**
 * Zeros of `shape` [n, ..] with `values` added at the rows that int64 `indices` name; the inverse of `gather`.
 * Values of one row are added in their order, whatever the number of threads.
 */
export function scatterAdd(indices: Tensor, values: Tensor, shape: Shape): Tensor {
  return apply(scatterAddRule, [indices, values], { shape })
}

// --- largest element -----------------------------------------------------------------------------------------------

export const maxRule: Rule<{ readonly axes: readonly number[]; readonly keepDims: boolean }> = {
  name: 'max',
  infer: ([x], { axes, keepDims }) => reducedType(x!, axes, keepDims),
  gradient({ inputs: [x], output, attributes: { axes } }, upstream) {
    const kept = x!.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    const winners = cast(equal(x!, reshape(output, kept)), x!.dtype)
    // Ties share the gradient evenly, as torch.amax does.
    const share = div(winners, sum(winners, { axes, keepDims: true }))
    return [mul(share, expand(reshape(upstream, kept), x!.shape))]
  },
  lower: (emit, [x], { attributes: { axes, keepDims } }) =>
    emit.node('ReduceMax', [x!, emit.int64s(axes)], { keepdims: { int: Number(keepDims) } }),
}

/** The largest element over some axes; equal ones share the gradient. */
export function max(x: Tensor, { axes, keepDims = false }: ReduceOptions = {}): Tensor {
  const resolved = resolveAxes('max', x, axes)
  return resolved.length === 0 ? x : apply(maxRule, [x], { axes: resolved, keepDims })
}

export const argMaxRule: Rule<{ readonly axis: number }> = {
  name: 'argMax',
  infer: ([x], { axis }) => ({ ...reducedType(x!, [axis], false), dtype: 'int64' }),
  gradient: () => [null],
  lower: (emit, inputs, { attributes }) =>
    emit.node('ArgMax', inputs, { axis: { int: attributes.axis }, keepdims: { int: 0 } }),
}

/** The position of the largest element along `axis` (the first of equals), as int64. */
export function argMax(x: Tensor, axis = -1): Tensor {
  return apply(argMaxRule, [x], { axis: resolveAxes('argMax', x, [axis])[0]! })
}

function broadcastAll(operation: string, inputs: readonly Tensor[]): Shape {
  let shape: Shape = []
  for (const tensor of inputs) {
    const next = broadcastShapes(shape, tensor.shape)
    if (next === undefined) {
      const shapes = inputs.map((each) => formatShape(each.shape)).join(', ')
      throw shapeError(operation, `shapes ${shapes} do not fit each other.`)
    }
    shape = next
  }
  return shape
}

function isFloating(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float64'
}
