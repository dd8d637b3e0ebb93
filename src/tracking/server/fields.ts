/**
 * Schemas for the fields of requests: what MLflow's protocol buffers take in JSON and in queries, and its messages for
 * what they do not take.
 */
import { z } from 'zod'
import type { ViewType } from '../tracking-store.ts'
import { invalidParameter } from '../validation.ts'

const absent = z
  .null()
  .optional()
  .transform(() => undefined)

/** Text; null counts as not given. */
export const text = z.string().optional().or(absent)

/** Text that has to be there and not be empty. */
export const requiredText = z.string().min(1)

const wholeNumber = z.preprocess(numberOfText, z.int())
const decimal = z.preprocess(
  numberOfText,
  z
    .number()
    .or(z.literal([Infinity, -Infinity]))
    .or(z.nan()),
)

/** A whole number, as a number or as text. */
export const integer = wholeNumber.optional().or(absent)
export const requiredInteger = wholeNumber

/** A number, as such or as text, which may be `NaN`, `Infinity` or `-Infinity`. */
export const requiredNumber = decimal

/** True or false; in a query as text. */
export const flag = z
  .preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean())
  .optional()
  .or(absent)

/** A list; none by default. */
export function list<T extends z.ZodType>(item: T): z.ZodType<z.output<T>[]> {
  return z
    .array(item)
    .nullish()
    .transform((items) => items ?? [])
}

/** A list whose items are mostly such as `isPlain` knows at a glance. If all are, `item` is not asked: it takes ten times as long. */
export function longList<T extends z.ZodType>(
  item: T,
  isPlain: (value: unknown) => value is z.output<T>,
): z.ZodType<readonly z.output<T>[]> {
  const each = list(item)
  return z
    .unknown()
    .optional()
    .transform((value, context) => {
      if (Array.isArray(value) && value.every(isPlain)) return value
      const { data, error } = each.safeParse(value)
      if (error === undefined) return data
      for (const { path, message } of error.issues) context.addIssue({ code: 'custom', path, message })
      return z.NEVER
    })
}

/** @throws MillraceError INVALID_PARAMETER_VALUE for a list that has to have something in it */
export function requireItems(name: string, items: readonly unknown[]): void {
  if (items.length === 0) throw describeProblem(name, undefined)
}

/** `[{key, value}]`, the later of two with the same key counting. */
export const keyValues = list(z.object({ key: requiredText, value: text })).transform((pairs) =>
  Object.fromEntries(pairs.map(({ key, value = '' }) => [key, value])),
)

/** ViewType by name or number; anything else means the default, as protocol buffers have it. */
export const viewType = z.unknown().optional().transform(viewOf)

/** `value` as `schema` has it. @throws MillraceError INVALID_PARAMETER_VALUE naming the first field that does not fit */
export function parseFields<T>(schema: z.ZodType<T>, value: Readonly<Record<string, unknown>>): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const path = result.error.issues[0]?.path ?? []
  const found = path.reduce<unknown>(
    (inside, key) => (inside as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  )
  const name = path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`))
    .join('')
  throw describeProblem(name, found)
}

function viewOf(value: unknown): ViewType {
  if (value === 'ALL' || value === 3) return 'ALL'
  return value === 'DELETED_ONLY' || value === 2 ? 'DELETED_ONLY' : 'ACTIVE_ONLY'
}

function describeProblem(name: string, found: unknown): Error {
  const isMissing = found === undefined || found === null || found === ''
  const problem = isMissing
    ? `Missing value for required parameter '${name}'.`
    : `Invalid value ${JSON.stringify(found)} for parameter '${name}' supplied:  Hint: Value was of type '${pythonType(found)}'.`
  return invalidParameter(`${problem} See the API docs for more information about request parameters.`)
}

/** Clients are written in Python; so are their users' expectations of a message. */
function pythonType(value: unknown): string {
  if (typeof value === 'string') return 'str'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  return Array.isArray(value) ? 'list' : 'dict'
}

function numberOfText(value: unknown): unknown {
  if (typeof value !== 'string' || value.trim() === '') return value
  if (value === 'NaN') return NaN
  const number = Number(value)
  return Number.isNaN(number) ? value : number
}
