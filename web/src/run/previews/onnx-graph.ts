/** The nodes and edges of an ONNX model: as much of its messages (onnx.proto) as a picture needs. */
import protobuf from 'protobufjs/minimal.js'
import type { GraphEdge, GraphNode } from '../../charts/graph-view.tsx'

interface OnnxNode {
  readonly name: string
  readonly operator: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

export interface OnnxGraph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

/** Undefined for what is no ONNX model. */
export function onnxGraph(bytes: Uint8Array): OnnxGraph | undefined {
  try {
    let graph: OnnxGraph | undefined
    readFields(protobuf.Reader.create(bytes), bytes.length, (field, reader) => {
      if (field !== 7) return false
      graph = readGraph(reader, reader.uint32())
      return true
    })
    return graph
  } catch {
    return undefined
  }
}

/** Reads a field, or says with `false` that it wants none of it. */
type ReadField = (field: number, reader: protobuf.Reader) => boolean

function readFields(reader: protobuf.Reader, end: number, read: ReadField): void {
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (!read(tag >>> 3, reader)) reader.skipType(tag & 7)
  }
}

function readGraph(reader: protobuf.Reader, length: number): OnnxGraph {
  const operators: OnnxNode[] = []
  const [inputs, outputs, constants]: [string[], string[], Set<string>] = [[], [], new Set()]
  readFields(reader, reader.pos + length, (field, at) => {
    // node = 1, initializer = 5, input = 11, output = 12
    if (![1, 5, 11, 12].includes(field)) return false
    const end = at.uint32()
    if (field === 1) operators.push(readNode(at, end))
    if (field === 5) constants.add(readName(at, end, 8))
    if (field === 11) inputs.push(readName(at, end, 1))
    if (field === 12) outputs.push(readName(at, end, 1))
    return true
  })
  return draw(
    operators,
    inputs.filter((name) => !constants.has(name)),
    outputs,
  )
}

function readNode(reader: protobuf.Reader, length: number): OnnxNode {
  const [inputs, outputs]: [string[], string[]] = [[], []]
  let [name, operator] = ['', '']
  readFields(reader, reader.pos + length, (field, at) => {
    if (field < 1 || field > 4) return false
    const value = at.string()
    if (field === 1) inputs.push(value)
    if (field === 2) outputs.push(value)
    if (field === 3) name = value
    if (field === 4) operator = value
    return true
  })
  return { name, operator, inputs, outputs }
}

function readName(reader: protobuf.Reader, length: number, nameField: number): string {
  let name = ''
  readFields(reader, reader.pos + length, (field, at) => {
    if (field !== nameField) return false
    name = at.string()
    return true
  })
  return name
}

/** Inputs, operators and outputs as nodes; a value is an edge from where it comes to where it goes. */
function draw(operators: readonly OnnxNode[], inputs: readonly string[], outputs: readonly string[]): OnnxGraph {
  const sources = new Map(inputs.map((name) => [name, `in ${name}`]))
  for (const [place, { outputs: values }] of operators.entries()) {
    for (const value of values) sources.set(value, `op ${place}`)
  }
  const edge = (value: string, to: string): readonly GraphEdge[] => {
    const from = sources.get(value)
    return from === undefined ? [] : [{ from, to, label: value }]
  }
  return {
    nodes: [
      ...inputs.map((name) => ({ id: `in ${name}`, label: name, color: 'var(--mantine-color-green-6)' })),
      ...operators.map(({ name, operator }, place) => ({ id: `op ${place}`, label: operator, detail: name })),
      ...outputs.map((name) => ({ id: `out ${name}`, label: name, color: 'var(--mantine-color-orange-6)' })),
    ],
    edges: [
      ...operators.flatMap(({ inputs: values }, place) => values.flatMap((value) => edge(value, `op ${place}`))),
      ...outputs.flatMap((name) => edge(name, `out ${name}`)),
    ],
  }
}
