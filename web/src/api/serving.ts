/** Model servers: what is served where, its traffic, and scoring by it. docs/rest.md describes the answers. */
import { z } from 'zod'
import { strings } from '../strings.ts'
import { ask, ServerError } from './http.ts'

const path = 'ajax-api/2.0/millrace/serving'

export type Role = 'primary' | 'canary' | 'shadow'

const servedField = z.object({
  name: z.string(),
  version: z.number().nullable(),
  uri: z.string(),
  role: z.enum(['primary', 'canary', 'shadow']),
  share: z.number(),
})

export type ServedModel = z.output<typeof servedField>

/** The version that answered or is served; null for a folder. */
export type ServedVersion = Pick<ServedModel, 'name' | 'version'>

const countsField = z
  .object({
    model: z.string(),
    version: z.number().nullable(),
    requests: z.number(),
    rows: z.number(),
    bad_rows: z.number(),
    mean_confidence: z.number().optional(),
    shadow_rows: z.number().optional(),
    shadow_agreement: z.number().optional(),
  })
  .transform((counts) => ({
    name: counts.model,
    version: counts.version,
    requests: counts.requests,
    rows: counts.rows,
    badRows: counts.bad_rows,
    meanConfidence: counts.mean_confidence,
    shadowRows: counts.shadow_rows,
    shadowAgreement: counts.shadow_agreement,
  }))

export type VersionCounts = z.output<typeof countsField>

const serverField = z
  .object({
    id: z.string(),
    url: z.string(),
    status: z.enum(['up', 'away']),
    error: z.string().optional(),
    checked_at: z.number(),
    started_at: z.number().optional(),
    models: z.array(servedField),
    counts: z.array(countsField),
    captured: z.record(z.string(), z.number()).optional(),
  })
  .transform(({ checked_at: checkedAt, started_at: startedAt, ...server }) => ({ ...server, checkedAt, startedAt }))

export type ModelServer = z.output<typeof serverField>

/** The model servers that this server was told of. */
export async function listServers(signal?: AbortSignal): Promise<readonly ModelServer[]> {
  return (await ask(z.object({ servers: z.array(serverField) }), 'GET', `${path}/list`, { signal })).servers
}

const inputField = z.discriminatedUnion('type', [
  z.object({ name: z.string(), type: z.enum(['double', 'string']) }),
  z.object({ name: z.string(), type: z.literal('image'), shape: z.array(z.number()) }),
])

export type ModelInput = z.output<typeof inputField>
/** An input that takes a number or a text. */
export type ColumnInput = Exclude<ModelInput, { type: 'image' }>

const valueField = z.union([z.string(), z.number(), z.null()])

const detailsAnswer = z.object({
  server: serverField,
  model: z
    .object({
      task: z.enum(['classification', 'regression']),
      classes: z.array(z.string()),
      inputs: z.array(inputField),
      input_example: z.object({ columns: z.array(z.string()), data: z.array(z.array(valueField)) }),
    })
    .transform(({ input_example: example, ...model }) => ({ ...model, example }))
    .optional(),
})

export type ServerDetails = z.output<typeof detailsAnswer>
/** What a form is made from. */
export type ModelDescription = NonNullable<ServerDetails['model']>

export async function getServer(id: string, signal?: AbortSignal): Promise<ServerDetails> {
  return await ask(detailsAnswer, 'GET', `${path}/${encodeURIComponent(id)}/get`, { signal })
}

const column = z.array(z.number().nullable())

const trafficAnswer = z
  .object({
    time: z.array(z.number()),
    requests_per_second: column,
    refused_per_second: column,
    failed_per_second: column,
    p50_ms: column,
    p95_ms: column,
    p99_ms: column,
    rows_per_run: column,
    versions: z.array(z.object({ model: z.string(), version: z.number().nullable(), requests_per_second: column })),
  })
  .transform((traffic) => ({
    /** Milliseconds since 1970; a value of each column belongs to each. */
    time: traffic.time,
    requests: traffic.requests_per_second,
    refused: traffic.refused_per_second,
    failed: traffic.failed_per_second,
    p50: traffic.p50_ms,
    p95: traffic.p95_ms,
    p99: traffic.p99_ms,
    rowsPerRun: traffic.rows_per_run,
    versions: traffic.versions.map(({ model: name, version, requests_per_second: requests }) => ({
      name,
      version,
      requests,
    })),
  }))

export type Traffic = z.output<typeof trafficAnswer>

/** What happened at a server in the last hour. */
export async function getTraffic(id: string, signal?: AbortSignal): Promise<Traffic> {
  return await ask(trafficAnswer, 'GET', `${path}/${encodeURIComponent(id)}/traffic`, { signal })
}

const errorsField = z.array(z.object({ field: z.string(), expected: z.string(), found: z.string() }))

const predictAnswer = z.object({
  predictions: z
    .array(
      z
        .object({
          prediction: z.union([z.string(), z.number()]),
          probabilities: z.record(z.string(), z.number()).default({}),
        })
        .nullable(),
    )
    .length(1),
  model: z.object({ name: z.string(), version: z.number().nullable() }),
  errors: errorsField.default([]),
})

/** A row by the names of the inputs; null is a missing value. */
export type Row = Readonly<Record<string, string | number | null>>

/** What a model says of one row or image. */
export interface Answer {
  readonly prediction: string | number
  /** Of every class by its name; none where a number is predicted. */
  readonly probabilities: Readonly<Record<string, number>>
}

export interface ServedAnswer extends Answer {
  readonly model: ServedVersion
  /** How long it took from here and back. */
  readonly elapsedMs: number
}

/** A value that does not fit, by the name of its input. */
export type FieldErrors = Readonly<Record<string, string>>

/** Values that the model cannot take. */
export class RefusedRow extends Error {
  readonly fields: FieldErrors

  constructor(message: string, errors: z.output<typeof errorsField>) {
    super(message)
    this.name = 'RefusedRow'
    this.fields = Object.fromEntries(
      errors.map(({ field, expected, found }) => [field, strings.playground.refused(expected, found)]),
    )
  }
}

/** @throws RefusedRow where values do not fit, ServerError where there is no answer */
export async function predict(id: string, asked: Row | File): Promise<ServedAnswer> {
  const started = performance.now()
  const answer = await ask(predictAnswer, 'POST', `${path}/${encodeURIComponent(id)}/predict`, contentOf(asked)).catch(
    (error: unknown) => {
      throw refusalOf(error) ?? error
    },
  )
  const [prediction] = answer.predictions
  if (prediction === null || prediction === undefined)
    throw new RefusedRow(strings.playground.refusedRow, answer.errors)
  return { ...prediction, model: answer.model, elapsedMs: performance.now() - started }
}

function contentOf(asked: Row | File): { readonly body: Row } | { readonly form: FormData } {
  if (!(asked instanceof File)) return { body: asked }
  const form = new FormData()
  form.set('file', asked)
  return { form }
}

function refusalOf(error: unknown): RefusedRow | undefined {
  if (!(error instanceof ServerError) || error.status !== 400) return undefined
  const errors = z.object({ errors: errorsField }).safeParse(error.answer)
  return errors.success ? new RefusedRow(error.message, errors.data.errors) : undefined
}
