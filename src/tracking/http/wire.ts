/** MLflow's JSON of experiments and runs as our entities; that of models is in model-wire.ts. Fields that are not set are left out there; numbers may come as text. */
import { z } from 'zod'
import { parseWith } from '../../core/index.ts'
import { type DatasetInput, type Experiment, type Metric, type Run, type RunInfo, type RunStatus } from '../entities.ts'

/** What the server answered, as `schema` has it. @throws MillraceError ENDPOINT_FAILED when it does not fit */
export function parseAnswer<T>(schema: z.ZodType<T>, answer: unknown): T {
  return parseWith(schema, answer, "The tracking server's answer", 'ENDPOINT_FAILED')
}

export const text = z.string().default('')
export const integer = z.coerce.number()
/** A time of 0 is what old servers say for one that is not set. */
export const time = integer.optional().transform((value) => (value === 0 ? undefined : value))
const lifecycleStage = z.literal('deleted').or(z.string().transform(() => 'active' as const))

export function list<T extends z.ZodType>(item: T): z.ZodType<readonly z.output<T>[]> {
  return z
    .array(item)
    .nullish()
    .transform((items) => items ?? [])
}

export const pairs = list(z.object({ key: z.string(), value: text })).transform((items): Record<string, string> =>
  Object.fromEntries(items.map(({ key, value }) => [key, value])),
)

export const nextPage = { next_page_token: z.string().optional() }

/** `items` with the token of the next page, where there is one. */
export function pageOf<T>(
  items: readonly T[],
  { next_page_token }: { readonly next_page_token?: string | undefined },
): { items: readonly T[]; nextPageToken?: string } {
  return next_page_token === undefined || next_page_token === '' ? { items } : { items, nextPageToken: next_page_token }
}

export const experimentSchema: z.ZodType<Experiment> = z
  .object({
    experiment_id: z.string(),
    name: text,
    artifact_location: text,
    lifecycle_stage: lifecycleStage.default('active'),
    creation_time: time,
    last_update_time: time,
    tags: pairs,
  })
  .transform((json) => ({
    experimentId: json.experiment_id,
    name: json.name,
    artifactLocation: json.artifact_location,
    lifecycleStage: json.lifecycle_stage,
    ...(json.creation_time !== undefined && { creationTime: json.creation_time }),
    ...(json.last_update_time !== undefined && { lastUpdateTime: json.last_update_time }),
    tags: json.tags,
  }))

const number = z
  .number()
  .or(z.literal(['NaN', 'Infinity', '-Infinity']).transform(Number))
  .default(0)
export const metricFields = { key: z.string(), value: number, timestamp: integer.default(0), step: integer.default(0) }

export const metricSchema: z.ZodType<Metric> = z.object(metricFields)

export const runInfoSchema: z.ZodType<RunInfo> = z
  .object({
    run_id: z.string(),
    experiment_id: text,
    run_name: text,
    user_id: text,
    status: text,
    start_time: integer.optional(),
    end_time: time,
    artifact_uri: text,
    lifecycle_stage: lifecycleStage.default('active'),
  })
  .transform((json) => ({
    runId: json.run_id,
    experimentId: json.experiment_id,
    runName: json.run_name,
    userId: json.user_id,
    status: json.status as RunStatus,
    ...(json.start_time !== undefined && { startTime: json.start_time }),
    ...(json.end_time !== undefined && { endTime: json.end_time }),
    artifactUri: json.artifact_uri,
    lifecycleStage: json.lifecycle_stage,
  }))

const datasetInput: z.ZodType<DatasetInput> = z
  .object({
    tags: pairs,
    dataset: z.object({
      name: text,
      digest: text,
      source_type: text,
      source: text,
      schema: z.string().optional(),
      profile: z.string().optional(),
    }),
  })
  .transform(({ tags, dataset: { source_type, schema, profile, ...dataset } }) => ({
    tags,
    dataset: {
      ...dataset,
      sourceType: source_type,
      ...(schema !== undefined && { schema }),
      ...(profile !== undefined && { profile }),
    },
  }))

/** An object that is left out when nothing in it is set. */
export function part<S extends z.ZodRawShape>(shape: S): z.ZodType<z.output<z.ZodObject<S>>> {
  return z.preprocess((value) => value ?? {}, z.object(shape))
}

const modelOutput = z
  .object({ model_id: z.string(), step: integer.default(0) })
  .transform(({ model_id, step }) => ({ modelId: model_id, step }))

export const runSchema: z.ZodType<Run> = z
  .object({
    info: runInfoSchema,
    data: part({ metrics: list(metricSchema), params: pairs, tags: pairs }),
    inputs: part({ dataset_inputs: list(datasetInput), model_inputs: list(z.object({ model_id: z.string() })) }),
    outputs: part({ model_outputs: list(modelOutput) }),
  })
  .transform(({ info, data, inputs, outputs }) => ({
    info,
    data: {
      metrics: Object.fromEntries(data.metrics.map(({ key, value }) => [key, value])),
      latestMetrics: data.metrics,
      params: data.params,
      tags: data.tags,
    },
    inputs: {
      datasets: inputs.dataset_inputs,
      modelIds: inputs.model_inputs.map(({ model_id }) => model_id),
    },
    outputs: { models: outputs.model_outputs },
  }))

/** Tags and parameters as lists of pairs. */
export function pairsJson(values: Readonly<Record<string, string>> = {}): readonly object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value }))
}

/** Numbers that JSON has no words for go as text. */
export function numberJson(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}
