/** What a comparison and a report can be told: one schema, for code and for configuration files. */
import { readFile } from 'node:fs/promises'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { asError, MillraceError, parseWith } from '../core/index.ts'
import { monitoredTypes } from './column-type.ts'
import { driftMethodNames } from './methods.ts'

const method = z.enum(driftMethodNames)
const threshold = z.number().min(0)

export const driftOptionsSchema = z.strictObject({
  /** Columns to score. Default: all that both tables have. */
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

export const reportOptionsSchema = driftOptionsSchema.extend({
  /** The column of what turned out to be true, and that of what the model said. Both are needed to score the model. */
  target: z.string().optional(),
  prediction: z.string().optional(),
  /** Default: regression where the target is numerical, else classification. */
  task: z.enum(['classification', 'regression']).optional(),
  /** Of two labels, the one that counts as found. Default: the second in order, such as 1, true or yes. */
  positive: z.string().optional(),
  /** The column with the probability of the positive label, or the column of each label. */
  probabilities: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
  /** Whether tests are made. Default: true. */
  tests: z.boolean().optional(),
  /** Hold missing values `within` ±10 % of the reference, or `at-most` 10 % above it. Default: within. */
  missing: z.enum(['within', 'at-most']).optional(),
})

export type DriftOptions = Readonly<z.infer<typeof driftOptionsSchema>>

export type ReportOptions = Readonly<z.infer<typeof reportOptionsSchema>>

/** @throws MillraceError INVALID_CONFIG listing every wrong key and value */
export function parseDriftOptions(options: DriftOptions): DriftOptions {
  return parseWith(driftOptionsSchema, options, 'The options of the comparison')
}

/** @throws MillraceError INVALID_CONFIG listing every wrong key and value */
export function parseReportOptions(options: ReportOptions): ReportOptions {
  return parseWith(reportOptionsSchema, options, 'The options of the report')
}

/**
 * Options from a YAML or JSON file. Keys may be written as Evidently writes them, such as `drift_share` or
 * `per_column_method`.
 *
 * @throws MillraceError INVALID_CONFIG when the file cannot be read, is no YAML, or has wrong keys or values
 */
export async function readReportOptions(path: string): Promise<ReportOptions> {
  let value: unknown
  try {
    value = parseYaml(await readFile(path, 'utf8')) ?? {}
  } catch (cause) {
    throw new MillraceError('INVALID_CONFIG', `${path} cannot be read as YAML or JSON: ${asError(cause).message}`, {
      cause,
    })
  }
  return parseWith(reportOptionsSchema, camelKeys(value), path)
}

/** Keys of the outermost object as `camelCase`; those below are names of columns. */
function camelKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      entry,
    ]),
  )
}
