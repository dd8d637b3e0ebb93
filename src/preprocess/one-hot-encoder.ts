/** Categories as indicator features. */
import { MillraceError } from '../core/index.ts'
import type { OnnxGraph } from '../onnx/index.ts'
import { countTexts, sortTexts, type TextColumn, textColumns } from './batch.ts'
import type { Fitted } from './fitted-step.ts'
import { lookUpInteger, oneHotRows, sideBySide } from './lookup.ts'
import type { StepDefinition } from './step-definition.ts'
import { type Encoder, singleStep } from './transformer.ts'

/** What `oneHotEncoder` does beyond one feature a category. */
export interface OneHotOptions {
  /** What a category that was not in the training rows gives, as does a missing value: zeros (default), or an error. */
  readonly handleUnknown?: 'ignore' | 'error'
  /** Leave out the first feature of every column, or of those with two. Default: keep all. */
  readonly drop?: 'first' | 'ifBinary'
  /** Categories in fewer rows share one feature: a count from 1, or below 1 a share of all rows. Default: none do. */
  readonly minFrequency?: number
}

type EncodedColumn = Fitted<'oneHotEncoder'>['columns'][number]

const name = 'oneHotEncoder'

/**
 * Makes one feature of each category: 1 where the row has it, else 0. Features are called `island_Biscoe`.
 *
 * Categories are those of the training rows in order of their code points; those below `minFrequency` come last, as one
 * feature `island_infrequent`. Missing values are no category. scikit-learn's OneHotEncoder with dense output, except
 * that `handleUnknown` defaults to 'ignore' and missing values count as unknown.
 *
 * @throws MillraceError INVALID_ARGUMENT for an unknown option value
 */
export function oneHotEncoder({ handleUnknown = 'ignore', drop, minFrequency = 1 }: OneHotOptions = {}): Encoder {
  requireChoice('handleUnknown', handleUnknown, ['ignore', 'error'])
  requireChoice('drop', drop, [undefined, 'first', 'ifBinary'])
  if (!(minFrequency > 0) || (minFrequency > 1 && !Number.isInteger(minFrequency))) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `${name}: minFrequency is ${minFrequency}, expected a whole number from 1, or a share of the rows in (0, 1).`,
    )
  }
  return singleStep({ string: 'number' }, name, (batch) => {
    const columns = textColumns(batch, name)
    const fitted = columns.map((column) => fitColumn(column, drop, minFrequency))
    if (fitted.every((column) => slotCount(column) === 0)) throw nothingLeft(columns)
    return { kind: name, handleUnknown, columns: fitted }
  })
}

function fitColumn(column: TextColumn, drop: OneHotOptions['drop'], minFrequency: number): EncodedColumn {
  const counts = countTexts(column, name)
  const least = minFrequency < 1 ? minFrequency * column.values.length : minFrequency
  const sorted = sortTexts(counts.keys())
  const categories = sorted.filter((category) => counts.get(category)! >= least)
  const infrequent = sorted.filter((category) => counts.get(category)! < least)
  const slots = slotCount({ categories, infrequent, dropFirst: false })
  return { categories, infrequent, dropFirst: drop === 'first' || (drop === 'ifBinary' && slots === 2) }
}

/** How many features the column makes. */
function slotCount({ categories, infrequent, dropFirst }: EncodedColumn): number {
  return categories.length + (infrequent.length > 0 ? 1 : 0) - (dropFirst ? 1 : 0)
}

function requireChoice<T>(option: string, value: T, choices: readonly T[]): void {
  if (choices.includes(value)) return
  const expected = choices.filter((choice) => choice !== undefined).map((choice) => JSON.stringify(choice))
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `${name}: ${option} is ${JSON.stringify(value)}, expected ${expected.join(' or ')}.`,
  )
}

function nothingLeft(columns: readonly TextColumn[]): MillraceError {
  const names = columns.map((column) => `"${column.name}"`).join(', ')
  return new MillraceError(
    'INVALID_DATA',
    `${name}: with drop 'first' nothing is left of ${names}: one category only. Keep all features, or leave them out.`,
  )
}

export const oneHotEncoding: StepDefinition<Fitted<'oneHotEncoder'>, 'string', 'number'> = {
  from: 'string',
  to: 'number',
  featureNames: ({ columns }, names) =>
    columns.flatMap(({ categories, infrequent, dropFirst }, i) => {
      const slots = infrequent.length > 0 ? [...categories, 'infrequent'] : categories
      return slots.slice(dropFirst ? 1 : 0).map((category) => `${names[i]}_${category}`)
    }),
  lower: (graph, { columns, handleUnknown }, vectors, names) => {
    const matrices = columns.map((column, i) => {
      const [keys, targets] = targetsOf(column)
      const indices =
        handleUnknown === 'ignore'
          ? lookUpInteger(graph, vectors[i]!, keys, targets, keys.length)
          : lookUpOrFail(graph, vectors[i]!, keys, targets, names[i]!)
      return indicators(graph, indices, slotCount(column))
    })
    return sideBySide(graph, matrices)
  },
}

/** Every category with the feature that it sets; there are as many features as keys at most, so that stands for none. */
function targetsOf({ categories, infrequent, dropFirst }: EncodedColumn): [keys: string[], targets: number[]] {
  const keys = [...categories, ...infrequent]
  const slots = keys.map((_, i) => Math.min(i, categories.length))
  return [keys, dropFirst ? slots.map((slot) => (slot === 0 ? keys.length : slot - 1)) : slots]
}

function indicators(graph: OnnxGraph, indices: string, width: number): string {
  if (width > 0) return oneHotRows(graph, indices, width)
  // ONNX knows no encoding of depth 0: make one column and keep none of it.
  return graph.node('Gather', [oneHotRows(graph, indices, 1), graph.int64s([])], { axis: { int: 1 } })
}

/** Reading past the end of `targets` is what makes a graph fail on an unknown category. */
function lookUpOrFail(
  graph: OnnxGraph,
  vector: string,
  keys: readonly string[],
  targets: readonly number[],
  column: string,
): string {
  const positions = lookUpInteger(graph, vector, keys, [...keys.keys()], keys.length)
  const outer = graph.module
  // The runtime's message gives the node and no value: the name of the node has to say what is wrong.
  graph.module = `${outer}/${column}: unknown category`
  const indices = graph.node('Gather', [graph.int64s(targets), positions])
  graph.module = outer
  return indices
}
