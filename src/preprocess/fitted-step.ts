/** What transformers learn, as plain data: the form in which a fitted preprocessor is kept in JSON. */
import { z } from 'zod'

const float32 = z.number().refine((value) => Number.isFinite(Math.fround(value)), 'does not fit a 32-bit float')
const divisor = float32.refine((value) => isDivisor(value), 'must be a positive 32-bit float, and not denormal')
const distinct = (texts: readonly string[]): boolean => new Set(texts).size === texts.length
const category = z.string().min(1)
const categories = z.array(category).refine(distinct, 'lists a category twice')
const missing = z.array(z.string()).refine(distinct, 'lists a text twice')
const perColumn = <T extends z.ZodType>(column: T): z.ZodArray<T> => z.array(column).min(1)

const numberImputer = z.strictObject({
  kind: z.literal('numberImputer'),
  columns: perColumn(z.strictObject({ fill: float32 })),
})

const stringImputer = z.strictObject({
  kind: z.literal('stringImputer'),
  /** `missing` are the texts that stand for a missing value in the column. */
  columns: perColumn(z.strictObject({ fill: category, missing })),
})

const passthrough = z.strictObject({
  kind: z.literal('passthrough'),
  columns: perColumn(z.strictObject({})),
})

/** (x - center) / scale: what all scalers come down to. */
const scaler = z.strictObject({
  kind: z.literal('scaler'),
  columns: perColumn(z.strictObject({ center: float32, scale: divisor })),
})

const oneHotEncoder = z.strictObject({
  kind: z.literal('oneHotEncoder'),
  handleUnknown: z.enum(['ignore', 'error']),
  /** One feature for each category, then one for all `infrequent` together; `dropFirst` leaves out the first. */
  columns: perColumn(
    z
      .strictObject({ categories, infrequent: categories, dropFirst: z.boolean() })
      .refine((column) => distinct([...column.categories, ...column.infrequent]), 'lists a category twice')
      .refine((column) => column.categories.length + column.infrequent.length > 0, 'has no category'),
  ),
})

const ordinalEncoder = z.strictObject({
  kind: z.literal('ordinalEncoder'),
  unknownValue: float32.nullable(),
  missingValue: float32.nullable(),
  columns: perColumn(z.strictObject({ categories: categories.min(1) })),
})

const hashingEncoder = z.strictObject({
  kind: z.literal('hashingEncoder'),
  buckets: z
    .int()
    .min(1)
    .max(2 ** 20),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1),
  signed: z.boolean(),
  columns: perColumn(z.strictObject({ missing })),
})

/** One fitted transformer. `columns` has an entry for each column that it takes. null stands for NaN. */
export const fittedStep = z.discriminatedUnion('kind', [
  numberImputer,
  stringImputer,
  passthrough,
  scaler,
  oneHotEncoder,
  ordinalEncoder,
  hashingEncoder,
])

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T

/** One fitted transformer as plain data. */
export type FittedStep = DeepReadonly<z.infer<typeof fittedStep>>

/** Columns and the fitted steps that they go through. */
export interface FittedGroup {
  readonly columns: readonly string[]
  readonly steps: readonly FittedStep[]
}

/** The fitted transformer of one kind. */
export type Fitted<K extends FittedStep['kind']> = Extract<FittedStep, { readonly kind: K }>

/** Whether a 32-bit graph can divide by `value` without loss: denormal numbers have few digits, or none. */
export function isDivisor(value: number): boolean {
  return Math.fround(value) >= 2 ** -126 && Math.fround(value) < Infinity
}
