/** A model as text, one line a value, for people to read and for tests to compare. */
import {
  type AttributeProto,
  attributeTypes,
  decodeModel,
  elementTypes,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './proto.ts'

/** Constants of at most this many elements are written out. */
const SHOWN_ELEMENTS = 8

/**
 * The graph in the bytes of an `.onnx` file as text: inputs, constants, nodes in their order, outputs.
 *
 *     input x: float32[batch, 4]
 *     constant_0: int64[1] = -1
 *     Softmax_0_out = Softmax(x) axis=1
 *     output probabilities: float32[batch, 4]
 *
 * @throws MillraceError INVALID_MODEL when the bytes are no model
 */
export function describeGraph(bytes: Uint8Array): string {
  const { graph } = decodeModel(bytes)
  const lines = [
    ...graph.input.map((each) => `input ${describeValue(each)}`),
    ...graph.initializer.map(describeConstant),
    ...graph.node.map(describeNode),
    ...graph.output.map((each) => `output ${describeValue(each)}`),
  ]
  return `${lines.join('\n')}\n`
}

function describeValue({ name, type }: ValueInfoProto): string {
  // Models from elsewhere may have sequences and maps, and leave shapes open.
  const tensorType = type.tensorType as Partial<ValueInfoProto['type']['tensorType']> | null
  if (tensorType === null) return `${name}: no tensor`
  const sizes = tensorType.shape?.dim.map((dim) =>
    'dimValue' in dim ? dim.dimValue : 'dimParam' in dim ? dim.dimParam : '?',
  )
  return `${name}: ${typeName(tensorType.elemType)}[${sizes?.join(', ') ?? '…'}]`
}

function describeConstant(tensor: TensorProto): string {
  const { name, dims, dataType } = tensor
  const values = elements(tensor)
  const shown = values !== undefined && values.length <= SHOWN_ELEMENTS ? ` = ${values.join(', ')}` : ''
  return `${name}: ${typeName(dataType)}[${dims.join(', ')}]${shown}`
}

function describeNode({ opType, domain, input, output, attribute }: NodeProto): string {
  const operator = domain === '' ? opType : `${domain}.${opType}`
  const attributes = attribute.map((each) => ` ${each.name}=${describeAttribute(each)}`).join('')
  return `${output.join(', ')} = ${operator}(${input.join(', ')})${attributes}`
}

function describeAttribute({ type, i, f, s, ints = [], floats = [], strings = [] }: AttributeProto): string {
  switch (type) {
    case attributeTypes.int:
      return String(i)
    case attributeTypes.float:
      return String(f)
    case attributeTypes.string:
      return JSON.stringify(text(s))
    case attributeTypes.ints:
      return `[${ints.join(', ')}]`
    case attributeTypes.floats:
      return `[${floats.join(', ')}]`
    case attributeTypes.strings:
      return `[${strings.map((each) => JSON.stringify(text(each))).join(', ')}]`
    default:
      return '…'
  }
}

/** The elements of a constant in text form, or undefined for a type or storage that Millrace does not write. */
function elements({ dataType, rawData, stringData }: TensorProto): readonly string[] | undefined {
  if (dataType === elementTypes.string) return stringData?.map((each) => JSON.stringify(text(each)))
  if (rawData === undefined || rawData.length === 0) return undefined
  const buffer = new Uint8Array(rawData).buffer
  switch (dataType) {
    case elementTypes.float32:
      return Array.from(new Float32Array(buffer), String)
    case elementTypes.float64:
      return Array.from(new Float64Array(buffer), String)
    case elementTypes.int64:
      return Array.from(new BigInt64Array(buffer), String)
    case elementTypes.bool:
      return Array.from(new Uint8Array(buffer), (each) => String(each !== 0))
    default:
      return undefined
  }
}

function typeName(dataType = 0): string {
  return Object.entries(elementTypes).find(([, code]) => code === dataType)?.[0] ?? `type ${dataType}`
}

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString()
}
