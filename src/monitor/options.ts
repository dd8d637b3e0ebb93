/** What a comparison can be told: types, methods, thresholds and corrections, checked by one schema. */
import { z } from 'zod'
import { parseWith } from '../core/index.ts'
import { monitoredTypes } from './column-type.ts'
import { driftMethodNames } from './methods.ts'

const method = z.enum(driftMethodNames)
const threshold = z.number().min(0)

export const driftOptionsSchema = z.strictObject({
  /** Columns to compare. Default: all that both tables have. */
  columns: z.array(z.string()).min(1).optional(),
  /** Types of columns, where the inferred one does not fit; `unknown` leaves a column unscored. */
  types: z.record(z.string(), z.enum(monitoredTypes)).optional(),
  /** For all columns; then for columns of a type, which counts more; then for single columns, which counts most. */
  method: method.optional(),
  numMethod: method.optional(),
  catMethod: method.optional(),
  textMethod: method.optional(),
  perColumnMethod: z.record(z.string(), method).optional(),
  /** Thresholds, in the same order. Default: the method's own. */
  threshold: threshold.optional(),
  numThreshold: threshold.optional(),
  catThreshold: threshold.optional(),
  textThreshold: threshold.optional(),
  perColumnThreshold: z.record(z.string(), threshold).optional(),
  /** The tables drifted when at least this share of the scored columns did. Default: 0.5. */
  driftShare: z.number().min(0).max(1).optional(),
  /** Of p-values, for comparing many columns at once. Default: none. */
  correction: z.enum(['none', 'bonferroni', 'benjamini-hochberg']).optional(),
})

export type DriftOptions = Readonly<z.infer<typeof driftOptionsSchema>>

/** @throws MillraceError INVALID_CONFIG listing every wrong key and value */
export function parseDriftOptions(options: DriftOptions): DriftOptions {
  return parseWith(driftOptionsSchema, options, 'The options of the comparison')
}
