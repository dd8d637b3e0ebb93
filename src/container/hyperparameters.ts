/** Hyperparameters: text on the way, values of a schema in the program. */
import type { z } from 'zod'
import { parseWith } from '../core/index.ts'
import { pythonText, sortedEntries } from './python-text.ts'

/** Names the platform keeps for itself. */
const RESERVED = /^(sagemaker_|_)/

/** All values but those that the platform keeps for itself: JSON where the text is JSON, else the text. */
export function decodeHyperparameters(texts: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  const own = Object.entries(texts).filter(([name]) => !RESERVED.test(name))
  return Object.fromEntries(own.map(([name, text]) => [name, decode(text)]))
}

function decode(text: string): unknown {
  // Python's JSON has these three as well.
  if (/^(NaN|-?Infinity)$/.test(text)) return Number(text)
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/**
 * The hyperparameters as `schema` describes them. Text that looks like a number is one, unless the schema wants text.
 *
 * @throws MillraceError INVALID_CONFIG naming each that does not fit
 */
export function parseHyperparameters<T>(schema: z.ZodType<T>, texts: Readonly<Record<string, string>>): T {
  const decoded = decodeHyperparameters(texts)
  const result = schema.safeParse(decoded)
  if (result.success) return result.data
  const wrong = result.error.issues.map(({ path }) => String(path[0]))
  const asText = wrong.filter((name) => Object.hasOwn(decoded, name)).map((name) => [name, texts[name]] as const)
  const second = schema.safeParse({ ...decoded, ...Object.fromEntries(asText) })
  if (second.success) return second.data
  // The first complaint is the one about the value as it was meant.
  const found = asText.length > 0 ? ` with ${JSON.stringify(Object.fromEntries(asText))}` : ''
  return parseWith(schema, decoded, `hyperparameters.json${found}`)
}

/** The hyperparameters as arguments of a program: `--name value`, `-x value` for one letter, sorted. */
export function hyperparameterArguments(values: Readonly<Record<string, unknown>>): readonly string[] {
  return sortedEntries(values).flatMap(([name, value]) => [
    name.length === 1 ? `-${name}` : `--${name}`,
    argumentText(value),
  ])
}

/** Objects are written as `a=1,b=2`. */
function argumentText(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return pythonText(value)
  return sortedEntries(value)
    .map(([key, item]) => `${key}=${pythonText(item)}`)
    .join(',')
}
