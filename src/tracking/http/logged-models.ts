/** The part of the client over HTTP that keeps logged models. */
import { z } from 'zod'
import { hasCode } from '../../core/index.ts'
import { type LoggedModelStore } from '../tracking-store.ts'
import { type Connection } from './connection.ts'
import { loggedModelSchema } from './model-wire.ts'
import { nextPage, pageOf, pairsJson, parseAnswer } from './wire.ts'

const PATH = '/api/2.0/mlflow/logged-models'

const one = z.object({ model: loggedModelSchema })
const many = z.object({ models: z.array(loggedModelSchema).default([]), ...nextPage })

export function httpLoggedModels({ get, send }: Connection): LoggedModelStore {
  return {
    createLoggedModel: async (experimentId, { name, sourceRunId, modelType, params, tags } = {}) => {
      const body = { experiment_id: experimentId, name, source_run_id: sourceRunId, model_type: modelType }
      const answer = await send('POST', PATH, { ...body, params: pairsJson(params), tags: pairsJson(tags) })
      return parseAnswer(one, answer).model
    },
    getLoggedModel: async (modelId, { allowDeleted = false } = {}) => {
      try {
        return parseAnswer(one, await get(pathOf(modelId), {})).model
      } catch (error) {
        if (!allowDeleted || !hasCode(error, 'RESOURCE_DOES_NOT_EXIST')) throw error
      }
      // MLflow's answers do not say that a model is deleted; that it is only seen when asked for so does.
      const { model } = parseAnswer(one, await get(pathOf(modelId), { allow_deleted: true }))
      return { ...model, lifecycleStage: 'deleted' }
    },
    finalizeLoggedModel: async (modelId, status) => {
      const body = { model_id: modelId, status: `LOGGED_MODEL_${status}` }
      return parseAnswer(one, await send('PATCH', pathOf(modelId), body)).model
    },
    deleteLoggedModel: async (modelId) => {
      await send('DELETE', pathOf(modelId), {})
    },
    logLoggedModelParams: async (modelId, params) => {
      await send('POST', `${pathOf(modelId)}/params`, { model_id: modelId, params: pairsJson(params) })
    },
    setLoggedModelTags: async (modelId, tags) => {
      await send('PATCH', `${pathOf(modelId)}/tags`, { model_id: modelId, tags: pairsJson(tags) })
    },
    deleteLoggedModelTag: async (modelId, key) => {
      await send('DELETE', `${pathOf(modelId)}/tags/${encodeURIComponent(key)}`, {})
    },
    searchLoggedModels: async ({ experimentIds, filter, datasets = [], orderBy = [], maxResults, pageToken }) => {
      const order_by = orderBy.map(({ field, descending = false, datasetName, datasetDigest }) => ({
        field_name: field,
        ascending: !descending,
        dataset_name: datasetName,
        dataset_digest: datasetDigest,
      }))
      const measured = datasets.map(({ datasetName, datasetDigest }) => ({
        dataset_name: datasetName,
        dataset_digest: datasetDigest,
      }))
      const page = { max_results: maxResults, page_token: pageToken }
      const body = { experiment_ids: experimentIds, filter, datasets: measured, order_by, ...page }
      const answer = parseAnswer(many, await send('POST', `${PATH}/search`, body))
      return pageOf(answer.models, answer)
    },
    logModelInputs: async (runId, modelIds) => {
      const models = modelIds.map((model_id) => ({ model_id }))
      await send('POST', '/api/2.0/mlflow/runs/log-inputs', { run_id: runId, models })
    },
    logModelOutputs: async (runId, outputs) => {
      const models = outputs.map(({ modelId, step }) => ({ model_id: modelId, step }))
      await send('POST', '/api/2.0/mlflow/runs/outputs', { run_id: runId, models })
    },
  }
}

function pathOf(modelId: string): string {
  return `${PATH}/${encodeURIComponent(modelId)}`
}
