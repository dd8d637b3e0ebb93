/** Experiments of the tracking server. */
import { z } from 'zod'
import { pairsField, nothing } from './fields.ts'
import { ask, mlflow } from './http.ts'

export type LifecycleStage = 'active' | 'deleted'

const experimentField = z
  .object({
    experiment_id: z.string(),
    name: z.string(),
    artifact_location: z.string().default(''),
    lifecycle_stage: z.enum(['active', 'deleted']),
    creation_time: z.number().optional(),
    last_update_time: z.number().optional(),
    tags: pairsField,
  })
  .transform((experiment) => ({
    experimentId: experiment.experiment_id,
    name: experiment.name,
    artifactLocation: experiment.artifact_location,
    lifecycleStage: experiment.lifecycle_stage,
    creationTime: experiment.creation_time,
    lastUpdateTime: experiment.last_update_time,
    tags: experiment.tags,
  }))

export type Experiment = z.output<typeof experimentField>

const searchAnswer = z.object({
  experiments: z.array(experimentField).default([]),
  next_page_token: z.string().optional(),
})

export async function searchExperiments(
  request: { readonly filter?: string; readonly stage: LifecycleStage },
  signal?: AbortSignal,
): Promise<readonly Experiment[]> {
  const found: Experiment[] = []
  let pageToken: string | undefined
  do {
    const body = {
      filter: request.filter ?? '',
      view_type: request.stage === 'active' ? 'ACTIVE_ONLY' : 'DELETED_ONLY',
      max_results: 1000,
      ...(pageToken !== undefined && { page_token: pageToken }),
    }
    const page = await ask(searchAnswer, 'POST', `${mlflow}/experiments/search`, { body, signal })
    found.push(...page.experiments)
    pageToken = page.next_page_token
  } while (pageToken !== undefined && pageToken !== '')
  return found
}

const oneAnswer = z.object({ experiment: experimentField })

export async function getExperiment(experimentId: string, signal?: AbortSignal): Promise<Experiment> {
  const query = { experiment_id: experimentId }
  return (await ask(oneAnswer, 'GET', `${mlflow}/experiments/get`, { query, signal })).experiment
}

export async function createExperiment(name: string): Promise<string> {
  const answer = z.object({ experiment_id: z.string() })
  return (await ask(answer, 'POST', `${mlflow}/experiments/create`, { body: { name } })).experiment_id
}

export async function renameExperiment(experimentId: string, name: string): Promise<void> {
  const body = { experiment_id: experimentId, new_name: name }
  await ask(nothing, 'POST', `${mlflow}/experiments/update`, { body })
}

export async function deleteExperiment(experimentId: string): Promise<void> {
  await ask(nothing, 'POST', `${mlflow}/experiments/delete`, { body: { experiment_id: experimentId } })
}

export async function restoreExperiment(experimentId: string): Promise<void> {
  await ask(nothing, 'POST', `${mlflow}/experiments/restore`, { body: { experiment_id: experimentId } })
}
