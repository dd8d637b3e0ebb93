/** Asking a model that is served over HTTP, by Millrace or by MLflow. */
import { z } from 'zod'
import { fetchFailure, jsonOf, MillraceError } from '../core/index.ts'
import type { Table } from '../data/index.ts'
import type { Answer, Deployment } from './backend.ts'

/** Where `millrace serve` answers unless told otherwise. */
export const localEndpoint = 'http://127.0.0.1:8080/invocations'

const timeoutMs = 5000

const one = z.union([z.string(), z.number(), z.null()])

/** The forms in which a scoring server gives predictions: a record a row, tensors by name, or bare values. */
const answersSchema = z.object({
  predictions: z.union([
    z.array(z.object({ prediction: one, confidence: z.number().nullable().default(null) })),
    z.object({ label: z.array(z.string()), probabilities: z.array(z.array(z.number())) }).transform(ofTensors),
    z.object({ prediction: z.array(one) }).transform(({ prediction }) => prediction.map(bare)),
    z.array(one).transform((values) => values.map(bare)),
  ]),
})

/**
 * Posts `rows` to a scoring endpoint and gives back its answers, in order.
 *
 * @throws MillraceError ENDPOINT_FAILED when nothing answers at `url` within 5 seconds, or not with one answer a row
 */
export async function invokeEndpoint(url: string, rows: Table): Promise<readonly Answer[]> {
  const body = JSON.stringify({ inputs: rows.toRecords() })
  const text = await request(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const answers = answersSchema.safeParse(jsonOf(text)).data?.predictions
  if (answers?.length === rows.rowCount) return answers
  throw endpointFailed(url, `expected ${rows.rowCount} predictions, found: ${text.slice(0, 200)}`)
}

/**
 * Whether the model version is what answers at `url`. A server that follows an alias takes a moment to change over, so
 * this waits for it, 5 seconds at most.
 *
 * @throws MillraceError ENDPOINT_FAILED when another version keeps answering
 */
export async function deployToEndpoint(url: string, version: number): Promise<Deployment> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const found = await servedVersions(url)
    if (found === undefined) return { target: url, state: 'not running' }
    if (found.includes(version)) return { target: url, state: 'serving' }
    if (performance.now() > deadline) {
      throw endpointFailed(
        url,
        `it serves version ${found.join(', ') || 'unknown'}, not ${version}. Point the alias it follows at that version`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** The versions the server at `url` answers with; undefined when there is none. */
async function servedVersions(url: string): Promise<readonly number[] | undefined> {
  const infoSchema = z.object({ version: z.coerce.number() })
  try {
    const info = infoSchema.safeParse(jsonOf(await request(new URL('/model_info', url).href, {})))
    return info.success ? [info.data.version] : []
  } catch {
    return undefined
  }
}

async function request(url: string, init: RequestInit): Promise<string> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) })
    const text = await response.text()
    if (response.ok) return text
    throw endpointFailed(url, `it answered with status ${response.status}: ${text.slice(0, 200)}`)
  } catch (error) {
    if (error instanceof MillraceError) throw error
    throw endpointFailed(
      url,
      `${fetchFailure(error, timeoutMs)}. Start it: millrace serve models:/NAME@champion`,
      error,
    )
  }
}

function endpointFailed(url: string, reason: string, cause?: unknown): MillraceError {
  return new MillraceError('ENDPOINT_FAILED', `The endpoint ${url} failed: ${reason}.`, { cause })
}

function bare(prediction: string | number | null): Answer {
  return { prediction, confidence: null }
}

function ofTensors({ label, probabilities }: { label: string[]; probabilities: number[][] }): Answer[] {
  return label.map((prediction, row) => ({ prediction, confidence: Math.max(...(probabilities[row] ?? [NaN])) }))
}
