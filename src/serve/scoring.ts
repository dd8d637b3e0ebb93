/** Scoring the rows of several requests in one run of a session. */
import type { Prediction } from '../model/index.ts'
import type { Session, Value } from '../onnx/index.ts'
import type { PixelRows } from './pixel-rows.ts'
import type { Rows } from './rows.ts'
import type { ServedContent, ServedInput } from './served-content.ts'

type ModelFacts = Pick<ServedContent, 'inputs' | 'task' | 'classes'>

/**
 * Predictions for each of `parts`, in order, by one run.
 *
 * @throws MillraceError INVALID_MODEL when an operator fails
 */
export async function scoreTogether(
  session: Session,
  facts: ModelFacts,
  parts: readonly Rows[],
): Promise<readonly Prediction[]> {
  const results = await session.run(feedsOf(facts, parts), facts.task === 'regression' ? ['prediction'] : undefined)
  if (facts.task === 'regression') {
    const values = results['prediction']!.data as Float32Array
    return slices(parts).map(([start, end]) => ({ task: 'regression', values: values.subarray(start, end) }))
  }
  const labels = results['label']!.data as readonly string[]
  const probabilities = results['probabilities']!.data as Float32Array
  const { classes } = facts
  return slices(parts).map(([start, end]) => ({
    task: 'classification',
    classes,
    labels: parts.length === 1 ? labels : labels.slice(start, end),
    probabilities: probabilities.subarray(start * classes.length, end * classes.length),
  }))
}

/** Pieces of at most `size` rows; the errors stay with the whole. */
export function pieces(rows: Rows, size: number): readonly Rows[] {
  if (rows.rowCount <= size) return [rows]
  return Array.from({ length: Math.ceil(rows.rowCount / size) }, (_, piece) => {
    const [start, end] = [piece * size, Math.min(rows.rowCount, (piece + 1) * size)]
    return { rowCount: end - start, columns: rows.columns.map((values) => values.slice(start, end)), errors: [] }
  })
}

/** The predictions of pieces as those of the whole. */
export function joinPredictions(predictions: readonly Prediction[]): Prediction {
  const [first] = predictions
  if (first === undefined || predictions.length === 1) return first!
  if (first.task === 'regression') {
    return { ...first, values: joinFloats(predictions.map((each) => (each as typeof first).values)) }
  }
  const all = predictions as readonly (typeof first)[]
  return {
    ...first,
    labels: all.flatMap(({ labels }) => labels),
    probabilities: joinFloats(all.map(({ probabilities }) => probabilities)),
  }
}

function feedsOf({ inputs }: ModelFacts, parts: readonly Rows[]): Record<string, Value> {
  const rowCount = parts.reduce((sum, part) => sum + part.rowCount, 0)
  return Object.fromEntries(inputs.map((input, position) => [input.name, feedOf(input, parts, position, rowCount)]))
}

function feedOf(input: ServedInput, parts: readonly Rows[], position: number, rowCount: number): Value {
  switch (input.type) {
    case 'string':
      return { dtype: 'string', data: joinTexts(parts, position), shape: [rowCount] }
    case 'double':
      return { dtype: 'float32', data: joinNumbers(parts, position, rowCount), shape: [rowCount] }
    case 'image':
      return { dtype: 'float32', data: joinImages(parts, position), shape: [rowCount, ...input.shape] }
  }
}

function joinImages(parts: readonly Rows[], input: number): Float32Array {
  const images = parts.map(({ columns }) => (columns[input] as PixelRows).data)
  return images.length === 1 ? images[0]! : joinFloats(images)
}

function joinTexts(parts: readonly Rows[], input: number): readonly string[] {
  const texts = parts.map(({ columns }) => columns[input] as readonly string[])
  return texts.length === 1 ? texts[0]! : texts.flat()
}

function joinNumbers(parts: readonly Rows[], input: number, rowCount: number): Float32Array {
  const joined = new Float32Array(rowCount)
  let offset = 0
  for (const { columns } of parts) {
    const values = columns[input] as Float64Array
    joined.set(values, offset)
    offset += values.length
  }
  return joined
}

function slices(parts: readonly Rows[]): readonly (readonly [start: number, end: number])[] {
  let end = 0
  return parts.map(({ rowCount }) => [end, (end += rowCount)] as const)
}

function joinFloats(arrays: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const array of arrays) {
    joined.set(array, offset)
    offset += array.length
  }
  return joined
}
