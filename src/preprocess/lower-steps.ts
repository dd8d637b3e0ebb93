/** The fitted steps one after the other, whatever their kinds. */
import { MillraceError } from '../core/index.ts'
import type { OnnxGraph } from '../onnx/index.ts'
import type { Fitted, FittedGroup, FittedStep } from './fitted-step.ts'
import { hashing } from './hashing-encoder.ts'
import type { Kind } from './kinds.ts'
import { asMatrix, sideBySide } from './lookup.ts'
import { oneHotEncoding } from './one-hot-encoder.ts'
import { ordinalEncoding } from './ordinal-encoder.ts'
import { passingThrough } from './passthrough.ts'
import { scaling } from './scaler.ts'
import { numberImputing, stringImputing } from './simple-imputer.ts'
import type { GraphValues, StepDefinition } from './step-definition.ts'

type Definitions = {
  readonly [K in FittedStep['kind']]:
    | StepDefinition<Fitted<K>, 'number', 'number'>
    | StepDefinition<Fitted<K>, 'string', 'string'>
    | StepDefinition<Fitted<K>, 'string', 'number'>
}

const definitions: Definitions = {
  numberImputer: numberImputing,
  stringImputer: stringImputing,
  passthrough: passingThrough,
  scaler: scaling,
  oneHotEncoder: oneHotEncoding,
  ordinalEncoder: ordinalEncoding,
  hashingEncoder: hashing,
}

type GraphValue = GraphValues[Kind]

/** The kind of values that a step takes and the kind that it gives. */
export function kindsOf(step: FittedStep): { readonly from: Kind; readonly to: Kind } {
  const { from, to } = definitionOf(step)
  return { from, to }
}

/** The names of what `steps` make of `columns`. */
export function featureNamesAfter(steps: readonly FittedStep[], columns: readonly string[]): readonly string[] {
  return steps.reduce((names, step) => definitionOf(step).featureNames(step, names), columns)
}

/** Writes a group that ends in numbers into the graph and returns the name of its matrix, float32 [batch, k]. */
export function lowerNumbers(graph: OnnxGraph, group: FittedGroup, inputs: ReadonlyMap<string, string>): string {
  return lowerGroup(graph, group, inputs) as string
}

/** Writes a group that ends in text into the graph and returns the names of its vectors, string [batch]. */
export function lowerTexts(
  graph: OnnxGraph,
  group: FittedGroup,
  inputs: ReadonlyMap<string, string>,
): readonly string[] {
  return lowerGroup(graph, group, inputs) as readonly string[]
}

/** `inputs` has for each column a vector [batch] of the type that the first step takes. */
function lowerGroup(
  graph: OnnxGraph,
  { columns, steps }: FittedGroup,
  inputs: ReadonlyMap<string, string>,
): GraphValue {
  const outer = graph.module
  graph.module = outer === '' ? 'preprocess' : `${outer}/preprocess`
  const vectors = columns.map((column) => inputs.get(column) ?? unnamedInput(column, inputs))
  let value: GraphValue = vectors
  if (kindsOf(steps[0]!).from === 'number') {
    value = sideBySide(
      graph,
      vectors.map((vector) => asMatrix(graph, vector)),
    )
  }
  for (const [i, step] of steps.entries()) {
    value = definitionOf(step).lower(graph, step, value, featureNamesAfter(steps.slice(0, i), columns))
  }
  graph.module = outer
  return value
}

function unnamedInput(column: string, inputs: ReadonlyMap<string, string>): never {
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `lower: inputs names no value for the column "${column}", only for: ${[...inputs.keys()].join(', ')}. ` +
      'Use the map that declareInputs returns.',
  )
}

/** The one place where a step meets the definition of its kind; that kinds follow one another was checked before. */
function definitionOf(step: FittedStep): StepDefinition<FittedStep, Kind, Kind> {
  return definitions[step.kind]
}
