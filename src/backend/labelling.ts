/** Labels for rows in production, where nobody is there to check them: what a demonstration needs. */
import { MillraceError, Random } from '../core/index.ts'
import type { Table } from '../data/index.ts'
import type { LabelOptions } from './backend.ts'

/**
 * A label for each of `rows`, which all have a prediction: with probability `quality` the right one, else a class drawn
 * at random.
 *
 * @throws MillraceError INVALID_ARGUMENT for a quality that is no probability
 */
export function drawLabels(
  rows: Table,
  known: readonly string[],
  { quality = 0.8, truth = () => undefined, classes = known, seed = Math.floor(Math.random() * 2 ** 32) }: LabelOptions,
): string[] {
  if (!(quality >= 0 && quality <= 1)) {
    throw new MillraceError('INVALID_ARGUMENT', `The quality of labels is ${quality}, expected a number from 0 to 1.`)
  }
  const random = new Random(seed)
  return rows.toRecords().map((row) => {
    const right = truth(row) ?? String(row['prediction'])
    const isRight = random.uniform() < quality
    const drawn = classes[random.integer(Math.max(classes.length, 1))]
    return isRight || drawn === undefined ? right : drawn
  })
}
