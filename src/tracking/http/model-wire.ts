/** MLflow's JSON of logged models, registered models and their versions as our entities. */
import { z } from 'zod'
import {
  type LoggedModel,
  type LoggedModelStatus,
  type ModelStage,
  type ModelVersion,
  type RegisteredModel,
  type RegistryChange,
} from '../entities.ts'
import { integer, list, metricFields, pairs, part, text, time } from './wire.ts'

const modelMetric = z
  .object({
    ...metricFields,
    run_id: text,
    dataset_name: z.string().optional(),
    dataset_digest: z.string().optional(),
  })
  .transform(({ run_id, dataset_name, dataset_digest, ...metric }) => ({
    ...metric,
    runId: run_id,
    ...(dataset_name !== undefined && { datasetName: dataset_name }),
    ...(dataset_digest !== undefined && { datasetDigest: dataset_digest }),
  }))

export const loggedModelSchema: z.ZodType<LoggedModel> = z
  .object({
    info: z.object({
      model_id: z.string(),
      experiment_id: text,
      name: text,
      artifact_uri: text,
      creation_timestamp_ms: integer.default(0),
      last_updated_timestamp_ms: integer.default(0),
      status: z.string().default('LOGGED_MODEL_PENDING'),
      status_message: text,
      model_type: text,
      source_run_id: text,
      tags: pairs,
    }),
    data: part({ params: pairs, metrics: list(modelMetric) }),
  })
  .transform(({ info, data }) => ({
    modelId: info.model_id,
    experimentId: info.experiment_id,
    name: info.name,
    artifactLocation: info.artifact_uri,
    creationTime: info.creation_timestamp_ms,
    lastUpdatedTime: info.last_updated_timestamp_ms,
    status: info.status.replace('LOGGED_MODEL_', '') as LoggedModelStatus,
    statusMessage: info.status_message,
    modelType: info.model_type,
    sourceRunId: info.source_run_id,
    lifecycleStage: 'active',
    params: data.params,
    tags: info.tags,
    metrics: data.metrics,
  }))

export const modelVersionSchema: z.ZodType<ModelVersion> = z
  .object({
    name: z.string(),
    version: integer,
    creation_timestamp: time,
    last_updated_timestamp: time,
    description: text,
    user_id: text,
    current_stage: z.string().default('None'),
    source: text,
    run_id: text,
    run_link: text,
    status: z.string().default('READY'),
    status_message: text,
    tags: pairs,
    aliases: list(z.string()),
  })
  .transform((json) => ({
    name: json.name,
    version: json.version,
    ...timesOf(json),
    description: json.description,
    userId: json.user_id,
    currentStage: json.current_stage as ModelStage,
    source: json.source,
    runId: json.run_id,
    runLink: json.run_link,
    status: json.status,
    statusMessage: json.status_message,
    tags: json.tags,
    aliases: json.aliases,
  }))

export const registeredModelSchema: z.ZodType<RegisteredModel> = z
  .object({
    name: z.string(),
    creation_timestamp: time,
    last_updated_timestamp: time,
    description: text,
    tags: pairs,
    aliases: list(z.object({ alias: z.string(), version: integer })),
    latest_versions: list(modelVersionSchema),
  })
  .transform((json) => ({
    name: json.name,
    ...timesOf(json),
    description: json.description,
    tags: json.tags,
    aliases: Object.fromEntries(json.aliases.map(({ alias, version }) => [alias, version])),
    latestVersions: json.latest_versions,
  }))

export const registryChangeSchema: z.ZodType<RegistryChange> = z
  .object({
    name: z.string(),
    action: z.enum([
      'alias_set',
      'alias_deleted',
      'stage_changed',
      'version_deleted',
      'model_renamed',
      'model_deleted',
    ]),
    timestamp: integer,
    user: text,
    reason: text,
    version: time,
    alias: z.string().optional(),
    from: z.string().optional(),
    to: z.string().optional(),
  })
  .transform(({ timestamp, version, alias, from, to, ...change }) => ({
    ...change,
    time: timestamp,
    ...(version !== undefined && { version }),
    ...(alias !== undefined && { alias }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  }))

function timesOf(json: {
  readonly creation_timestamp?: number | undefined
  readonly last_updated_timestamp?: number | undefined
}): { creationTime?: number; lastUpdatedTime?: number } {
  return {
    ...(json.creation_timestamp !== undefined && { creationTime: json.creation_timestamp }),
    ...(json.last_updated_timestamp !== undefined && { lastUpdatedTime: json.last_updated_timestamp }),
  }
}
