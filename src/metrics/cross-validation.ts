/** Cross-validation: fit and score once a fold, and what the scores say together. */
import { MillraceError } from '../core/index.ts'
import { checkFinite } from './check-rows.ts'

/** `std` is the population standard deviation (divided by n), as numpy.std gives it. */
export interface Summary {
  readonly mean: number
  readonly std: number
}

/** The score of each fold in order, and their summary. */
export interface CrossValidation extends Summary {
  readonly scores: readonly number[]
}

/**
 * Fits a model on each fold and scores it, one fold after the other, in order.
 *
 * A fold is whatever `fit` and `score` make of it, such as a pair of tables; both may be asynchronous and get the
 * fold's number from 0. A failure of either is passed on as it is, and no further fold is begun.
 *
 * @throws MillraceError INVALID_ARGUMENT when there are no folds, NON_FINITE when a score is NaN or infinite
 */
export async function crossValidate<Fold, Model>(
  folds: Iterable<Fold>,
  fit: (fold: Fold, index: number) => Model | Promise<Model>,
  score: (model: Model, fold: Fold, index: number) => number | Promise<number>,
): Promise<CrossValidation> {
  const scores: number[] = []
  for (const fold of folds) {
    const model = await fit(fold, scores.length)
    scores.push(await score(model, fold, scores.length))
    checkFinite('crossValidate', 'scores', scores)
  }
  if (scores.length === 0) {
    throw new MillraceError('INVALID_ARGUMENT', 'crossValidate: there are no folds. Pass at least one, two to compare.')
  }
  return { scores, ...summarise(scores) }
}

/**
 * The mean and the population standard deviation of scores.
 *
 * scores [n] finite; n = 1 gives a deviation of 0.
 *
 * @throws MillraceError INVALID_DATA for no scores, NON_FINITE for NaN or infinity
 */
export function summarise(scores: ArrayLike<number>): Summary {
  if (scores.length === 0) throw new MillraceError('INVALID_DATA', 'summarise: there are no scores. Pass at least one.')
  checkFinite('summarise', 'scores', scores)
  const values = Array.from(scores)
  const mean = values.reduce((sum, score) => sum + score, 0) / values.length
  const variance = values.reduce((sum, score) => sum + (score - mean) ** 2, 0) / values.length
  return { mean, std: Math.sqrt(variance) }
}
