/** Categories as indicators of hash buckets, for columns with more categories than one can list. */
import { MillraceError } from '../core/index.ts'
import type { OnnxGraph } from '../onnx/index.ts'
import { textColumns } from './batch.ts'
import type { Fitted } from './fitted-step.ts'
import { asMatrix, isOneOf, missingTextsBeside, oneHotRows, sideBySide } from './lookup.ts'
import type { StepDefinition } from './step-definition.ts'
import { type Encoder, singleStep } from './transformer.ts'

/** The size and manner of the hashing. */
export interface HashingOptions {
  /** Features for each column: 1 to 1,048,576. More buckets, fewer categories that share one. */
  readonly buckets: number
  /** Whole number in 0..2^32-1 that picks the hash function. Default 0. */
  readonly seed?: number
  /** Put -1 instead of 1 where the hash is negative, so that categories in one bucket cancel out. Default false. */
  readonly signed?: boolean
}

const name = 'hashingEncoder'

/**
 * Puts every category in one of a fixed number of buckets, one feature each, by its hash: nothing is learned but which
 * missing-value texts (see `simpleImputer`) are categories here, so new categories are welcome. Missing gives zeros.
 *
 * The bucket is |h| mod buckets, where h is MurmurHash3 (x86, 32 bit, signed) of the UTF-8 bytes, as in scikit-learn's
 * FeatureHasher. Features are called `city_hash_0`. The graph needs ONNX Runtime's MurmurHash3 operator
 * (com.microsoft), which its builds for CPU have.
 *
 * @throws MillraceError INVALID_ARGUMENT when buckets or seed is out of range
 */
export function hashingEncoder({ buckets, seed = 0, signed = false }: HashingOptions): Encoder {
  requireInteger('buckets', buckets, 1, 2 ** 20)
  requireInteger('seed', seed, 0, 2 ** 32 - 1)
  return singleStep({ string: 'number' }, name, (batch) => ({
    kind: name,
    buckets,
    seed,
    signed,
    columns: textColumns(batch, name).map(({ values }) => ({ missing: missingTextsBeside(new Set(values)) })),
  }))
}

function requireInteger(option: string, value: number, lowest: number, highest: number): void {
  if (Number.isInteger(value) && value >= lowest && value <= highest) return
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `${name}: ${option} is ${value}, expected a whole number in ${lowest}..${highest}.`,
  )
}

export const hashing: StepDefinition<Fitted<'hashingEncoder'>, 'string', 'number'> = {
  from: 'string',
  to: 'number',
  featureNames: ({ buckets }, columns) =>
    columns.flatMap((column) => Array.from({ length: buckets }, (_, bucket) => `${column}_hash_${bucket}`)),
  lower: (graph, fitted, vectors) =>
    sideBySide(
      graph,
      fitted.columns.map(({ missing }, i) => lowerColumn(graph, fitted, missing, vectors[i]!)),
    ),
}

function lowerColumn(
  graph: OnnxGraph,
  { buckets, seed, signed }: Fitted<'hashingEncoder'>,
  missing: readonly string[],
  vector: string,
): string {
  const hash = hashOf(graph, vector, seed)
  const bucket = graph.node('Mod', [graph.node('Abs', [hash]), graph.int64s([buckets])])
  const index = graph.node('Where', [isOneOf(graph, vector, missing), graph.int64s([buckets]), bucket])
  const indicators = oneHotRows(graph, index, buckets)
  if (!signed) return indicators
  const isNegative = asMatrix(graph, graph.node('Less', [hash, graph.int64s([0])]))
  // 0 - x rather than -x: the other buckets keep 0, not -0.
  return graph.node('Where', [isNegative, graph.node('Sub', [graph.floats([0]), indicators]), indicators])
}

function hashOf(graph: OnnxGraph, vector: string, seed: number): string {
  const attributes = { seed: { int: seed }, positive: { int: 0 } }
  const hash = graph.node('MurmurHash3', [vector], attributes, { domain: 'com.microsoft' })
  // As int64, for |-2^31| does not fit int32.
  return graph.node('Cast', [hash], { to: { int: 7 } })
}
