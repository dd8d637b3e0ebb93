/** What there is to know about each kind of fitted step, beside the data themselves. */
import type { OnnxGraph } from '../onnx/index.ts'
import type { Kind } from './kinds.ts'

/**
 * Values inside a graph: numbers are one float32 matrix [batch, k]; texts are k vectors [batch], one a column, since
 * nearly everything done to them differs from column to column.
 */
export interface GraphValues {
  readonly number: string
  readonly string: readonly string[]
}

/** How a fitted step of type F writes itself into a graph: its one and only implementation. */
export interface StepDefinition<F, From extends Kind, To extends Kind> {
  readonly from: From
  readonly to: To
  /** The names of what comes out, given those of what goes in. */
  featureNames(fitted: F, columns: readonly string[]): readonly string[]
  /** `columns` are the names of what goes in, for messages alone. */
  lower(graph: OnnxGraph, fitted: F, input: GraphValues[From], columns: readonly string[]): GraphValues[To]
}
