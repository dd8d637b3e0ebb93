/** From configuration to a backend. */
import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { resolve } from 'node:path'
import { z } from 'zod'
import { asError, MillraceError, parseJson, parseWith } from '../core/index.ts'
import type { Capture } from '../serve/index.ts'
import type { Backend } from './backend.ts'
import { fileBackend } from './file-backend.ts'
import { localEndpoint } from './endpoint.ts'
import { sqliteBackend } from './sqlite-backend.ts'

/**
 * `module` says which backend: `backend.Local` (SQLite, also `local`), `backend.Jsonl`, `backend.Csv`, or a module of
 * one's own, `./my-backend.ts`, whose default export makes a backend of the whole configuration.
 */
export interface BackendConfig {
  readonly module?: string | undefined
  readonly [key: string]: unknown
}

const target = z.url({ protocol: /^https?$/ }).default(localEndpoint)

const kinds = {
  local: (config: object) =>
    sqliteBackend(
      parse(
        'local',
        z.strictObject({ module: z.string().optional(), database: z.string().default('data/production.db'), target }),
        config,
      ),
    ),
  jsonl: (config: object) => fileBackend(parse('jsonl', fileSchema(/\.jsonl$/), config)),
  csv: (config: object) => fileBackend(parse('csv', fileSchema(/\.csv$/), config)),
} as const satisfies Record<string, (config: object) => Backend>

/**
 * The backend that `config` describes; SQLite in `data/production.db` unless it says otherwise.
 *
 * @throws MillraceError INVALID_CONFIG for an unknown kind, key or value, or a module that makes no backend
 */
export async function openBackend(config: BackendConfig = {}): Promise<Backend> {
  const { module = 'local' } = config
  const kind = module.replace(/^backend\./, '').toLowerCase()
  if (isKind(kind)) return kinds[kind](config)
  if (/^\.{0,2}\/|^file:/.test(module)) return await ownBackend(module, config)
  throw new MillraceError(
    'INVALID_CONFIG',
    `There is no backend "${module}". There are: backend.Local, backend.Jsonl, backend.Csv, or a module of your own (./my-backend.ts).`,
  )
}

/**
 * The backend on one file: SQLite for a name that ends in .db, .sqlite or .sqlite3, else JSON Lines or CSV.
 *
 * @throws MillraceError INVALID_ARGUMENT for a file of another kind
 */
export function backendOfFile(file: string): Backend {
  return /\.(db|sqlite3?)$/.test(file) ? sqliteBackend({ database: file }) : fileBackend({ file })
}

/** What a server needs of a backend to keep what it was asked; closing the server closes the backend. */
export function captureBy(backend: Backend): Capture {
  return {
    save: async ({ input, answers }) => await backend.save(input, answers),
    close: async () => await backend[Symbol.asyncDispose](),
  }
}

/**
 * The backend that the environment describes: MODEL_BACKEND (see `BackendConfig.module`), MODEL_BACKEND_CONFIG (a JSON
 * file with the rest) and MODEL_BACKEND_DATABASE (the SQLite file).
 *
 * @throws MillraceError INVALID_CONFIG as openBackend, and for a file that cannot be read
 */
export async function backendFromEnvironment(environment: NodeJS.ProcessEnv = process.env): Promise<Backend> {
  const { MODEL_BACKEND: module, MODEL_BACKEND_CONFIG: file, MODEL_BACKEND_DATABASE: database } = environment
  const config = file === undefined ? {} : await readConfig(file)
  return await openBackend({
    ...config,
    ...(module !== undefined && { module }),
    ...(database !== undefined && { database }),
  })
}

async function readConfig(file: string): Promise<Record<string, unknown>> {
  try {
    return parseJson(z.record(z.string(), z.unknown()), await readFile(file, 'utf8'), file)
  } catch (error) {
    if (error instanceof MillraceError) throw error
    throw new MillraceError('INVALID_CONFIG', `Cannot read MODEL_BACKEND_CONFIG: ${asError(error).message}.`, {
      cause: error,
    })
  }
}

async function ownBackend(module: string, config: BackendConfig): Promise<Backend> {
  const url = module.startsWith('file:') ? module : pathToFileURL(resolve(module)).href
  try {
    const { default: make } = (await import(url)) as { default?: unknown }
    if (typeof make !== 'function') throw new TypeError('it has no default export that is a function')
    return (await make(config)) as Backend
  } catch (error) {
    throw new MillraceError('INVALID_CONFIG', `Cannot make the backend ${module}: ${asError(error).message}.`, {
      cause: error,
    })
  }
}

function fileSchema(ending: RegExp): z.ZodType<{ file: string; target: string }> {
  return z.strictObject({ module: z.string().optional(), file: z.string().regex(ending), target })
}

function parse<T>(kind: string, schema: z.ZodType<T>, config: object): T {
  return parseWith(schema, config, `configuration of the backend "${kind}"`, 'INVALID_CONFIG')
}

function isKind(kind: string): kind is keyof typeof kinds {
  return Object.hasOwn(kinds, kind)
}
