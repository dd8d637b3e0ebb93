/** Between the schema of parameters and what a form holds of them: texts, '' where the default is to do. */
import type { ParameterSchema } from '../api/flows.ts'

/** How a parameter is asked for. */
export type FieldKind = 'truth' | 'choice' | 'number' | 'text' | 'json'

type Schemas = Readonly<Record<string, ParameterSchema>>
type Texts = Readonly<Record<string, string>>

export function kindOf({ type, enum: choices }: ParameterSchema): FieldKind {
  if (choices !== undefined) return 'choice'
  if (type === 'boolean') return 'truth'
  if (type === 'number' || type === 'integer') return 'number'
  return type === 'string' ? 'text' : 'json'
}

/** What the form begins with: the defaults. */
export function initialTexts(schemas: Schemas): Texts {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, textOf(schema.default)]))
}

function textOf(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** What the server is sent. What stands as the default has it is left out, so that it stays the program's to say. */
export function parameterValues(schemas: Schemas, texts: Texts): Readonly<Record<string, unknown>> {
  const changed = Object.entries(schemas).filter(([name, schema]) => (texts[name] ?? '') !== textOf(schema.default))
  return Object.fromEntries(changed.map(([name, schema]) => [name, valueOf(schema, texts[name] ?? '')] as const))
}

/** What is no JSON is sent as text: the program says what it expects. */
function valueOf(schema: ParameterSchema, text: string): unknown {
  if (kindOf(schema) === 'text') return text
  const choice = schema.enum?.find((one) => String(one) === text)
  if (choice !== undefined) return choice
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
