/**
 * Symbolic tensors: what a program computes, not yet the numbers. An expression is a graph of tensors; each either
 * comes from outside (an input, a variable, a constant) or is made by an operation that knows its own rule.
 */
import { MillraceError, ShapeError } from '../core/index.ts'
import { elementCount, formatShape, type Shape } from './shape.ts'
import { currentModule } from './trace.ts'

export type DType = 'float32' | 'float64' | 'int64' | 'bool'

/** The numbers of a tensor in row-major order. Int64 values and booleans have element types of their own. */
export interface ArrayOf {
  float32: Float32Array
  float64: Float64Array
  int64: BigInt64Array
  bool: Uint8Array
}
export type TensorData = ArrayOf[DType]

export interface TensorType {
  readonly shape: Shape
  readonly dtype: DType
}

/** Where a tensor's numbers come from. */
export type Source =
  | { readonly kind: 'input'; readonly name: string }
  /** Numbers that training changes in place: a weight or a running statistic. */
  | { readonly kind: 'variable'; readonly data: TensorData }
  | { readonly kind: 'constant'; readonly data: TensorData }
  /** Uniform numbers in [0, 1), drawn anew for each run from a seeded stream outside the graph. */
  | { readonly kind: 'random' }
  | Operation

interface Operation<A = unknown> {
  readonly kind: 'operation'
  readonly rule: Rule<A>
  readonly inputs: readonly Tensor[]
  readonly attributes: A
  /** Path of the module whose `forward` made this node, '' outside any. */
  readonly module: string
}

/** A node as its own rule sees it: the output tensor, its inputs and attributes. */
export interface Node<A> extends Operation<A> {
  readonly output: Tensor
}

/** All there is to know of a primitive operation, in one place. */
export interface Rule<A = unknown> {
  readonly name: string
  /** The type of the result. @throws ShapeError when the inputs do not fit */
  infer(inputs: readonly Tensor[], attributes: A): TensorType
  /** The gradient by each input, given the gradient by the output; null where none flows. */
  gradient(node: Node<A>, upstream: Tensor): readonly (Tensor | null)[]
  /** Emits ONNX nodes for this operation and returns the name of the result. */
  lower(emit: Emitter, inputs: readonly string[], node: Node<A>): string
}

/** An attribute of an ONNX node, tagged with its ONNX type. */
export type AttributeValue =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly string: string }
  | { readonly strings: readonly string[] }

/** Operator domains: the standard one, that of classical machine learning, and two of ONNX Runtime's own. */
type Domain = '' | 'ai.onnx.ml' | 'com.microsoft' | 'com.microsoft.nchwc'

export interface NodeOptions {
  /** Default the standard one. */
  readonly domain?: Domain
}

/** What a rule may ask of the ONNX graph that is being written. */
export interface Emitter {
  /** Adds a node with one output and returns that output's name. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue>>,
    options?: NodeOptions,
  ): string
  /** The name of a constant. */
  constant(data: TensorData, shape: readonly number[], dtype: DType): string
  /** The name of a constant int64 vector, as shapes and axes are given. */
  int64s(values: readonly number[]): string
}

/** A symbolic tensor. Subclassed by `Parameter` and `Buffer` of the nn room, whose source is a variable. */
export class Tensor implements TensorType {
  readonly shape: Shape
  readonly dtype: DType
  readonly source: Source

  constructor({ shape, dtype }: TensorType, source: Source) {
    this.shape = shape
    this.dtype = dtype
    this.source = source
  }

  toString(): string {
    const { source } = this
    const origin = source.kind === 'operation' ? source.rule.name : source.kind
    return `${origin} ${this.dtype}${formatShape(this.shape)}`
  }
}

/** A tensor whose numbers are given at each run under `name`. */
export function input(name: string, shape: Shape, dtype: DType = 'float32'): Tensor {
  return new Tensor({ shape, dtype }, { kind: 'input', name })
}

/** A tensor whose numbers live in `data` and may change between runs. @throws ShapeError when the count is wrong */
export function variable<D extends DType>(data: ArrayOf[D], shape: readonly number[], dtype: D): Tensor {
  checkCount('variable', data, shape)
  return new Tensor({ shape, dtype }, { kind: 'variable', data })
}

/** A tensor of fixed numbers. @throws ShapeError when the count is wrong */
export function constant<D extends DType>(data: ArrayOf[D], shape: readonly number[], dtype: D): Tensor {
  checkCount('constant', data, shape)
  return new Tensor({ shape, dtype }, { kind: 'constant', data })
}

/** A constant scalar. @throws MillraceError INVALID_GRAPH for a fraction as int64 */
export function scalar(value: number, dtype: DType = 'float32'): Tensor {
  return constant(scalarData(value, dtype), [], dtype)
}

/** One number as an array of `dtype`. @throws MillraceError INVALID_GRAPH for a fraction as int64 */
export function scalarData(value: number, dtype: DType): TensorData {
  switch (dtype) {
    case 'float32':
      return Float32Array.of(value)
    case 'float64':
      return Float64Array.of(value)
    case 'int64':
      if (Number.isInteger(value)) return BigInt64Array.of(BigInt(value))
      throw new MillraceError('INVALID_GRAPH', `${value} is no int64. Convert the tensor with cast() first.`)
    case 'bool':
      return Uint8Array.of(value)
  }
}

/** Uniform random numbers in [0, 1), the same for the same seed, step and place in the graph. */
export function random(shape: Shape, dtype: 'float32' | 'float64' = 'float32'): Tensor {
  return new Tensor({ shape, dtype }, { kind: 'random' })
}

/** The result of applying `rule` to `inputs`. @throws ShapeError as the rule does, with the module's path */
export function apply<A>(rule: Rule<A>, inputs: readonly Tensor[], attributes: A): Tensor {
  const module = currentModule()
  return new Tensor(rule.infer(inputs, attributes), { kind: 'operation', rule, inputs, attributes, module })
}

/** A ShapeError that names the operation and the module being traced. */
export function shapeError(operation: string, message: string): ShapeError {
  return new ShapeError(currentModule(), `${operation}: ${message}`)
}

/** The one dtype of `tensors`. @throws MillraceError INVALID_GRAPH when they differ */
export function commonDType(operation: string, tensors: readonly Tensor[]): DType {
  const dtype = tensors[0]!.dtype
  if (tensors.every((tensor) => tensor.dtype === dtype)) return dtype
  const found = tensors.map((tensor) => tensor.dtype).join(' and ')
  const place = currentModule() === '' ? '' : ` (in module "${currentModule()}")`
  throw new MillraceError(
    'INVALID_GRAPH',
    `${operation}: element types differ, ${found}. Convert one with cast().${place}`,
  )
}

function checkCount(what: string, data: TensorData, shape: readonly number[]): void {
  if (elementCount(shape) !== data.length) {
    throw shapeError(
      what,
      `${data.length} values do not fill shape ${formatShape(shape)} (${elementCount(shape)} needed).`,
    )
  }
}
