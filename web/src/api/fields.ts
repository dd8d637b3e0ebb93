/** Parts that many answers of MLflow's interface share. */
import { z } from 'zod'

/** MLflow writes what JSON has no number for as text. */
export const numberField = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)])

/** A list of key and value as one object. */
export const pairsField = z
  .array(z.object({ key: z.string(), value: z.string().default('') }))
  .default([])
  .transform((pairs): Readonly<Record<string, string>> =>
    Object.fromEntries(pairs.map(({ key, value }) => [key, value])),
  )

/** An answer that says nothing but that it worked. */
export const nothing = z.unknown().transform(() => undefined)
