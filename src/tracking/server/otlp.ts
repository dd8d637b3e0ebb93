/** Where OpenTelemetry's exporters send spans: OTLP over HTTP, in protocol buffers or JSON. */
import { MillraceError } from '../../core/index.ts'
import { decodeOtlp, parseOtlpJson } from '../otlp.ts'
import { type SpanToLog } from '../trace-entities.ts'
import type { Endpoint } from './endpoint.ts'
import { HttpError, type HttpReply, type HttpRequest, jsonReply } from './http.ts'
import { readBytes } from './request-body.ts'

/** Of spans that cannot be read the sender is told as MLflow does, without a code. */
class Refusal extends Error {
  readonly status: number

  constructor(status: number, detail: string) {
    super(detail)
    this.status = status
  }
}

export const otlpEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: '/v1/traces',
    answer: async (request, _, { store, maxBodyBytes }) => {
      try {
        const experimentId = request.header('x-mlflow-experiment-id')
        if (experimentId === undefined) throw new Refusal(422, 'The header x-mlflow-experiment-id is missing.')
        const spans = await readSpans(request, maxBodyBytes)
        await store.logSpans(experimentId, spans)
        const runId = request.header('x-mlflow-run-id')
        const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined)
        if (runId !== undefined && roots.length > 0) {
          await store.linkTracesToRun([...new Set(roots.map(({ traceId }) => traceId))], runId)
        }
        // An empty answer means that all was taken.
        return { status: 200, headers: { 'content-type': 'application/x-protobuf' }, body: '' }
      } catch (error) {
        if (error instanceof Refusal) return refusalReply(error)
        throw error
      }
    },
  },
]

function refusalReply({ message, status }: Refusal): HttpReply {
  return jsonReply({ detail: message }, status)
}

async function readSpans(request: HttpRequest, maxBytes: number): Promise<readonly SpanToLog[]> {
  const header = request.header('content-type')
  const [type = ''] = (header ?? '').split(';')
  const isJson = type.trim().toLowerCase() === 'application/json'
  if (!isJson && type.trim().toLowerCase() !== 'application/x-protobuf') {
    throw new Refusal(
      400,
      `Invalid Content-Type: ${header ?? 'None'}. Expected: application/x-protobuf or application/json`,
    )
  }
  const spans = parseSpans(await readBytes(request, maxBytes).catch(refuse), isJson)
  if (spans.length > 0) return spans
  throw new Refusal(400, 'Invalid OpenTelemetry format - no spans found')
}

function refuse(error: unknown): never {
  throw error instanceof HttpError ? new Refusal(error.status, error.message) : error
}

function parseSpans(body: Buffer, isJson: boolean): readonly SpanToLog[] {
  try {
    return isJson ? parseOtlpJson(body.toString('utf8')) : decodeOtlp(body)
  } catch (error) {
    // What fits the format and still cannot be a span says why.
    if (error instanceof MillraceError) throw new Refusal(400, `Invalid OpenTelemetry format: ${error.message}`)
    throw new Refusal(400, 'Invalid OpenTelemetry format')
  }
}
