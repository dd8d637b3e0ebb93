/** The configuration file of a run. */
import { z } from 'zod'
import { MillraceError, readConfiguration, suggest } from '../core/index.ts'

/**
 * A YAML file in whose texts `${NAME}` stands for an environment variable; names that are not set stay as written.
 *
 * @throws MillraceError INVALID_CONFIG when it cannot be read, or is no object
 */
export async function readConfigFile(
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, unknown>> {
  const record = await readConfiguration(path)
  return replaceVariables(record, environment) as Record<string, unknown>
}

function replaceVariables(value: unknown, environment: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{(\w+)\}/g, (written, name: string) => environment[name] ?? written)
  }
  if (Array.isArray(value)) return value.map((item) => replaceVariables(item, environment))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceVariables(item, environment)]))
}

/** What a configuration file may hold beside parameters. */
interface Rest {
  readonly schema: z.ZodType | undefined
  readonly configFile: string
  readonly names: readonly string[]
  readonly flowName: string
}

/** @throws MillraceError INVALID_CONFIG for a key that is neither a parameter nor in the schema */
export function checkRest(
  rest: Readonly<Record<string, unknown>>,
  { schema, configFile, names, flowName }: Rest,
): void {
  const isStrict = schema instanceof z.ZodObject && schema.def.catchall === undefined
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  const unknown = Object.keys(rest).find((key) => !known.includes(key))
  if (unknown === undefined || (schema !== undefined && !isStrict)) return
  throw new MillraceError(
    'INVALID_CONFIG',
    `${configFile} has the key "${unknown}", which the flow "${flowName}" does not know. ${suggest(unknown, [...names, ...known], 'keys')}`,
  )
}
