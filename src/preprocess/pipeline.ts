/** Chaining transformers. Only what fits together compiles: after `oneHotEncoder()` there is no text left to impute. */
import { MillraceError } from '../core/index.ts'
import type { Kind, Kinds } from './kinds.ts'
import type { Transformer } from './transformer.ts'

/** The kinds of `A` followed by `B`. */
export type Chained<A extends object, B extends object> = {
  readonly [K in keyof A as A[K] extends keyof B ? K : never]: A[K] extends keyof B ? B[A[K]] : never
}

/** What a transformer must also be to follow `A`: nothing more if it takes what `A` gives, else impossible. */
export type Follows<A extends object, B extends object> = [keyof Chained<A, B>] extends [never]
  ? { readonly 'does not take what the transformer before it gives': A }
  : unknown

/**
 * Transformers one after the other: each is fitted on what the one before it makes of the training rows.
 *
 * A pipeline is a transformer itself, so longer chains are pipelines of pipelines.
 *
 * @throws MillraceError INVALID_ARGUMENT when one does not take what the one before it gives (it does not compile either)
 *
 * @example
 *     pipeline(simpleImputer({ strategy: 'mostFrequent' }), oneHotEncoder())
 */
export function pipeline<A extends Kinds, B extends Kinds>(
  first: Transformer<A>,
  second: Transformer<B> & Follows<A, B>,
): Transformer<Chained<A, B>>
export function pipeline<A extends Kinds, B extends Kinds, C extends Kinds>(
  first: Transformer<A>,
  second: Transformer<B> & Follows<A, B>,
  third: Transformer<C> & Follows<Chained<A, B>, C>,
): Transformer<Chained<Chained<A, B>, C>>
export function pipeline<A extends Kinds, B extends Kinds, C extends Kinds, D extends Kinds>(
  first: Transformer<A>,
  second: Transformer<B> & Follows<A, B>,
  third: Transformer<C> & Follows<Chained<A, B>, C>,
  fourth: Transformer<D> & Follows<Chained<Chained<A, B>, C>, D>,
): Transformer<Chained<Chained<Chained<A, B>, C>, D>>
export function pipeline(first: Transformer, ...rest: readonly Transformer[]): Transformer {
  return rest.reduce(chain, first)
}

function chain(first: Transformer, second: Transformer): Transformer {
  const kinds = chainKinds(first.kinds, second.kinds)
  if (Object.keys(kinds).length === 0) {
    const [before, after] = [first.steps.at(-1)!.name, second.steps[0]!.name]
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `pipeline: ${after} takes ${Object.keys(second.kinds).join(' or ')} columns, but ${before} before it gives ` +
        `${Object.values(first.kinds).join(' or ')} columns. Change the order, or leave one out.`,
    )
  }
  return { kinds, steps: [...first.steps, ...second.steps] }
}

function chainKinds(first: Kinds, second: Kinds): Kinds {
  const pairs = Object.entries(first).flatMap(([from, between]: [string, Kind]) => {
    const to = second[between]
    return to === undefined ? [] : [[from, to] as const]
  })
  return Object.fromEntries(pairs)
}
