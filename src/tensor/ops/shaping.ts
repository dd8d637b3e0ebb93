/** Operations that move, repeat or add up elements. They are each other's gradients, so they live together. */
import { type Dim, elementCount, formatShape, resolveAxis, sameShape, type Shape } from '../shape.ts'
import { apply, commonDType, type Rule, scalarData, shapeError, type Tensor, type TensorType } from '../tensor.ts'

// --- reshape -------------------------------------------------------------------------------------------------------

export const reshapeRule: Rule<{ readonly shape: Shape }> = {
  name: 'reshape',
  infer([x], { shape }) {
    const named = shape.filter((size) => typeof size === 'string')
    const fits =
      named.length === 0
        ? elementCount(shape) === elementCount(x!.shape)
        : named.length === 1 &&
          x!.shape.filter((size) => typeof size === 'string').join() === named[0] &&
          elementsBesidesNames(shape) === elementsBesidesNames(x!.shape)
    if (!fits)
      throw shapeError(
        'reshape',
        `${formatShape(x!.shape)} cannot become ${formatShape(shape)}: the number of elements differs.`,
      )
    return { shape, dtype: x!.dtype }
  },
  gradient: ({ inputs: [x] }, upstream) => [reshape(upstream, x!.shape)],
  lower(emit, [x], { attributes: { shape } }) {
    // Without allowzero, ONNX takes a size of 0 for "as in the input".
    const attributes = shape.includes(0) ? { allowzero: { int: 1 } } : {}
    return emit.node('Reshape', [x!, emit.int64s(shape.map(sizeOrRest))], attributes)
  },
}

/** The same elements in row-major order under another shape; a named size such as 'batch' may be kept. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply(reshapeRule, [x], { shape })
}

// --- transpose -----------------------------------------------------------------------------------------------------

export const transposeRule: Rule<{ readonly permutation: readonly number[] }> = {
  name: 'transpose',
  infer([x], { permutation }) {
    const axes = new Set(permutation)
    const valid = permutation.length === x!.shape.length && x!.shape.every((_, axis) => axes.has(axis))
    if (!valid)
      throw shapeError('transpose', `[${permutation.join(', ')}] is no order of the axes of ${formatShape(x!.shape)}.`)
    return { shape: permutation.map((axis) => x!.shape[axis]!), dtype: x!.dtype }
  },
  gradient: ({ attributes: { permutation } }, upstream) => [
    transpose(
      upstream,
      permutation.map((_, axis) => permutation.indexOf(axis)),
    ),
  ],
  lower: (emit, [x], { attributes }) => emit.node('Transpose', [x!], { perm: { ints: attributes.permutation } }),
}

/** `x` with its axes in the order of `permutation`; by default the last two are exchanged. */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor {
  const rank = x.shape.length
  if (permutation === undefined && rank < 2) {
    throw shapeError('transpose', `needs at least two axes, found ${formatShape(x.shape)}.`)
  }
  const exchanged = x.shape.map((_, axis) => (axis === rank - 1 ? rank - 2 : axis === rank - 2 ? rank - 1 : axis))
  return apply(transposeRule, [x], { permutation: permutation ?? exchanged })
}

// --- expand and sum ------------------------------------------------------------------------------------------------

export const expandRule: Rule<{ readonly shape: Shape }> = {
  name: 'expand',
  infer([x], { shape }) {
    const offset = shape.length - x!.shape.length
    const fits = offset >= 0 && x!.shape.every((size, axis) => size === 1 || size === shape[axis + offset])
    if (!fits) throw shapeError('expand', `${formatShape(x!.shape)} cannot be repeated to ${formatShape(shape)}.`)
    return { shape, dtype: x!.dtype }
  },
  gradient: ({ inputs: [x] }, upstream) => [sumTo(upstream, x!.shape)],
  lower: (emit, [x], { attributes }) => emit.node('Expand', [x!, emit.int64s(knownSizes('expand', attributes.shape))]),
}

/** `x` repeated along axes of size 1, and along new leading axes, until it has `shape`. */
export function expand(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply(expandRule, [x], { shape })
}

export const sumRule: Rule<{ readonly axes: readonly number[]; readonly keepDims: boolean }> = {
  name: 'sum',
  infer: ([x], { axes, keepDims }) => reducedType(x!, axes, keepDims),
  gradient: ({ inputs: [x], attributes: { axes } }, upstream) => {
    const kept = x!.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    return [expand(reshape(upstream, kept), x!.shape)]
  },
  lower(emit, [x], { inputs, attributes: { axes, keepDims } }) {
    const rows = keepDims && axes.length === 1 && axes[0] === 0 ? rowsOfBatch(inputs[0]!) : undefined
    if (rows === undefined) {
      return emit.node('ReduceSum', [x!, emit.int64s(axes)], { keepdims: { int: Number(keepDims) } })
    }
    return emit.node('Gemm', [emit.constant(new Float32Array(rows).fill(1), [1, rows], 'float32'), x!])
  },
}

/**
 * The rows of a matrix whose columns are added up best as a product with a row of ones, as the gradient of a bias is:
 * onnxruntime 1.30 takes 120 µs for the sums of [128, 512] on two threads and 20 µs for the product. Of longer columns
 * the product would depend on the number of threads (see matmul.ts).
 */
function rowsOfBatch({ dtype, shape }: TensorType): number | undefined {
  const [rows] = shape
  return dtype === 'float32' && shape.length === 2 && typeof rows === 'number' && rows <= 128 ? rows : undefined
}

export interface ReduceOptions {
  /** The axes to reduce; negative ones count from the back. All of them by default. */
  readonly axes?: readonly number[]
  /** Whether reduced axes stay, with size 1. Default false. */
  readonly keepDims?: boolean
}

/** The sum over some axes. */
export function sum(x: Tensor, { axes, keepDims = false }: ReduceOptions = {}): Tensor {
  const resolved = resolveAxes('sum', x, axes)
  return resolved.length === 0 ? x : apply(sumRule, [x], { axes: resolved, keepDims })
}

/** Adds up `x` over the axes along which `shape` was broadcast to it. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  const added = x.shape.length - shape.length
  const axes = x.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < added || (shape[axis - added] === 1 && x.shape[axis] !== 1))
  return reshape(sum(x, { axes, keepDims: true }), shape)
}

/** The type of a reduction, as every reducing operation has it. */
export function reducedType(x: Tensor, axes: readonly number[], keepDims: boolean): TensorType {
  const sizes = x.shape.map((size, axis): Dim => (axes.includes(axis) ? 1 : size))
  return { shape: keepDims ? sizes : sizes.filter((_, axis) => !axes.includes(axis)), dtype: x.dtype }
}

/** The axes an option names, counted from the front, in order. @throws ShapeError for an axis out of range */
export function resolveAxes(operation: string, x: Tensor, axes: readonly number[] | undefined): readonly number[] {
  const rank = x.shape.length
  if (axes === undefined) return x.shape.map((_, axis) => axis)
  const resolved = axes.map((axis) => {
    const found = resolveAxis(axis, rank)
    if (found === undefined) throw shapeError(operation, `axis ${axis} is out of range for ${formatShape(x.shape)}.`)
    return found
  })
  return [...new Set(resolved)].toSorted((a, b) => a - b)
}

// --- slice, pad and concat -----------------------------------------------------------------------------------------

/** Where a range starts and ends along an axis; `step` 1 takes every element. */
export interface Range {
  readonly start: number
  readonly end: number
  readonly step?: number
}

/** What is added along an axis: before, after and between any two neighbours. */
export interface Padding {
  readonly before?: number
  readonly after?: number
  readonly between?: number
}

/** By axis; the other axes are left as they are. */
type ByAxis<T> = ReadonlyMap<number, Required<T>>

export const sliceRule: Rule<ByAxis<Range>> = {
  name: 'slice',
  infer([x], ranges) {
    let shape = x!.shape
    for (const [axis, { start, end, step }] of ranges) {
      const size = shape[axis]
      if (typeof size !== 'number' || start < 0 || end > size || start > end || !(step >= 1)) {
        const every = step === 1 ? '' : ` in steps of ${step}`
        throw shapeError(
          'slice',
          `${start}..${end}${every} is out of range for axis ${axis} of ${formatShape(x!.shape)}.`,
        )
      }
      shape = shape.with(axis, Math.ceil((end - start) / step))
    }
    return { shape, dtype: x!.dtype }
  },
  gradient({ inputs: [x], output, attributes }, upstream) {
    const paddings = [...attributes].map(([axis, { start, step }]): [number, Padding] => {
      const last = start + ((output.shape[axis] as number) - 1) * step
      return [axis, { before: start, between: step - 1, after: (x!.shape[axis] as number) - last - 1 }]
    })
    return [padAxes(upstream, paddings)]
  },
  lower(emit, [x], { attributes }) {
    const ranges = [...attributes.values()]
    const steps = ranges.map(({ step }) => step)
    return emit.node('Slice', [
      x!,
      emit.int64s(ranges.map(({ start }) => start)),
      emit.int64s(ranges.map(({ end }) => end)),
      emit.int64s([...attributes.keys()]),
      ...(steps.every((step) => step === 1) ? [] : [emit.int64s(steps)]),
    ])
  },
}

/** The elements `start` up to, not including, `end` along one axis, or every `step`th of them. */
export function slice(x: Tensor, axis: number, start: number, end: number, step = 1): Tensor {
  return sliceAxes(x, [[resolveAxes('slice', x, [axis])[0]!, { start, end, step }]])
}

/** As `slice`, along several axes, counted from the front. */
export function sliceAxes(x: Tensor, ranges: readonly (readonly [axis: number, range: Range])[]): Tensor {
  const needed = ranges
    .map(([axis, { step = 1, ...range }]) => [axis, { ...range, step }] as const)
    .filter(([axis, { start, end, step }]) => start !== 0 || end !== x.shape[axis] || step !== 1)
  return needed.length === 0 ? x : apply(sliceRule, [x], new Map(needed))
}

export const padRule: Rule<{ readonly paddings: ByAxis<Padding>; readonly value: number }> = {
  name: 'pad',
  infer([x], { paddings }) {
    let shape = x!.shape
    for (const [axis, { before, after, between }] of paddings) {
      const size = shape[axis]
      if (typeof size !== 'number' || before < 0 || after < 0 || between < 0) {
        throw shapeError(
          'pad',
          `cannot add ${before} and ${after} elements along axis ${axis} of ${formatShape(x!.shape)}.`,
        )
      }
      shape = shape.with(axis, before + spread(size, between) + after)
    }
    return { shape, dtype: x!.dtype }
  },
  gradient({ inputs: [x], attributes: { paddings } }, upstream) {
    const ranges = [...paddings].map(([axis, { before, between }]): [number, Range] => {
      const end = before + spread(x!.shape[axis] as number, between)
      return [axis, { start: before, end, step: between + 1 }]
    })
    return [sliceAxes(upstream, ranges)]
  },
  lower(emit, [x], { inputs, attributes: { paddings, value } }) {
    const { dtype } = inputs[0]!
    const fill = value === 0 ? [] : [emit.constant(scalarData(value, dtype), [], dtype)]
    const padded = (name: string, rank: number, ends: readonly (readonly [number, number, number])[]): string => {
      const pads = Array<number>(2 * rank).fill(0)
      for (const [axis, before, after] of ends) [pads[axis], pads[rank + axis]] = [before, after]
      return emit.node('Pad', [name, emit.int64s(pads), ...fill])
    }
    let [name, shape] = [x!, inputs[0]!.shape]
    for (const [axis, { between }] of paddings) {
      if (between === 0) continue
      // Each element gets its followers on an axis of its own; those of the last one are cut off in the end.
      const alone = emit.node('Unsqueeze', [name, emit.int64s([axis + 1])])
      shape = shape.with(axis, (shape[axis] as number) * (between + 1))
      const followed = padded(alone, shape.length + 1, [[axis + 1, 0, between]])
      name = emit.node('Reshape', [followed, emit.int64s(shape.map(sizeOrRest))])
    }
    const ends = [...paddings].map(([axis, { before, after, between }]) => [axis, before, after - between] as const)
    return padded(name, shape.length, ends)
  },
}

/** `x` with zeros, or another value, added before, after and between the elements along one axis. */
export function pad(
  x: Tensor,
  axis: number,
  before: number,
  after: number,
  { between = 0, value = 0 }: { readonly between?: number; readonly value?: number } = {},
): Tensor {
  return padAxes(x, [[resolveAxes('pad', x, [axis])[0]!, { before, after, between }]], value)
}

/** As `pad`, along several axes, counted from the front. */
export function padAxes(
  x: Tensor,
  paddings: readonly (readonly [axis: number, padding: Padding])[],
  value = 0,
): Tensor {
  const needed = paddings
    .map(([axis, { before = 0, after = 0, between = 0 }]) => [axis, { before, after, between }] as const)
    .filter(
      ([axis, { before, after, between }]) => before !== 0 || after !== 0 || (between !== 0 && x.shape[axis] !== 1),
    )
  return needed.length === 0 ? x : apply(padRule, [x], { paddings: new Map(needed), value })
}

/** How long `size` elements are with `between` others between any two. */
function spread(size: number, between: number): number {
  return size === 0 ? 0 : (size - 1) * (between + 1) + 1
}

export const concatRule: Rule<{ readonly axis: number }> = {
  name: 'concat',
  infer(inputs, { axis }) {
    const first = inputs[0]!
    let total = 0
    for (const { shape } of inputs) {
      const size = shape[axis]
      const fits = typeof size === 'number' && sameShape(shape.with(axis, 0), first.shape.with(axis, 0))
      if (!fits) {
        const shapes = inputs.map((each) => formatShape(each.shape)).join(', ')
        throw shapeError('concat', `shapes ${shapes} must agree but for axis ${axis}.`)
      }
      total += size
    }
    return { shape: first.shape.with(axis, total), dtype: commonDType('concat', inputs) }
  },
  gradient({ inputs, attributes: { axis } }, upstream) {
    let start = 0
    return inputs.map(({ shape }) => {
      const end = start + (shape[axis] as number)
      const part = slice(upstream, axis, start, end)
      start = end
      return part
    })
  },
  lower: (emit, inputs, { attributes }) => emit.node('Concat', inputs, { axis: { int: attributes.axis } }),
}

/** Tensors one after the other along `axis`. */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const first = tensors[0]
  if (first === undefined) throw shapeError('concat', 'needs at least one tensor.')
  return tensors.length === 1 ? first : apply(concatRule, tensors, { axis: resolveAxes('concat', first, [axis])[0]! })
}

// --- helpers of the lowerings --------------------------------------------------------------------------------------

function sizeOrRest(size: Dim): number {
  return typeof size === 'number' ? size : -1
}

function elementsBesidesNames(shape: Shape): number | undefined {
  return elementCount(shape.filter((size) => typeof size === 'number'))
}

/** `shape` as numbers. @throws ShapeError when a size is only a name */
export function knownSizes(operation: string, shape: Shape): readonly number[] {
  return shape.map((size) => {
    if (typeof size === 'number') return size
    throw shapeError(operation, `size "${size}" of ${formatShape(shape)} is not known before the run.`)
  })
}
