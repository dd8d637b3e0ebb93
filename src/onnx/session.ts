/** Running an ONNX model on ONNX Runtime. */
import type * as Ort from 'onnxruntime-node'
import { asError, MillraceError } from '../core/index.ts'
import type { ArrayOf, DType, Shape } from '../tensor/index.ts'
import { checkFeeds, checkResults, checkWanted } from './check-values.ts'
import type { ElementType } from './graph.ts'
import { loadRuntime } from './runtime.ts'

/** Numbers or strings with their shape, in row-major order. */
export type Value =
  | {
      readonly [D in DType]: { readonly dtype: D; readonly data: ArrayOf[D]; readonly shape: readonly number[] }
    }[DType]
  | { readonly dtype: 'string'; readonly data: readonly string[]; readonly shape: readonly number[] }

/** The declared type of an input or output. */
export interface ValueType {
  readonly name: string
  readonly dtype: ElementType
  readonly shape: Shape
}

export interface SessionOptions {
  /** Threads for one operator. Default 1: right for small models, and for servers that run many requests at once. */
  readonly threads?: number
  /** Whether threads stay awake between the operators of a run: faster, at the cost of who else wants the processor. Default false. */
  readonly stayAwake?: boolean
}

/** A loaded model. Dispose of it to free its memory at once. */
export class Session implements AsyncDisposable {
  readonly inputs: readonly ValueType[]
  readonly outputs: readonly ValueType[]
  readonly #runtime: typeof Ort
  readonly #session: Ort.InferenceSession
  #released = false

  private constructor(runtime: typeof Ort, session: Ort.InferenceSession) {
    this.#runtime = runtime
    this.#session = session
    this.inputs = session.inputMetadata.map(valueType)
    this.outputs = session.outputMetadata.map(valueType)
  }

  /**
   * Loads a model from a file or from bytes.
   *
   * @throws MillraceError INVALID_MODEL when the runtime refuses it
   */
  static async load(
    model: string | Uint8Array,
    { threads = 1, stayAwake = false }: SessionOptions = {},
  ): Promise<Session> {
    const runtime = await loadRuntime()
    const options: Ort.InferenceSession.SessionOptions = {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      executionMode: 'sequential',
      logSeverityLevel: 4, // errors are thrown: they need not be printed as well
      extra: {
        // Idle threads sleep instead of spinning: they would take the cores from whoever else is at work. Those that
        // may spin do so within a run only.
        session: { intra_op: { allow_spinning: stayAwake ? '1' : '0' }, force_spinning_stop: '1' },
        // The first would undo what the lowering of matmul does to give the same bits with any number of threads; the
        // second replaces x · sigmoid(x) by a kernel that there is not for float64.
        optimization: { disable_specified_optimizers: 'GemmTransposeFusion;QuickGeluFusion' },
      },
    }
    try {
      const create = runtime.InferenceSession.create.bind(runtime.InferenceSession)
      const session = await (typeof model === 'string' ? create(model, options) : create(model, options))
      return new Session(runtime, session)
    } catch (cause) {
      const what = typeof model === 'string' ? model : 'the graph'
      throw new MillraceError('INVALID_MODEL', `ONNX Runtime cannot load ${what}: ${asError(cause).message}`, { cause })
    }
  }

  /**
   * Computes all outputs, or those named in `wanted`. `feeds` has the values of every input and of nothing else.
   *
   * @throws MillraceError INVALID_ARGUMENT or ShapeError for feeds that do not fit, INVALID_MODEL when an operator fails
   */
  async run(feeds: Readonly<Record<string, Value>>, wanted?: readonly string[]): Promise<Record<string, Value>> {
    checkFeeds(this.inputs, feeds)
    if (wanted !== undefined) checkWanted(this.outputs, wanted)
    const tensors = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, this.#toTensor(value)]))
    const results = await this.#execute(tensors, wanted ?? this.#session.outputNames)
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromTensor(tensor)]))
  }

  /**
   * Fixes the arrays of all inputs and outputs once. Each call of the result reads the input arrays as they are then
   * and fills the output arrays: the cheapest way to run a model many times. Names, types and shapes are checked here,
   * not at each call. Outputs of strings cannot be bound, since they are not filled in place.
   *
   * @throws MillraceError INVALID_ARGUMENT or ShapeError for arrays that do not fit
   */
  bind(feeds: Readonly<Record<string, Value>>, results: Readonly<Record<string, Value>>): () => Promise<void> {
    checkFeeds(this.inputs, feeds)
    checkResults(this.outputs, results)
    const inputs = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, this.#toTensor(value)]))
    const outputs = Object.fromEntries(Object.entries(results).map(([name, value]) => [name, this.#toTensor(value)]))
    return async () => {
      freeCopies(await this.#execute(inputs, outputs), outputs)
    }
  }

  /** Frees the model's memory; what comes after the first time does nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#released) return
    this.#released = true
    await this.#session.release()
  }

  async #execute(
    inputs: Record<string, Ort.Tensor>,
    outputs: readonly string[] | Record<string, Ort.Tensor>,
  ): Promise<Ort.InferenceSession.OnnxValueMapType> {
    if (this.#released) throw new MillraceError('INVALID_STATE', 'The session was disposed of. Load the model again.')
    try {
      // The two overloads of run() differ only in what is done with the results.
      return await this.#session.run(inputs, outputs as Record<string, Ort.Tensor>)
    } catch (cause) {
      throw new MillraceError('INVALID_MODEL', explainFailure(asError(cause).message), { cause })
    }
  }

  #toTensor(value: Value): Ort.Tensor {
    const { Tensor } = this.#runtime
    return value.dtype === 'string'
      ? new Tensor('string', value.data, value.shape)
      : new Tensor(value.dtype, value.data, value.shape)
  }
}

/**
 * onnxruntime 1.30 fills bound outputs and returns copies of them as well. Left to the garbage collector, the copies of
 * all gradients at each training step make it run every few steps, on a core that the next step wants.
 */
function freeCopies(results: Ort.InferenceSession.OnnxValueMapType, bound: Readonly<Record<string, Ort.Tensor>>): void {
  for (const [name, result] of Object.entries(results)) {
    const buffer = bufferOf(result)
    if (buffer !== bufferOf(bound[name]!)) buffer.transfer(0)
  }
}

function bufferOf({ data }: Ort.OnnxValue): ArrayBuffer {
  return (data as Float32Array<ArrayBuffer>).buffer
}

function valueType(metadata: Ort.InferenceSession.ValueMetadata): ValueType {
  if (!metadata.isTensor) {
    throw new MillraceError(
      'INVALID_MODEL',
      `"${metadata.name}" is no tensor; sequences and maps are not supported. Export the model without ZipMap.`,
    )
  }
  return { name: metadata.name, dtype: metadata.type as ElementType, shape: metadata.shape }
}

function fromTensor(tensor: Ort.OnnxValue): Value {
  return { dtype: tensor.type, data: tensor.data, shape: tensor.dims } as Value
}

/** Names the module in the runtime's message: node names start with the module's path. */
function explainFailure(message: string): string {
  const module = /Name:'([^']*)\/[^'/]*'/.exec(message)?.[1]
  return module === undefined
    ? `ONNX Runtime failed: ${message}`
    : `Module "${module}" failed in ONNX Runtime: ${message}`
}
