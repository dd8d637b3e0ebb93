/** Looking texts up inside a graph, and the texts that mean a missing value there. */
import type { OnnxGraph } from '../onnx/index.ts'

/**
 * How a missing text reaches a graph: '' from a table, the others from Python clients, whose None, float('nan'),
 * numpy's nan and pandas.NA are turned into text on the way.
 */
const missingTexts = ['', 'None', 'nan', 'NaN', '<NA>']

/** The texts that mean missing in a column whose training rows held `known`: a text seen there means itself. */
export function missingTextsBeside(known: ReadonlySet<string | null>): string[] {
  return missingTexts.filter((text) => !known.has(text))
}

/** For each text of `column` the value under its key, or `otherwise`: int64 of the same shape. */
export function lookUpInteger(
  graph: OnnxGraph,
  column: string,
  keys: readonly string[],
  values: readonly number[],
  otherwise: number,
): string {
  const attributes = {
    keys_strings: { strings: keys },
    values_int64s: { ints: values },
    default_int64: { int: otherwise },
  }
  return graph.node('LabelEncoder', [column], attributes, { domain: 'ai.onnx.ml' })
}

/** For each text of `column` the value under its key, or `otherwise`: float32 of the same shape. */
export function lookUpFloat(
  graph: OnnxGraph,
  column: string,
  keys: readonly string[],
  values: readonly number[],
  otherwise: number,
): string {
  const attributes = {
    keys_strings: { strings: keys },
    values_floats: { floats: values },
    default_float: { float: otherwise },
  }
  return graph.node('LabelEncoder', [column], attributes, { domain: 'ai.onnx.ml' })
}

/** Whether each text of `column` is one of `texts`: bool of the same shape. */
export function isOneOf(graph: OnnxGraph, column: string, texts: readonly string[]): string {
  // String comparison entered ONNX only with opset 19; a look-up does the same in every opset.
  const found = lookUpInteger(
    graph,
    column,
    texts,
    texts.map(() => 1),
    0,
  )
  return graph.node('Cast', [found], { to: { int: 9 } })
}

/** Each index of a [batch] vector as a row of `width` zeros with a one at the index; none when it is `width` or more. */
export function oneHotRows(graph: OnnxGraph, indices: string, width: number): string {
  const depth = graph.constant(BigInt64Array.of(BigInt(width)), [], 'int64')
  return graph.node('OneHot', [indices, depth, graph.floats([0, 1])], { axis: { int: -1 } })
}

/** Matrices of the same rows side by side: [batch, a], [batch, b] → [batch, a + b]. */
export function sideBySide(graph: OnnxGraph, matrices: readonly string[]): string {
  return matrices.length === 1 ? matrices[0]! : graph.node('Concat', matrices, { axis: { int: 1 } })
}

/** A [batch] vector as a [batch, 1] matrix. */
export function asMatrix(graph: OnnxGraph, vector: string): string {
  return graph.node('Unsqueeze', [vector, graph.int64s([1])])
}
