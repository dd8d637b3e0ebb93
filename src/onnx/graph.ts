/** Writing an ONNX graph node by node. Tensor expressions and preprocessing both lower into one of these. */
import { MillraceError } from '../core/index.ts'
import type { ArrayOf, AttributeValue, DType, Emitter, NodeOptions, Shape, TensorData } from '../tensor/index.ts'
import {
  type AttributeProto,
  attributeTypes,
  elementTypes,
  encodeModel,
  type GraphProto,
  type ValueInfoProto,
} from './proto.ts'

/** Element types at the edges of a graph: those of tensors, and strings. */
export type ElementType = DType | 'string'

/** The operator sets that files are written for: old enough for every runtime of the last years. */
const OPSETS = [
  { domain: '', version: 18 },
  { domain: 'ai.onnx.ml', version: 3 },
]
/** Imported only where a node uses them: other runtimes than ONNX Runtime do not know them. */
const RUNTIME_OPSETS = [
  { domain: 'com.microsoft', version: 1 },
  { domain: 'com.microsoft.nchwc', version: 1 },
]
const IR_VERSION = 8

/** An ONNX graph under construction. Names of nodes carry the path of the module they came from. */
export class OnnxGraph implements Emitter {
  /** Path of the module whose operations are being written, '' for none. It becomes part of each node's name. */
  module = ''
  readonly #graph: GraphProto
  readonly #counts = new Map<string, number>()
  readonly #vectors = new Map<string, string>()
  readonly #taken = new Set<string>()

  constructor(name: string) {
    this.#graph = { name, node: [], initializer: [], input: [], output: [] }
  }

  /** Declares an input and returns its name. @throws MillraceError INVALID_GRAPH when the name is taken */
  input(name: string, type: ElementType, shape: Shape): string {
    this.#take(name)
    this.#graph.input.push(valueInfo(name, type, shape))
    return name
  }

  /** Declares `value` an output of the graph under `name`. @throws MillraceError INVALID_GRAPH when it is taken */
  output(name: string, value: string, type: ElementType, shape: Shape): void {
    this.#take(name)
    this.#graph.node.push({ name, opType: 'Identity', domain: '', input: [value], output: [name], attribute: [] })
    this.#graph.output.push(valueInfo(name, type, shape))
  }

  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    options: NodeOptions = {},
  ): string {
    return this.nodes(opType, inputs, 1, attributes, options)[0]!
  }

  /** Adds a node with several outputs and returns their names. */
  nodes(
    opType: string,
    inputs: readonly string[],
    outputCount: number,
    attributes: Readonly<Record<string, AttributeValue>> = {},
    { domain = '' }: NodeOptions = {},
  ): string[] {
    const endings = outputCount === 1 ? ['_out'] : Array.from({ length: outputCount }, (_, i) => `_out${i}`)
    const name = this.#unique(this.module === '' ? opType : `${this.module}/${opType}`, endings)
    const output = endings.map((ending) => `${name}${ending}`)
    const attribute = Object.entries(attributes).map(([key, value]) => attributeProto(key, value))
    this.#graph.node.push({ name, opType, domain, input: inputs, output, attribute })
    return output
  }

  constant(data: TensorData, shape: readonly number[], dtype: DType): string {
    const name = this.#unique('constant')
    this.#addInitializer(name, data, shape, dtype)
    return name
  }

  int64s(values: readonly number[]): string {
    const key = values.join()
    let name = this.#vectors.get(key)
    if (name === undefined) {
      name = this.constant(BigInt64Array.from(values, BigInt), [values.length], 'int64')
      this.#vectors.set(key, name)
    }
    return name
  }

  /** A constant vector of floats. */
  floats(values: ArrayLike<number>): string {
    return this.constant(Float32Array.from(values), [values.length], 'float32')
  }

  /** A constant vector of strings. */
  strings(values: readonly string[]): string {
    const name = this.#unique('constant')
    const stringData = values.map((value) => Buffer.from(value))
    this.#graph.initializer.push({ name, dims: [values.length], dataType: elementTypes.string, stringData })
    return name
  }

  /** Adds a named constant, such as a weight. @throws MillraceError INVALID_GRAPH when the name is taken */
  initializer<D extends DType>(name: string, data: ArrayOf[D], shape: readonly number[], dtype: D): void {
    this.#take(name)
    this.#addInitializer(name, data, shape, dtype)
  }

  #addInitializer(name: string, data: TensorData, shape: readonly number[], dtype: DType): void {
    // A copy: the file must not change when training goes on.
    const rawData = new Uint8Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength))
    this.#graph.initializer.push({ name, dims: shape, dataType: elementTypes[dtype], rawData })
  }

  /** The bytes of the `.onnx` file. `metadata` becomes the model's metadata properties. */
  toBytes(metadata: Readonly<Record<string, string>> = {}): Uint8Array {
    const used = new Set(this.#graph.node.map(({ domain }) => domain))
    return encodeModel({
      irVersion: IR_VERSION,
      producerName: 'millrace',
      graph: this.#graph,
      opsetImport: [...OPSETS, ...RUNTIME_OPSETS.filter(({ domain }) => used.has(domain))],
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    })
  }

  #take(name: string): void {
    if (this.#taken.has(name)) {
      throw new MillraceError(
        'INVALID_GRAPH',
        `The ONNX graph has two values named "${name}". Inputs, outputs and weights need names of their own.`,
      )
    }
    this.#taken.add(name)
  }

  /** The first of prefix_0, prefix_1, … that with none of the endings is a name in use; takes those names. */
  #unique(prefix: string, endings: readonly string[] = ['']): string {
    for (let count = this.#counts.get(prefix) ?? 0; ; count++) {
      const names = endings.map((ending) => `${prefix}_${count}${ending}`)
      if (names.some((name) => this.#taken.has(name))) continue
      for (const name of names) this.#taken.add(name)
      this.#counts.set(prefix, count + 1)
      return `${prefix}_${count}`
    }
  }
}

function valueInfo(name: string, type: ElementType, shape: Shape): ValueInfoProto {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }))
  return { name, type: { tensorType: { elemType: elementTypes[type], shape: { dim } } } }
}

function attributeProto(name: string, value: AttributeValue): AttributeProto {
  if ('int' in value) return { name, type: attributeTypes.int, i: value.int }
  if ('ints' in value) return { name, type: attributeTypes.ints, ints: value.ints }
  if ('float' in value) return { name, type: attributeTypes.float, f: value.float }
  if ('floats' in value) return { name, type: attributeTypes.floats, floats: value.floats }
  if ('string' in value) return { name, type: attributeTypes.string, s: Buffer.from(value.string) }
  return { name, type: attributeTypes.strings, strings: value.strings.map((text) => Buffer.from(text)) }
}
