/** Running a piece of preprocessing over a table. */
import type { Table } from '../data/index.ts'
import { OnnxGraph, Session, type Value } from '../onnx/index.ts'
import { declareInputs, type InputColumn, requireInputs } from './inputs.ts'
import { tableFeeds } from './table-feeds.ts'

/** Rows given to the runtime at once: enough to be fast, few enough that copies of texts stay small. */
const CHUNK_ROWS = 16_384
/** Numbers that come back at once, which matters when there are thousands of features. */
const CHUNK_NUMBERS = 2 ** 22

type Build<T> = (graph: OnnxGraph, columns: ReadonlyMap<string, string>) => T

/** What `build` computes for every row, a float32 matrix [batch, width], in row-major order. */
export async function runMatrix(
  table: Table,
  inputs: readonly InputColumn[],
  width: number,
  build: Build<string>,
): Promise<Float32Array> {
  const data = new Float32Array(table.rowCount * width)
  await run(
    table,
    inputs,
    width,
    (graph, columns) => [[build(graph, columns), 'float32', ['batch', width]]],
    ([matrix], start) => {
      data.set(matrix!.data as Float32Array, start * width)
    },
  )
  return data
}

/** What `build` computes for every row: string vectors [batch], one a column. */
export async function runTexts(
  table: Table,
  inputs: readonly InputColumn[],
  build: Build<readonly string[]>,
): Promise<string[][]> {
  const texts: string[][] = []
  await run(
    table,
    inputs,
    inputs.length,
    (graph, columns) => build(graph, columns).map((name) => [name, 'string', ['batch']]),
    (vectors) => {
      vectors.forEach(({ data }, i) => {
        const column = (texts[i] ??= [])
        for (const text of data as readonly string[]) column.push(text)
      })
    },
  )
  return texts
}

type Output = readonly [name: string, type: 'float32' | 'string', shape: readonly (string | number)[]]

async function run(
  table: Table,
  inputs: readonly InputColumn[],
  width: number,
  build: Build<readonly Output[]>,
  collect: (outputs: readonly Value[], start: number) => void,
): Promise<void> {
  requireInputs(inputs, table)
  if (table.rowCount === 0) return
  const graph = new OnnxGraph('preprocess')
  const outputs = build(graph, declareInputs(graph, inputs))
  const names = outputNames(outputs.length, inputs)
  outputs.forEach(([value, type, shape], i) => graph.output(names[i]!, value, type, shape))
  const chunkRows = Math.max(1, Math.min(CHUNK_ROWS, Math.floor(CHUNK_NUMBERS / width)))
  await using session = await Session.load(graph.toBytes())
  for (let start = 0; start < table.rowCount; start += chunkRows) {
    const feeds = tableFeeds(inputs, table.slice(start, start + chunkRows))
    const results = await session.run(feeds)
    collect(
      names.map((name) => results[name]!),
      start,
    )
  }
}

/** Names for outputs that no column has: inputs and outputs of a graph share their names. */
function outputNames(count: number, inputs: readonly InputColumn[]): string[] {
  const longest = Math.max(...inputs.map(({ name }) => name.length))
  return Array.from({ length: count }, (_, i) => `output_${i}`.padEnd(longest + 1, '_'))
}
