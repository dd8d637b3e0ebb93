/** Parts that many answers of MLflow's interface share. */
import { z } from 'zod'

/** MLflow writes what JSON has no number for as text, and keeps the largest number there is for an infinite one. */
export const numberField = z
  .union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)])
  .transform((value) => (Math.abs(value) === Number.MAX_VALUE ? Math.sign(value) * Infinity : value))

/** Values by their names, which may be any: also `constructor`, which ordinary objects have from the beginning. */
export function byName<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  const empty: Record<string, T> = Object.create(null)
  return Object.assign(empty, Object.fromEntries(entries))
}

/** A list of key and value as one object. */
export const pairsField = z
  .array(z.object({ key: z.string(), value: z.string().default('') }))
  .default([])
  .transform((pairs) => byName(pairs.map(({ key, value }) => [key, value])))

/** An answer that says nothing but that it worked. */
export const nothing = z.unknown().transform(() => undefined)
