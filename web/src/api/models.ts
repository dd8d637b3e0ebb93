/** Registered models and their versions. Prompts are kept beside them; the server leaves them out of its lists. */
import { z } from 'zod'
import { pairsField, nothing } from './fields.ts'
import { addressOf, ask, mlflow, readText } from './http.ts'

export const stages = ['None', 'Staging', 'Production', 'Archived'] as const
export type Stage = (typeof stages)[number]

/** The name of the alias that names the version in use, by convention. */
export const championAlias = 'champion'

const versionField = z
  .object({
    name: z.string(),
    version: z.coerce.number(),
    creation_timestamp: z.number().optional(),
    last_updated_timestamp: z.number().optional(),
    user_id: z.string().default(''),
    current_stage: z.enum(stages).catch('None'),
    description: z.string().default(''),
    source: z.string().default(''),
    run_id: z.string().default(''),
    status: z.string().default('READY'),
    status_message: z.string().default(''),
    tags: pairsField,
    aliases: z.array(z.string()).default([]),
  })
  .transform((version) => ({
    name: version.name,
    version: version.version,
    creationTime: version.creation_timestamp,
    lastUpdatedTime: version.last_updated_timestamp,
    userId: version.user_id,
    stage: version.current_stage,
    description: version.description,
    source: version.source,
    runId: version.run_id === '' ? undefined : version.run_id,
    status: version.status,
    statusMessage: version.status_message,
    tags: version.tags,
    aliases: version.aliases,
  }))

export type ModelVersion = z.output<typeof versionField>

const modelField = z
  .object({
    name: z.string(),
    creation_timestamp: z.number().optional(),
    last_updated_timestamp: z.number().optional(),
    description: z.string().default(''),
    latest_versions: z.array(versionField).default([]),
    tags: pairsField,
    aliases: z
      .array(z.object({ alias: z.string(), version: z.coerce.number() }))
      .default([])
      .transform((aliases) => Object.fromEntries(aliases.map(({ alias, version }) => [alias, version]))),
  })
  .transform((model) => ({
    name: model.name,
    creationTime: model.creation_timestamp,
    lastUpdatedTime: model.last_updated_timestamp,
    description: model.description,
    /** The newest version of each stage that has one. */
    latestVersions: model.latest_versions,
    tags: model.tags,
    /** Version by alias. */
    aliases: model.aliases as Readonly<Record<string, number>>,
  }))

export type RegisteredModel = z.output<typeof modelField>

const models = `${mlflow}/registered-models`
const versions = `${mlflow}/model-versions`

const pageToken = z
  .string()
  .optional()
  .transform((token) => (token === '' ? undefined : token))

/** All pages of a search, one after the other. */
async function allPages<T>(
  ask: (token: string | undefined) => Promise<{ readonly items: readonly T[]; readonly next: string | undefined }>,
): Promise<readonly T[]> {
  const found: T[] = []
  let token: string | undefined
  do {
    const page = await ask(token)
    found.push(...page.items)
    token = page.next
  } while (token !== undefined)
  return found
}

const modelsAnswer = z
  .object({ registered_models: z.array(modelField).default([]), next_page_token: pageToken })
  .transform(({ registered_models: items, next_page_token: next }) => ({ items, next }))

/** All registered models, by name. */
export async function listModels(signal?: AbortSignal): Promise<readonly RegisteredModel[]> {
  return await allPages(async (token) => {
    const query = { max_results: 1000, page_token: token }
    return await ask(modelsAnswer, 'GET', `${models}/search`, { query, signal })
  })
}

const modelAnswer = z.object({ registered_model: modelField })

export async function getModel(name: string, signal?: AbortSignal): Promise<RegisteredModel> {
  return (await ask(modelAnswer, 'GET', `${models}/get`, { query: { name }, signal })).registered_model
}

export async function createModel(name: string): Promise<void> {
  await ask(nothing, 'POST', `${models}/create`, { body: { name } })
}

export async function describeModel(name: string, description: string): Promise<void> {
  await ask(nothing, 'PATCH', `${models}/update`, { body: { name, description } })
}

export async function renameModel(name: string, newName: string): Promise<void> {
  await ask(nothing, 'POST', `${models}/rename`, { body: { name, new_name: newName } })
}

export async function deleteModel(name: string, reason: string): Promise<void> {
  await ask(nothing, 'DELETE', `${models}/delete`, { body: { name, ...noteOf(reason) } })
}

export async function setModelTag(name: string, key: string, value: string): Promise<void> {
  await ask(nothing, 'POST', `${models}/set-tag`, { body: { name, key, value } })
}

export async function deleteModelTag(name: string, key: string): Promise<void> {
  await ask(nothing, 'DELETE', `${models}/delete-tag`, { body: { name, key } })
}

const versionsAnswer = z
  .object({ model_versions: z.array(versionField).default([]), next_page_token: pageToken })
  .transform(({ model_versions: items, next_page_token: next }) => ({ items, next }))

/** All versions of a model, newest first. */
export async function listVersions(name: string, signal?: AbortSignal): Promise<readonly ModelVersion[]> {
  // Filters know no way to write a quote inside quotes; `_` of LIKE stands for any character.
  const filter = name.includes("'") ? `name LIKE '${name.replaceAll("'", '_')}'` : `name = '${name}'`
  const found = await allPages(async (token) => {
    const query = { filter, max_results: 10_000, page_token: token }
    return await ask(versionsAnswer, 'GET', `${versions}/search`, { query, signal })
  })
  return found.filter((version) => version.name === name).toSorted((a, b) => b.version - a.version)
}

const versionAnswer = z.object({ model_version: versionField })

export async function getVersion(name: string, version: number, signal?: AbortSignal): Promise<ModelVersion> {
  const query = { name, version }
  return (await ask(versionAnswer, 'GET', `${versions}/get`, { query, signal })).model_version
}

export async function describeVersion(name: string, version: number, description: string): Promise<void> {
  await ask(nothing, 'PATCH', `${versions}/update`, { body: { name, version: String(version), description } })
}

export async function deleteVersion(name: string, version: number, reason: string): Promise<void> {
  await ask(nothing, 'DELETE', `${versions}/delete`, { body: { name, version: String(version), ...noteOf(reason) } })
}

export async function setVersionTag(name: string, version: number, key: string, value: string): Promise<void> {
  await ask(nothing, 'POST', `${versions}/set-tag`, { body: { name, version: String(version), key, value } })
}

export async function deleteVersionTag(name: string, version: number, key: string): Promise<void> {
  await ask(nothing, 'DELETE', `${versions}/delete-tag`, { body: { name, version: String(version), key } })
}

export interface StageMove {
  readonly stage: Stage
  /** Whether the versions that are in the stage now are archived. */
  readonly archiveExisting: boolean
  readonly reason: string
}

export async function moveStage(
  name: string,
  version: number,
  { stage, archiveExisting, reason }: StageMove,
): Promise<void> {
  const fields = { name, version: String(version), stage, archive_existing_versions: archiveExisting }
  await ask(nothing, 'POST', `${versions}/transition-stage`, { body: { ...fields, ...noteOf(reason) } })
}

export async function setAlias(name: string, alias: string, version: number, reason: string): Promise<void> {
  const body = { name, alias, version: String(version), ...noteOf(reason) }
  await ask(nothing, 'POST', `${models}/alias`, { body })
}

export async function deleteAlias(name: string, alias: string, reason: string): Promise<void> {
  await ask(nothing, 'DELETE', `${models}/alias`, { body: { name, alias, ...noteOf(reason) } })
}

/** Millrace's own field; MLflow's server leaves it aside. */
function noteOf(reason: string): { readonly reason?: string } {
  return reason === '' ? {} : { reason }
}

/** Where the browser finds a file of a version's model folder. */
export function versionFileAddress({ name, version }: Pick<ModelVersion, 'name' | 'version'>, path: string): string {
  return addressOf('model-versions/get-artifact', { name, version, path })
}

/** A text file of a version's model folder. @throws ServerError */
export async function readVersionFile(
  version: Pick<ModelVersion, 'name' | 'version'>,
  path: string,
  signal?: AbortSignal,
): Promise<string> {
  return await readText(versionFileAddress(version, path), signal)
}
