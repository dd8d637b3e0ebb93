/**
 * The parameters of a run: from flags, the environment, a configuration file and defaults, in that order. An error says
 * which parameter, what was expected, what was found and where it came from.
 */
import type { z } from 'zod'
import { MillraceError, parseWith, suggest } from '../core/index.ts'
import type { FlowDefinition } from './definition.ts'
import { kebabCase, sameNameKey, upperSnakeCase } from './names.ts'

export interface ParameterSources {
  /**
   * Values of parameters, which come first; as text where they are from flags. Names in any spelling: `trainingEpochs`,
   * `training-epochs`.
   */
  readonly parameters?: Readonly<Record<string, unknown>>
  /** A YAML or JSON file with further parameters, and the configuration. */
  readonly configFile?: string
  /** Where MILLRACE_RUN_<NAME> and `${NAME}` are looked up. Default: the environment of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

export interface RunInputs {
  readonly parameters: Readonly<Record<string, unknown>>
  readonly config: unknown
}

/** The environment variable for a parameter: `trainingEpochs` is MILLRACE_RUN_TRAINING_EPOCHS. */
export function parameterVariable(name: string): string {
  return `MILLRACE_RUN_${upperSnakeCase(name)}`
}

/**
 * All parameters of a run, checked, with defaults; and the rest of the configuration file by the schema `config`.
 *
 * @throws MillraceError INVALID_CONFIG for an unknown name or a value that does not fit, with its source
 */
export async function resolveInputs(
  { parameters: shape = {}, config: schema, name: flowName }: FlowDefinition,
  { parameters: given = {}, configFile, environment = process.env }: ParameterSources,
): Promise<RunInputs> {
  const names = new Map(Object.keys(shape).map((name) => [sameNameKey(name), name]))
  const found = new Map<string, Found>()
  // YAML and the schemas of schemas are loaded only for who has a file.
  const config = configFile === undefined ? undefined : await import('./config-file.ts')
  const file = config === undefined ? {} : await config.readConfigFile(configFile ?? '', environment)
  const rest: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(file)) {
    const name = names.get(sameNameKey(key))
    if (name === undefined) rest[key] = value
    else found.set(name, { value, source: `${configFile}, key "${key}"` })
  }
  for (const name of names.values()) {
    const text = environment[parameterVariable(name)]
    if (text !== undefined)
      found.set(name, { value: text, isText: true, source: `the variable ${parameterVariable(name)}` })
  }
  for (const [key, value] of Object.entries(given)) {
    const name = names.get(sameNameKey(key))
    if (name === undefined) throw unknownParameter(key, flowName, [...names.values()])
    found.set(name, { value, isText: typeof value === 'string', source: 'the call or command line' })
  }
  config?.checkRest(rest, { schema, configFile: configFile ?? '', names: [...names.values()], flowName })
  return {
    parameters: Object.fromEntries(
      Object.entries(shape).map(([name, type]) => [name, parseParameter(name, type as z.ZodType, found.get(name))]),
    ),
    config:
      schema === undefined ? undefined : parseWith(schema, configFile === undefined ? {} : rest, 'The configuration'),
  }
}

interface Found {
  readonly value: unknown
  /** Text is read as a number, true or JSON where the schema wants that. */
  readonly isText?: boolean
  readonly source: string
}

function parseParameter(name: string, type: z.ZodType, found: Found | undefined): unknown {
  if (found === undefined) {
    const result = type.safeParse(undefined)
    if (result.success) return result.data
    throw new MillraceError(
      'INVALID_CONFIG',
      `The parameter "${name}" is not given. Pass it, set ${parameterVariable(name)}, or write it into the --config file.`,
    )
  }
  const plain = type.safeParse(found.value)
  if (plain.success) return plain.data
  if (found.isText === true) {
    const read = type.safeParse(readText(found.value as string))
    if (read.success) return read.data
  }
  const problems = plain.error.issues.map(({ message, path }) => [...path.map(String), message].join(': ')).join('; ')
  throw new MillraceError(
    'INVALID_CONFIG',
    `The parameter "${name}" is not valid: ${problems}. Found ${JSON.stringify(found.value)} from ${found.source}.`,
  )
}

/** Text of a flag or variable as the value it looks like. */
function readText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    const trimmed = text.trim()
    return trimmed !== '' && Number.isFinite(Number(trimmed)) ? Number(trimmed) : text
  }
}

function unknownParameter(key: string, flowName: string, names: readonly string[]): MillraceError {
  return new MillraceError(
    'INVALID_CONFIG',
    `The flow "${flowName}" has no parameter "${key}". ${suggest(key, names, 'parameters')}`,
  )
}

/** A parameter as help shows it. */
export interface ParameterDescription {
  readonly name: string
  /** `--training-epochs` */
  readonly flag: string
  readonly variable: string
  /** What the schema's `.describe()` says, or ''. */
  readonly description: string
  /** Undefined for a parameter that has to be given. */
  readonly defaultText: string | undefined
}

export function describeParameters({ parameters = {} }: FlowDefinition): ParameterDescription[] {
  return Object.entries(parameters).map(([name, schema]) => {
    const type = schema as z.ZodType
    const fallback = type.safeParse(undefined)
    return {
      name,
      flag: `--${kebabCase(name)}`,
      variable: parameterVariable(name),
      description: type.description ?? '',
      defaultText: fallback.success ? (JSON.stringify(fallback.data) ?? 'none') : undefined,
    }
  })
}
