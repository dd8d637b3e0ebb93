/**
 * Stopping early by asynchronous successive halving (Li et al., A System for Massively Parallel Hyperparameter Tuning,
 * 2018, algorithm 2): trials are trained a little, and of those that got as far the best are trained further.
 */
import { MillraceError } from '../core/index.ts'

export interface AshaOptions {
  /** How far each trial is trained at first, such as a number of epochs. */
  readonly minBudget: number
  /** How far the best are trained at most. */
  readonly maxBudget: number
  /** One in so many goes on. Default 3. */
  readonly reductionFactor?: number
}

export interface Asha {
  /** How far trials of each rung are trained: `minBudget`, then `reductionFactor` times as far, up to `maxBudget`. */
  readonly budgets: readonly number[]
  readonly reductionFactor: number
}

/** @throws MillraceError INVALID_ARGUMENT unless 0 < minBudget ≤ maxBudget and the factor is a whole number of at least 2 */
export function asha({ minBudget, maxBudget, reductionFactor = 3 }: AshaOptions): Asha {
  if (!(minBudget > 0 && minBudget <= maxBudget && Number.isFinite(maxBudget))) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `asha: the budgets must be above 0, the smaller first, found ${minBudget} and ${maxBudget}.`,
    )
  }
  if (!Number.isInteger(reductionFactor) || reductionFactor < 2) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `asha: reductionFactor must be a whole number of at least 2, found ${reductionFactor}.`,
    )
  }
  const budgets: number[] = []
  for (let budget = minBudget; budget <= maxBudget; budget *= reductionFactor) budgets.push(budget)
  return { budgets, reductionFactor }
}

/** A trial that has been trained as far as its rung. */
export interface RungResult {
  readonly trial: number
  /** Lower is better. */
  readonly value: number
  /** Whether it goes on, or has gone on, to the next rung. */
  readonly isPromoted: boolean
}

/**
 * The trial to train further, and the rung it is promoted to: of the highest rung that has one, the best of those in its
 * top share that have not gone on. Undefined when there is none and a new trial has to be begun.
 */
export function findPromotion(
  rungs: readonly (readonly RungResult[])[],
  { budgets, reductionFactor }: Asha,
): { readonly trial: number; readonly rung: number } | undefined {
  for (let rung = budgets.length - 2; rung >= 0; rung--) {
    const results = rungs[rung] ?? []
    const ranked = results.toSorted((a, b) => a.value - b.value || a.trial - b.trial)
    const top = ranked.slice(0, Math.floor(results.length / reductionFactor))
    const next = top.find(({ isPromoted, value }) => !isPromoted && value < Infinity)
    if (next !== undefined) return { trial: next.trial, rung: rung + 1 }
  }
  return undefined
}
