/** Parsing at the edges: `unknown` in, a precise type out, or an error that names the key, the value and the cure. */
import type { z } from 'zod'
import { type ErrorCode, MillraceError } from './errors.ts'

/**
 * `value` as `schema` describes it.
 *
 * @param what names the thing in the message, such as `training configuration` or a file path
 * @throws MillraceError listing every problem with its path; unknown keys of a strict object are named
 */
export function parseWith<T>(
  schema: z.ZodType<T>,
  value: unknown,
  what: string,
  code: ErrorCode = 'INVALID_CONFIG',
): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => {
    const path = issue.path.map(String).join('.')
    return path === '' ? issue.message : `"${path}": ${issue.message}`
  })
  throw new MillraceError(code, `${what} is not valid. ${problems.join('; ')}`)
}

/** JSON text as `schema` describes it. @throws MillraceError naming `what` when it is no JSON or does not fit */
export function parseJson<T>(schema: z.ZodType<T>, text: string, what: string, code: ErrorCode = 'INVALID_CONFIG'): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new MillraceError(
      code,
      `${what} is not valid JSON: ${cause instanceof Error ? cause.message : 'unreadable'}`,
      {
        cause,
      },
    )
  }
  return parseWith(schema, value, what, code)
}

/** JSON text as its value; undefined for what is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
