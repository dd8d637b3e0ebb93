/** The part of the client over HTTP that keeps registered models and their versions. */
import { z } from 'zod'
import { MillraceError } from '../../core/index.ts'
import { joinUri, parseModelUri } from '../model-uri.ts'
import { type RegistryStore, type RunStore } from '../tracking-store.ts'
import { type Connection, NoSuchPath } from './connection.ts'
import { modelVersionSchema, registeredModelSchema, registryChangeSchema } from './model-wire.ts'
import { nextPage, pageOf, pairsJson, parseAnswer } from './wire.ts'

const MODELS = '/api/2.0/mlflow/registered-models'
const VERSIONS = '/api/2.0/mlflow/model-versions'

const oneModel = z.object({ registered_model: registeredModelSchema })
const manyModels = z.object({ registered_models: z.array(registeredModelSchema).default([]), ...nextPage })
const oneVersion = z.object({ model_version: modelVersionSchema })
const manyVersions = z.object({ model_versions: z.array(modelVersionSchema).default([]), ...nextPage })

const manyChanges = z.object({ changes: z.array(registryChangeSchema).default([]), ...nextPage })

type Change = ['POST' | 'PATCH' | 'DELETE', string, Readonly<Record<string, unknown>>]

/** @param user whose changes these are, unless a change says otherwise */
export function httpRegistry(
  { url, get, send }: Connection,
  runs: Pick<RunStore, 'getRun'>,
  user: string,
): RegistryStore {
  const change = async (...request: Change): Promise<void> => {
    await send(...request)
  }
  const changeModel = async (...request: Change): Promise<z.output<typeof registeredModelSchema>> =>
    parseAnswer(oneModel, await send(...request)).registered_model
  const changeVersion = async (...request: Change): Promise<z.output<typeof modelVersionSchema>> =>
    parseAnswer(oneVersion, await send(...request)).model_version
  return {
    createRegisteredModel: async (name, { tags, description } = {}) =>
      await changeModel('POST', `${MODELS}/create`, { name, tags: pairsJson(tags), description }),
    getRegisteredModel: async (name) => parseAnswer(oneModel, await get(`${MODELS}/get`, { name })).registered_model,
    renameRegisteredModel: async (name, newName, note) =>
      await changeModel('POST', `${MODELS}/rename`, { name, new_name: newName, user, ...note }),
    updateRegisteredModel: async (name, { description }) =>
      await changeModel('PATCH', `${MODELS}/update`, { name, description }),
    deleteRegisteredModel: async (name, note) => await change('DELETE', `${MODELS}/delete`, { name, user, ...note }),
    searchRegisteredModels: async ({ filter, orderBy, maxResults = 100, pageToken } = {}) => {
      const query = {
        filter: withoutPrompts(filter),
        order_by: orderBy,
        max_results: maxResults,
        page_token: pageToken,
      }
      const answer = parseAnswer(manyModels, await get(`${MODELS}/search`, query))
      return pageOf(answer.registered_models, answer)
    },
    setRegisteredModelTag: async (name, key, value) => await change('POST', `${MODELS}/set-tag`, { name, key, value }),
    deleteRegisteredModelTag: async (name, key) => await change('DELETE', `${MODELS}/delete-tag`, { name, key }),
    setRegisteredModelAlias: async (name, alias, version, note) =>
      await change('POST', `${MODELS}/alias`, { name, alias, version: String(version), user, ...note }),
    deleteRegisteredModelAlias: async (name, alias, note) =>
      await change('DELETE', `${MODELS}/alias`, { name, alias, user, ...note }),

    createModelVersion: async (name, source, { runId, runLink, description, tags } = {}) => {
      const uri = parseModelUri(source)
      const run_id = runId ?? (uri.kind === 'run' ? uri.runId : undefined)
      const model_id = uri.kind === 'logged' ? uri.modelId : undefined
      const body = { name, source, run_id, model_id, run_link: runLink, description, tags: pairsJson(tags) }
      return await changeVersion('POST', `${VERSIONS}/create`, body)
    },
    getModelVersion: async (name, version) =>
      parseAnswer(oneVersion, await get(`${VERSIONS}/get`, { name, version })).model_version,
    getModelVersionByAlias: async (name, alias) =>
      parseAnswer(oneVersion, await get(`${MODELS}/alias`, { name, alias })).model_version,
    getLatestVersions: async (name, stages) => {
      const answer = await send('POST', `${MODELS}/get-latest-versions`, { name, stages })
      return parseAnswer(manyVersions, answer).model_versions
    },
    searchModelVersions: async ({ filter, orderBy, maxResults = 10_000, pageToken } = {}) => {
      const query = { filter, order_by: orderBy, max_results: maxResults, page_token: pageToken }
      const answer = parseAnswer(manyVersions, await get(`${VERSIONS}/search`, query))
      return pageOf(answer.model_versions, answer)
    },
    updateModelVersion: async (name, version, { description }) =>
      await changeVersion('PATCH', `${VERSIONS}/update`, { name, version: String(version), description }),
    deleteModelVersion: async (name, version, note) =>
      await change('DELETE', `${VERSIONS}/delete`, { name, version: String(version), user, ...note }),
    transitionModelVersionStage: async (name, version, stage, { archiveExistingVersions = false, ...note } = {}) => {
      const move = { name, version: String(version), stage, archive_existing_versions: archiveExistingVersions }
      const body = { ...move, user, ...note }
      return await changeVersion('POST', `${VERSIONS}/transition-stage`, body)
    },
    setModelVersionTag: async (name, version, key, value) =>
      await change('POST', `${VERSIONS}/set-tag`, { name, version: String(version), key, value }),
    deleteModelVersionTag: async (name, version, key) =>
      await change('DELETE', `${VERSIONS}/delete-tag`, { name, version: String(version), key }),
    getRegistryHistory: async (name, { maxResults, pageToken } = {}) => {
      const query = { name, max_results: maxResults, page_token: pageToken }
      const asked = get('/api/2.0/millrace/registered-models/history', query).catch((error: unknown) => {
        throw error instanceof NoSuchPath ? noHistory(url, error) : error
      })
      const answer = parseAnswer(manyChanges, await asked)
      return pageOf(answer.changes, answer)
    },
    getModelVersionDownloadUri: async (name, version) => {
      const answer = await get(`${VERSIONS}/get-download-uri`, { name, version })
      const uri = parseAnswer(z.object({ artifact_uri: z.string().default('') }), answer).artifact_uri
      // MLflow's server keeps such a source as it was given.
      const parsed = uri.startsWith('runs:/') ? parseModelUri(uri) : undefined
      if (parsed?.kind !== 'run') return uri
      return joinUri((await runs.getRun(parsed.runId)).info.artifactUri, parsed.path)
    },
  }
}

function noHistory(url: string, cause: unknown): MillraceError {
  const message = `The server at ${url} keeps no history of models. MLflow's own has none; "millrace server" keeps one.`
  return new MillraceError('RESOURCE_DOES_NOT_EXIST', message, { cause })
}

/** MLflow's server finds prompts among the models, unless it is told not to; ours leaves them out by itself. */
function withoutPrompts(filter = ''): string {
  if (/is_prompt|\bOR\b/i.test(filter)) return filter
  const clause = "tag.`mlflow.prompt.is_prompt` != 'true'"
  return filter.trim() === '' ? clause : `${filter} AND ${clause}`
}
