/**
 * Compiling a module with a loss into a program: one ONNX session with all its arrays fixed. A training program also
 * computes the gradient by every parameter and the next values of the buffers; a run of it is half a training step,
 * the optimiser does the other half.
 */
import { MillraceError } from '../core/index.ts'
import { lower, OnnxGraph, optimizeForward, optimizeStep, Session, type Value } from '../onnx/index.ts'
import {
  add,
  type ArrayOf,
  checkGraph,
  concat,
  type DType,
  elementCount,
  formatShape,
  gradients,
  input,
  mul,
  reshape,
  type Shape,
  sub,
  type Tensor,
  type TensorData,
  topologicalOrder,
  trace,
} from '../tensor/index.ts'
import type { Batch, Dataset, FieldType } from './dataset.ts'
import { cutIntoPieces, type FlatVector, moduleNames, type Slot } from './flat-state.ts'
import type { Loss } from './losses.ts'
import { type Buffer, type Module, Parameter } from './module.ts'

/** A number to watch, computed in the graph from a batch: output and target → float32 scalar, the mean over its rows. */
export type BatchMetric = (output: Tensor, target: Tensor) => Tensor

export interface ProgramInputs {
  readonly module: Module
  readonly loss: Loss
  readonly metrics: Readonly<Record<string, BatchMetric>>
  readonly dataset: Pick<Dataset, 'inputs' | 'target'>
  readonly parameters: FlatVector<Parameter>
  /** Where training programs shall leave the gradients. */
  readonly gradients: Float32Array
  readonly buffers: FlatVector<Buffer>
  readonly threads: number
  /** Whether rows of training batches are mixed with others. */
  readonly mixed: boolean
}

/** What a mixed batch has besides: the targets of the rows that were mixed in, and the share of the others. */
interface Mixed {
  readonly partner: TensorData
  readonly share: Float32Array
}

/** A compiled program. Fill `batch` and `noise`, run, then read the results: the arrays stay the same. */
export interface Program {
  readonly batch: Batch
  /** Only of programs for training with mixed batches. */
  readonly mixed: Mixed | undefined
  /** One array for each source of randomness in the graph, for numbers in [0, 1). */
  readonly noise: readonly Float32Array[]
  readonly loss: Float32Array
  readonly metrics: Readonly<Record<string, Float32Array>>
  /** What the buffers shall hold after this step. Empty when they do not change. */
  readonly nextBuffers: Float32Array
  /** The traced graph, for finding out where numbers went wrong. */
  readonly graph: TracedGraph
  run(): Promise<void>
  dispose(): Promise<void>
}

interface TracedGraph {
  readonly inputs: readonly Tensor[]
  readonly target: Tensor
  readonly mixed: { readonly partner: Tensor; readonly share: Tensor } | undefined
  readonly noise: readonly Tensor[]
  readonly output: Tensor
  readonly loss: Tensor
}

/** Compiles for batches of exactly `batchSize` rows. @throws ShapeError naming the module whose shapes do not fit */
export async function compileProgram(
  given: ProgramInputs,
  batchSize: number,
  mode: 'training' | 'evaluation',
): Promise<Program> {
  const { module, loss, metrics, dataset, parameters, buffers } = given
  const batchInput = (name: string, { dtype, shape }: FieldType): Tensor => input(name, [batchSize, ...shape], dtype)
  const inputs = dataset.inputs.map((field, i) => batchInput(`input_${i}`, field))
  const target = batchInput('target', dataset.target)
  const mixed =
    given.mixed && mode === 'training'
      ? { partner: batchInput('partner', dataset.target), share: input('share', []) }
      : undefined
  const { result, updates } = trace({ training: mode === 'training', moduleNames: moduleNames(module) }, () => {
    const output = module.forward(...inputs)
    return {
      output,
      loss: mixed === undefined ? loss.compute(output, target) : mixedLoss(loss, output, { target, ...mixed }),
      metrics: Object.entries(metrics).map(([name, metric]) => checkMetric(name, metric(output, target))),
    }
  })
  checkGraph([result.loss, ...result.metrics], 'tracing')
  checkParameters(module, [result.loss], parameters.slots)

  const scalars = [result.loss, ...result.metrics]
  const forward = await optimizeForward([...scalars, ...updates.values()])
  const outputs: Output[] = scalars.map((_, i) => ({ tensor: forward[i]!, data: new Float32Array(1) }))
  const lossAndMetrics = outputs.map(({ data }) => data)
  const nextBuffers = new Float32Array(updates.size > 0 ? buffers.data.length : 0)
  if (mode === 'training') {
    const leaves = parameters.slots.map(({ tensor }) => tensor)
    outputs.push(...flatOutputs(parameters.slots, gradients(forward[0]!, leaves), given.gradients))
  }
  if (updates.size > 0) {
    const updated = new Map([...updates.keys()].map((buffer, i) => [buffer, forward[scalars.length + i]!]))
    const values = buffers.slots.map(({ tensor }) => updated.get(tensor) ?? tensor)
    outputs.push(...flatOutputs(buffers.slots, values, nextBuffers))
  }
  const differentiated = outputs.map(({ tensor }) => tensor)
  checkGraph(differentiated, 'differentiation')
  const tensors = optimizeStep(differentiated)
  const noise = topologicalOrder(tensors).filter(({ source }) => source.kind === 'random')

  const graph = new OnnxGraph('step')
  const bound = new Map<Tensor, string>()
  const feeds: Record<string, Value> = {}
  const declare = (name: string, tensor: Tensor): TensorData => {
    bound.set(tensor, graph.input(name, tensor.dtype, tensor.shape))
    const value = emptyValue(tensor.dtype, tensor.shape)
    feeds[name] = value
    return value.data
  }
  const batch = { inputs: inputs.map((tensor, i) => declare(`input_${i}`, tensor)), target: declare('target', target) }
  const mixedArrays =
    mixed === undefined
      ? undefined
      : { partner: declare('partner', mixed.partner), share: declare('share', mixed.share) as Float32Array }
  const noiseArrays = noise.map((tensor, i) => declare(`noise_${i}`, tensor) as Float32Array)
  feedFlat(graph, bound, feeds, 'parameters', parameters)
  feedFlat(graph, bound, feeds, 'buffers', buffers)

  const results: Record<string, Value> = {}
  lower(graph, tensors, bound).forEach((value, i) => {
    const { dtype, shape } = tensors[i]!
    graph.output(`result_${i}`, value, dtype, shape)
    results[`result_${i}`] = { dtype: 'float32', data: outputs[i]!.data, shape: shape as readonly number[] }
  })
  // A thread that sleeps between the short operators of a step is often woken on the core that is busy already.
  const session = await Session.load(graph.toBytes(), { threads: given.threads, stayAwake: given.threads > 1 })
  return {
    batch,
    mixed: mixedArrays,
    noise: noiseArrays,
    loss: lossAndMetrics[0]!,
    metrics: Object.fromEntries(Object.keys(metrics).map((name, i) => [name, lossAndMetrics[i + 1]!])),
    nextBuffers,
    graph: { inputs, target, mixed, noise, output: result.output, loss: result.loss },
    run: session.bind(feeds, results),
    dispose: () => session[Symbol.asyncDispose](),
  }
}

/** The loss by the targets of both rows that each row of a batch was mixed of, by their shares. */
function mixedLoss(
  loss: Loss,
  output: Tensor,
  { target, partner, share }: { readonly target: Tensor; readonly partner: Tensor; readonly share: Tensor },
): Tensor {
  return add(mul(loss.compute(output, target), share), mul(loss.compute(output, partner), sub(1, share)))
}

/** A tensor to compute, and the array that gets its numbers. */
interface Output {
  readonly tensor: Tensor
  readonly data: Float32Array
}

/**
 * One feed for many small tensors, since crossing into the runtime costs by the tensor and cutting a short vector there
 * is nearly free. A large tensor is a feed of its own.
 */
function feedFlat<T extends Tensor>(
  graph: OnnxGraph,
  bound: Map<Tensor, string>,
  feeds: Record<string, Value>,
  name: string,
  { data, slots }: FlatVector<T>,
): void {
  cutIntoPieces(slots).forEach(({ start, end, slots: within }, i) => {
    const shape = within.length === 1 ? (within[0]!.tensor.shape as readonly number[]) : [end - start]
    const feed = graph.input(`${name}_${i}`, 'float32', shape)
    feeds[feed] = { dtype: 'float32', data: data.subarray(start, end), shape }
    if (within.length === 1) {
      bound.set(within[0]!.tensor, feed)
      return
    }
    const lengths = graph.int64s(within.map((slot) => slot.end - slot.start))
    const parts = graph.nodes('Split', [feed, lengths], within.length, { axis: { int: 0 } })
    within.forEach(({ tensor }, j) => {
      bound.set(tensor, graph.node('Reshape', [parts[j]!, graph.int64s(tensor.shape as readonly number[])]))
    })
  })
}

/** Outputs that together fill `storage`, laid out like `slots`: the other direction of `feedFlat`. */
function flatOutputs<T>(slots: readonly Slot<T>[], values: readonly Tensor[], storage: Float32Array): Output[] {
  const valueOf = new Map(slots.map((slot, i) => [slot, values[i]!]))
  return cutIntoPieces(slots).map(({ start, end, slots: within }) => {
    const tensors = within.map((slot) => valueOf.get(slot)!)
    return {
      tensor: tensors.length === 1 ? tensors[0]! : concat(tensors.map(asVector), 0),
      data: storage.subarray(start, end),
    }
  })
}

function asVector(tensor: Tensor): Tensor {
  return reshape(tensor, [elementCount(tensor.shape)!])
}

function checkMetric(name: string, tensor: Tensor): Tensor {
  if (tensor.shape.length === 0 && tensor.dtype === 'float32') return tensor
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `The metric "${name}" must be a float32 scalar, found ${tensor.dtype}${formatShape(tensor.shape)}. Use mean() or cast().`,
  )
}

/** A parameter that no property leads to would be a constant: it is used, yet never learned nor saved. */
function checkParameters(module: Module, roots: readonly Tensor[], slots: readonly Slot<Parameter>[]): void {
  const known = new Set<Tensor>(slots.map(({ tensor }) => tensor))
  const lost = topologicalOrder(roots).find((tensor) => tensor instanceof Parameter && !known.has(tensor))
  if (lost === undefined) return
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `${module.constructor.name} computes with a parameter ${formatShape(lost.shape)} that none of its properties leads to. Keep modules and parameters in public properties or lists, not in #private fields, maps or nested lists.`,
  )
}

function emptyValue(dtype: DType, shape: Shape): Value & { dtype: DType } {
  const sizes = shape as readonly number[]
  const count = elementCount(shape)!
  const arrays: { readonly [D in DType]: () => ArrayOf[D] } = {
    float32: () => new Float32Array(count),
    float64: () => new Float64Array(count),
    int64: () => new BigInt64Array(count),
    bool: () => new Uint8Array(count),
  }
  return { dtype, data: arrays[dtype](), shape: sizes } as Value & { dtype: DType }
}
