/** What a transformer is before it is fitted. */
import type { Batch } from './batch.ts'
import type { FittedStep } from './fitted-step.ts'
import type { Kinds } from './kinds.ts'

/** One thing to fit. It sees the training rows of its columns and returns what it learned as plain data. */
export interface Step {
  readonly name: string
  fit(batch: Batch): FittedStep
}

/** A configured transformer, not fitted yet: give it to `columnTransformer`, or chain it with `pipeline`. */
export interface Transformer<K extends object = Kinds> {
  readonly kinds: K
  readonly steps: readonly Step[]
}

/** Turns numbers into numbers. */
export type NumberTransformer = Transformer<{ readonly number: 'number' }>

/** Turns text into text. */
export type StringTransformer = Transformer<{ readonly string: 'string' }>

/** Turns text into numbers. */
export type Encoder = Transformer<{ readonly string: 'number' }>

/** A transformer of a single step. */
export function singleStep<K extends Kinds>(kinds: K, name: string, fit: Step['fit']): Transformer<K> {
  return { kinds, steps: [{ name, fit }] }
}
