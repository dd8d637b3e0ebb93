/** The part of the client over HTTP that keeps experiments. */
import { z } from 'zod'
import { hasCode } from '../../core/index.ts'
import { type ExperimentStore } from '../tracking-store.ts'
import { type Connection } from './connection.ts'
import { experimentSchema, nextPage, pageOf, pairsJson, parseAnswer } from './wire.ts'

const PATH = '/api/2.0/mlflow/experiments'

const one = z.object({ experiment: experimentSchema })
const many = z.object({ experiments: z.array(experimentSchema).default([]), ...nextPage })

export function httpExperiments({ get, send }: Connection): ExperimentStore {
  const post = async (action: string, body: Readonly<Record<string, unknown>>): Promise<unknown> =>
    await send('POST', `${PATH}/${action}`, body)
  return {
    createExperiment: async (name, { artifactLocation, tags } = {}) => {
      const body = { name, artifact_location: artifactLocation, tags: pairsJson(tags) }
      return parseAnswer(z.object({ experiment_id: z.string() }), await post('create', body)).experiment_id
    },
    getExperiment: async (experimentId) =>
      parseAnswer(one, await get(`${PATH}/get`, { experiment_id: experimentId })).experiment,
    getExperimentByName: async (name) => {
      try {
        return parseAnswer(one, await get(`${PATH}/get-by-name`, { experiment_name: name })).experiment
      } catch (error) {
        if (hasCode(error, 'RESOURCE_DOES_NOT_EXIST')) return undefined
        throw error
      }
    },
    searchExperiments: async ({ filter, orderBy, maxResults = 1000, pageToken, viewType } = {}) => {
      const body = { filter, order_by: orderBy, max_results: maxResults, page_token: pageToken, view_type: viewType }
      const answer = parseAnswer(many, await post('search', body))
      return pageOf(answer.experiments, answer)
    },
    renameExperiment: async (experimentId, newName) => {
      await post('update', { experiment_id: experimentId, new_name: newName })
    },
    deleteExperiment: async (experimentId) => {
      await post('delete', { experiment_id: experimentId })
    },
    restoreExperiment: async (experimentId) => {
      await post('restore', { experiment_id: experimentId })
    },
    setExperimentTag: async (experimentId, key, value) => {
      await post('set-experiment-tag', { experiment_id: experimentId, key, value })
    },
    deleteExperimentTag: async (experimentId, key) => {
      await post('delete-experiment-tag', { experiment_id: experimentId, key })
    },
  }
}
