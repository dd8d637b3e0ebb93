/**
 * The parameters of a run: from flags, the environment, a configuration file and defaults, in that order. An error says
 * which parameter, what was expected, what was found and where it came from.
 */
import type { z } from 'zod'
import { MillraceError, parseWith, shownValue, suggest } from '../core/index.ts'
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
  readonly environment?: Environment
}

type Environment = Readonly<Record<string, string | undefined>>

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
  flow: FlowDefinition,
  { parameters = {}, configFile, environment = process.env }: ParameterSources,
): Promise<RunInputs> {
  const { parameters: shape = {}, config: schema } = flow
  const names = Object.keys(shape)
  const { inFile, rest } = configFile === undefined ? nothingInFile : await readFrom(configFile, flow, environment)
  // A later one of the same name takes the place of an earlier one.
  const found = new Map([...inFile, ...findInEnvironment(names, environment), ...findInCall(parameters, flow)])
  const values = Object.entries(shape).map(([name, type]) => [
    name,
    parseParameter(name, type as z.ZodType, found.get(name)),
  ])
  const config = schema === undefined ? undefined : parseWith(schema, rest, 'The configuration')
  return { parameters: Object.fromEntries(values) as Readonly<Record<string, unknown>>, config }
}

/** A value of a parameter, not yet parsed. */
interface Found {
  readonly value: unknown
  /** Text is read as a number, true or JSON where the schema wants that. */
  readonly isText?: boolean
  readonly source: string
}

type FoundEntry = readonly [name: string, found: Found]

interface InFile {
  readonly inFile: readonly FoundEntry[]
  /** What are no parameters. */
  readonly rest: Readonly<Record<string, unknown>>
}

const nothingInFile: InFile = { inFile: [], rest: {} }

async function readFrom(path: string, flow: FlowDefinition, environment: Environment): Promise<InFile> {
  // YAML and the classes of zod are loaded only for who has a file.
  const { checkRest, readConfigFile } = await import('./config-file.ts')
  const names = Object.keys(flow.parameters ?? {})
  const entries = Object.entries(await readConfigFile(path, environment))
  const inFile = entries.flatMap(([key, value]): FoundEntry[] => {
    const name = nameOf(key, names)
    return name === undefined ? [] : [[name, { value, source: `${path}, key "${key}"` }]]
  })
  const rest = Object.fromEntries(entries.filter(([key]) => nameOf(key, names) === undefined))
  checkRest(rest, { schema: flow.config, configFile: path, names, flowName: flow.name })
  return { inFile, rest }
}

function findInEnvironment(names: readonly string[], environment: Environment): FoundEntry[] {
  return names.flatMap((name): FoundEntry[] => {
    const variable = parameterVariable(name)
    const value = environment[variable]
    return value === undefined ? [] : [[name, { value, isText: true, source: `the variable ${variable}` }]]
  })
}

function findInCall(given: Readonly<Record<string, unknown>>, flow: FlowDefinition): FoundEntry[] {
  const names = Object.keys(flow.parameters ?? {})
  return Object.entries(given).map(([key, value]) => {
    const name = nameOf(key, names)
    if (name === undefined) throw unknownParameter(key, flow.name, names)
    return [name, { value, isText: typeof value === 'string', source: 'the call or command line' }]
  })
}

/** The parameter that `key` means, in whichever spelling. */
function nameOf(key: string, names: readonly string[]): string | undefined {
  return names.find((name) => sameNameKey(name) === sameNameKey(key))
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
  // Text is what it looks like, unless the schema wants text.
  const readings = found.isText === true ? [found.value, readText(String(found.value))] : [found.value]
  const results = readings.map((value) => type.safeParse(value))
  const fitting = results.find(({ success }) => success)
  if (fitting !== undefined) return fitting.data
  const problems = (results.at(-1)?.error?.issues ?? [])
    .map(({ message, path }) => [...path.map(String), message].join(': '))
    .join('; ')
  throw new MillraceError(
    'INVALID_CONFIG',
    `The parameter "${name}" is not valid: ${problems}. Found ${JSON.stringify(shownValue(found.value))} from ${found.source}.`,
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
  /** Without passwords; undefined for a parameter that has to be given. */
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
      defaultText: fallback.success ? (JSON.stringify(shownValue(fallback.data)) ?? 'none') : undefined,
    }
  })
}
