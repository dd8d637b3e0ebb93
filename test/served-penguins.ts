/** What tests of serving need: a registry with versions of a penguins model, rows, and asking. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { MlpOptions } from '../src/model/index.ts'
import type { ModelServer } from '../src/serve/index.ts'
import { openTracking, registerModel, type TrackingClient, withRun } from '../src/tracking/index.ts'
import { penguinsModel, readPenguins } from './penguins.ts'

export interface PenguinRegistry extends AsyncDisposable {
  /** Where everything is; removed on disposal. */
  readonly folder: string
  readonly trackingUri: string
  readonly client: TrackingClient
  /** Trains a version of "penguins" and returns its number. */
  register(options?: Partial<MlpOptions>): Promise<number>
  /** Sets the alias champion. */
  promote(version: number): Promise<void>
  /** The folder of a version. */
  folderOf(version: number): Promise<string>
}

export async function penguinRegistry(): Promise<PenguinRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-serve-'))
  const trackingUri = join(folder, 'mlflow.db')
  const client = await openTracking({ trackingUri })
  const table = await readPenguins()
  return {
    folder,
    trackingUri,
    client,
    register: async (options = {}) => {
      const runId = await withRun(client, {}, async (run) => {
        const { model } = await penguinsModel({ epochs: 2, ...options }).train(table)
        await model[Symbol.asyncDispose]()
        return run.runId
      })
      return (await registerModel(client, 'penguins', { runId })).version
    },
    promote: async (version) => await client.setRegisteredModelAlias('penguins', 'champion', version),
    folderOf: async (version) => fileURLToPath(await client.getModelVersionDownloadUri('penguins', version)),
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A penguin as requests have it. */
export const penguin = {
  island: 'Biscoe',
  culmen_length_mm: 48.6,
  culmen_depth_mm: 16,
  flipper_length_mm: 230,
  body_mass_g: 5800,
  sex: 'MALE',
} as const

export interface Reply {
  readonly status: number
  readonly headers: Headers
  /** JSON as its value, anything else as text. */
  readonly body: unknown
}

/** Sends `body` as JSON, or as it is when it is text already. */
export async function post(
  server: Pick<ModelServer, 'fetch'>,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return await replyOf(
    await server.fetch(
      new Request(`http://localhost${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    ),
  )
}

export async function get(server: Pick<ModelServer, 'fetch'>, path: string): Promise<Reply> {
  return await replyOf(await server.fetch(new Request(`http://localhost${path}`)))
}

/** The values of one metric, by its labels as they are printed. */
export async function metric(server: Pick<ModelServer, 'fetch'>, name: string): Promise<Record<string, number>> {
  const text = (await get(server, '/metrics')).body as string
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  return Object.fromEntries(
    lines.map((line) => {
      const [, labels = '', value = ''] = /^\w+(\{.*\})? (.*)$/.exec(line)!
      return [labels, Number(value)]
    }),
  )
}

export async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text()
  const isJson = response.headers.get('content-type') === 'application/json' && text.trim() !== ''
  return { status: response.status, headers: response.headers, body: isJson ? (JSON.parse(text) as unknown) : text }
}
