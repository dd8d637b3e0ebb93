/** The parameters of a flow as JSON Schema, for forms and for programs in other languages. */
import { z } from 'zod'
import { shownValue } from '../core/index.ts'
import type { FlowDefinition } from './definition.ts'

/**
 * JSON Schema (draft 2020-12) of the object of parameters: types, limits, descriptions, and defaults without passwords. Of a
 * parameter that JSON Schema cannot describe only its description is there.
 */
export function parameterSchema({ parameters = {} }: FlowDefinition): Readonly<Record<string, unknown>> {
  const properties = Object.entries(parameters).map(([name, type]) => [name, schemaOf(type as z.ZodType)] as const)
  const required = Object.entries(parameters)
    .filter(([, type]) => !(type as z.ZodType).safeParse(undefined).success)
    .map(([name]) => name)
  return { type: 'object', properties: shownValue(Object.fromEntries(properties)), required }
}

function schemaOf(type: z.ZodType): Readonly<Record<string, unknown>> {
  try {
    const { $schema: _, ...schema } = z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' })
    return schema
  } catch {
    // A schema of another version of zod, or one that refers to itself in a way JSON Schema has no word for.
    return { description: type.description ?? '' }
  }
}
