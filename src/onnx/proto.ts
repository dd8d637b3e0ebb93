/**
 * The part of ONNX's message format that Millrace reads and writes. Field names and numbers are those of onnx.proto
 * (ONNX 1.16, IR version 8); protobufjs does the encoding.
 */
import protobuf from 'protobufjs/light.js'
import { asError, MillraceError } from '../core/index.ts'

export interface ModelProto {
  irVersion: number
  producerName: string
  producerVersion?: string
  graph: GraphProto
  opsetImport: { domain: string; version: number }[]
  metadataProps: { key: string; value: string }[]
}

export interface GraphProto {
  name: string
  node: NodeProto[]
  initializer: TensorProto[]
  input: ValueInfoProto[]
  output: ValueInfoProto[]
}

export interface NodeProto {
  name: string
  opType: string
  domain: string
  input: readonly string[]
  output: readonly string[]
  attribute: AttributeProto[]
}

export interface AttributeProto {
  name: string
  type: number
  f?: number
  i?: number
  s?: Uint8Array
  floats?: readonly number[]
  ints?: readonly number[]
  strings?: readonly Uint8Array[]
}

export interface TensorProto {
  name: string
  dims: readonly number[]
  dataType: number
  rawData?: Uint8Array
  stringData?: readonly Uint8Array[]
}

export interface ValueInfoProto {
  name: string
  type: { tensorType: { elemType: number; shape: { dim: ({ dimValue: number } | { dimParam: string })[] } } }
}

/** TensorProto.DataType */
export const elementTypes = { float32: 1, int64: 7, string: 8, bool: 9, float64: 11 } as const

/** AttributeProto.AttributeType */
export const attributeTypes = { float: 1, int: 2, string: 3, floats: 6, ints: 7, strings: 8 } as const

const field = (type: string, id: number): { type: string; id: number } => ({ type, id })
const repeated = (type: string, id: number): { rule: 'repeated'; type: string; id: number } => ({
  rule: 'repeated',
  type,
  id,
})

/** Fields that are absent unless set: a decoded message has no default in their place. */
const optional = (...names: readonly string[]): { oneofs: Record<string, { oneof: string[] }> } => ({
  oneofs: Object.fromEntries(names.map((name) => [`_${name}`, { oneof: [name] }])),
})

const root = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: field('int64', 1),
        producerName: field('string', 2),
        producerVersion: field('string', 3),
        graph: field('GraphProto', 7),
        opsetImport: repeated('OperatorSetIdProto', 8),
        metadataProps: repeated('StringStringEntryProto', 14),
      },
      ...optional('producerVersion'),
    },
    OperatorSetIdProto: { fields: { domain: field('string', 1), version: field('int64', 2) } },
    StringStringEntryProto: { fields: { key: field('string', 1), value: field('string', 2) } },
    GraphProto: {
      fields: {
        node: repeated('NodeProto', 1),
        name: field('string', 2),
        initializer: repeated('TensorProto', 5),
        input: repeated('ValueInfoProto', 11),
        output: repeated('ValueInfoProto', 12),
      },
    },
    NodeProto: {
      fields: {
        input: repeated('string', 1),
        output: repeated('string', 2),
        name: field('string', 3),
        opType: field('string', 4),
        attribute: repeated('AttributeProto', 5),
        domain: field('string', 7),
      },
    },
    AttributeProto: {
      fields: {
        name: field('string', 1),
        f: field('float', 2),
        i: field('int64', 3),
        s: field('bytes', 4),
        floats: repeated('float', 7),
        ints: repeated('int64', 8),
        strings: repeated('bytes', 9),
        type: field('int32', 20),
      },
      ...optional('f', 'i', 's'),
    },
    TensorProto: {
      fields: {
        dims: repeated('int64', 1),
        dataType: field('int32', 2),
        stringData: repeated('bytes', 6),
        name: field('string', 8),
        rawData: field('bytes', 9),
      },
      ...optional('rawData'),
    },
    ValueInfoProto: { fields: { name: field('string', 1), type: field('TypeProto', 2) } },
    TypeProto: { fields: { tensorType: field('TensorTypeProto', 1) } },
    TensorTypeProto: { fields: { elemType: field('int32', 1), shape: field('TensorShapeProto', 2) } },
    TensorShapeProto: { fields: { dim: repeated('Dimension', 1) } },
    Dimension: {
      fields: { dimValue: field('int64', 1), dimParam: field('string', 2) },
      ...optional('dimValue', 'dimParam'),
    },
  },
})

const modelType = root.lookupType('ModelProto')

/** The bytes of an `.onnx` file. */
export function encodeModel(model: ModelProto): Uint8Array {
  return modelType.encode(model).finish()
}

/**
 * The message in the bytes of an `.onnx` file; fields Millrace does not know are skipped.
 *
 * @throws MillraceError INVALID_MODEL when the bytes are something else or cut short
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  let model: ModelProto & { graph: GraphProto | null }
  try {
    const options = { longs: Number, arrays: true, defaults: true }
    model = modelType.toObject(modelType.decode(bytes), options) as unknown as typeof model
  } catch (cause) {
    throw notOnnx(bytes, asError(cause).message, cause)
  }
  if (model.graph === null || model.opsetImport.length === 0)
    throw notOnnx(bytes, 'a graph or its operator set is missing')
  return model
}

function notOnnx(bytes: Uint8Array, reason: string, cause?: unknown): MillraceError {
  const what = `These ${bytes.length} bytes are no complete ONNX model: ${reason}.`
  return new MillraceError('INVALID_MODEL', what, { cause })
}
