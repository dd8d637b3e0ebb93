/**
 * Compiling a module with a loss into a program: one ONNX session with all its arrays fixed. A training program also
 * computes the gradient by every parameter and the next values of the buffers; a run of it is half a training step,
 * the optimiser does the other half.
 */
import { lower, OnnxGraph, Session, type Value } from '../onnx/index.ts'
import {
  type ArrayOf,
  concat,
  type DType,
  elementCount,
  gradients,
  input,
  reshape,
  type Shape,
  type Tensor,
  type TensorData,
  topologicalOrder,
  trace,
} from '../tensor/index.ts'
import type { Batch, Dataset, FieldType } from './dataset.ts'
import { type FlatVector, moduleNames } from './flat-state.ts'
import type { Loss } from './losses.ts'
import type { Buffer, Module, Parameter } from './module.ts'

/** A number to watch, computed in the graph from a batch: output and target → scalar. */
export type BatchMetric = (output: Tensor, target: Tensor) => Tensor

export interface ProgramInputs {
  readonly module: Module
  readonly loss: Loss
  readonly metrics: Readonly<Record<string, BatchMetric>>
  readonly dataset: Pick<Dataset, 'inputs' | 'target'>
  readonly parameters: FlatVector<Parameter>
  readonly buffers: FlatVector<Buffer>
  readonly threads: number
}

/** A compiled program. Fill `batch` and `noise`, run, then read the results: the arrays stay the same. */
export interface Program {
  readonly batch: Batch
  /** One array for each source of randomness in the graph, for numbers in [0, 1). */
  readonly noise: readonly Float32Array[]
  readonly loss: Float32Array
  readonly metrics: Readonly<Record<string, Float32Array>>
  /** By all parameters, laid out as they are. Empty in an evaluation program. */
  readonly gradients: Float32Array
  /** What the buffers shall hold after this step. Empty when they do not change. */
  readonly nextBuffers: Float32Array
  /** The traced graph, for finding out where numbers went wrong. */
  readonly graph: TracedGraph
  run(): Promise<void>
  dispose(): Promise<void>
}

export interface TracedGraph {
  readonly inputs: readonly Tensor[]
  readonly target: Tensor
  readonly noise: readonly Tensor[]
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
  const { result, updates } = trace({ training: mode === 'training', moduleNames: moduleNames(module) }, () => {
    const output = module.forward(...inputs)
    return {
      loss: loss.compute(output, target),
      metrics: Object.entries(metrics).map(([name, metric]): [string, Tensor] => [name, metric(output, target)]),
    }
  })

  const outputs = new Map<string, Tensor>([['loss', result.loss], ...result.metrics])
  if (mode === 'training') {
    const leaves = parameters.slots.map(({ tensor }) => tensor)
    outputs.set('gradients', flat(gradients(result.loss, leaves)))
    if (updates.size > 0)
      outputs.set('nextBuffers', flat(buffers.slots.map(({ tensor }) => updates.get(tensor) ?? tensor)))
  }
  const noise = topologicalOrder([...outputs.values()]).filter(({ source }) => source.kind === 'random')

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
  const noiseArrays = noise.map((tensor, i) => declare(`noise_${i}`, tensor) as Float32Array)
  feedFlat(graph, bound, feeds, 'parameters', parameters)
  feedFlat(graph, bound, feeds, 'buffers', buffers)

  const results: Record<string, Value & { dtype: DType }> = {}
  lower(graph, [...outputs.values()], bound).forEach((value, i) => {
    const [name, tensor] = [...outputs][i]!
    graph.output(name, value, tensor.dtype, tensor.shape)
    results[name] = emptyValue(tensor.dtype, tensor.shape)
  })
  const session = await Session.load(graph.toBytes(), { threads: given.threads })
  const floats = (name: string): Float32Array =>
    (results[name]?.data as Float32Array | undefined) ?? new Float32Array(0)
  return {
    batch,
    noise: noiseArrays,
    loss: floats('loss'),
    metrics: Object.fromEntries(Object.keys(metrics).map((name) => [name, floats(name)])),
    gradients: floats('gradients'),
    nextBuffers: floats('nextBuffers'),
    graph: { inputs, target, noise, loss: result.loss },
    run: session.bind(feeds, results),
    dispose: () => session[Symbol.asyncDispose](),
  }
}

/** One feed for many tensors: crossing into the runtime costs by the tensor, cutting a vector there is nearly free. */
function feedFlat<T extends Tensor>(
  graph: OnnxGraph,
  bound: Map<Tensor, string>,
  feeds: Record<string, Value>,
  name: string,
  { data, slots }: FlatVector<T>,
): void {
  if (slots.length === 0) return
  graph.input(name, 'float32', [data.length])
  feeds[name] = { dtype: 'float32', data, shape: [data.length] }
  const lengths = graph.int64s(slots.map(({ start, end }) => end - start))
  const pieces = graph.nodes('Split', [name, lengths], slots.length, { axis: { int: 0 } })
  slots.forEach(({ tensor }, i) => {
    bound.set(tensor, graph.node('Reshape', [pieces[i]!, graph.int64s(tensor.shape as readonly number[])]))
  })
}

function flat(tensors: readonly Tensor[]): Tensor {
  return concat(
    tensors.map((tensor) => reshape(tensor, [elementCount(tensor.shape)!])),
    0,
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
