/** Times as protocol buffers have them in JSON: `2026-01-01T00:00:00.100Z` and `1.500s`. */
import { z } from 'zod'

/** Milliseconds since 1970 as a timestamp, with a fraction only where there is one. */
export function timestampText(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}

export function durationText(ms: number): string {
  const seconds = Math.trunc(ms / 1000)
  const rest = Math.abs(ms % 1000)
  const sign = ms < 0 && seconds === 0 ? '-' : ''
  return rest === 0 ? `${seconds}s` : `${sign}${seconds}.${String(rest).padStart(3, '0')}s`
}

/** A timestamp as whole milliseconds since 1970. */
export const timestamp: z.ZodType<number> = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))

/** A duration as whole milliseconds. */
export const duration: z.ZodType<number> = z
  .string()
  .regex(/^-?\d+(\.\d+)?s$/)
  .transform((text) => Math.floor(Number(text.slice(0, -1)) * 1000))
