/** What the `meta.yaml` files of a file store say, as every version of MLflow since 1.0 has written them. */
import { z } from 'zod'

const text = z.string().nullish()
const time = z
  .int()
  .nullish()
  .transform((value) => value ?? null)
const lifecycle = z
  .enum(['active', 'deleted'])
  .nullish()
  .transform((stage) => stage ?? 'active')

export const experimentMeta = z.object({
  name: z.string(),
  artifact_location: text,
  lifecycle_stage: lifecycle,
  creation_time: time,
  last_update_time: time,
})

/** By their numbers. */
const runStatuses = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const
const sourceTypes = ['NOTEBOOK', 'JOB', 'PROJECT', 'LOCAL'] as const

export const runMeta = z.object({
  run_name: text,
  /** The same in old stores. */
  name: text,
  user_id: text,
  status: z
    .int()
    .min(1)
    .max(runStatuses.length)
    .transform((number) => runStatuses[number - 1]!),
  start_time: time,
  end_time: time,
  deleted_time: time,
  lifecycle_stage: lifecycle,
  artifact_uri: text,
  source_type: z
    .int()
    .nullish()
    .transform((number) => sourceTypes[(number ?? 0) - 1] ?? 'UNKNOWN'),
  source_name: text,
  entry_point_name: text,
  source_version: text,
})

export const datasetMeta = z.object({
  name: z.string(),
  digest: z.string(),
  source_type: z.string(),
  source: z.string(),
  schema: text,
  profile: text,
})

/** A data set or model that a run has used, or a model that came out of it. */
export const linkMeta = z.object({
  source_type: z.enum(['DATASET', 'MODEL', 'MODEL_INPUT', 'RUN_OUTPUT']),
  source_id: z.string(),
  destination_id: z.string(),
  step: z.int().nullish(),
  tags: z.record(z.string(), z.coerce.string()).nullish(),
})

export const loggedModelMeta = z.object({
  name: z.string(),
  artifact_location: z.string(),
  creation_timestamp: z.int(),
  last_updated_timestamp: z.int(),
  status: z.int().min(1).max(3),
  status_message: text,
  model_type: text,
  source_run_id: text,
  lifecycle_stage: lifecycle,
})

export const registeredModelMeta = z.object({
  name: z.string(),
  description: text,
  creation_timestamp: time,
  last_updated_timestamp: time,
})

export const modelVersionMeta = z.object({
  version: z.coerce.number().int().min(1),
  creation_timestamp: time,
  last_updated_timestamp: time,
  description: text,
  user_id: text,
  current_stage: text,
  source: text,
  storage_location: text,
  run_id: text,
  run_link: text,
  status: text,
  status_message: text,
})
