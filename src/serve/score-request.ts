/** The way of rows through a model, whatever protocol they came by: check, score, count, compare, keep. */
import { randomUUID } from 'node:crypto'
import type { Prediction } from '../model/index.ts'
import type { Deployment } from './deployment.ts'
import type { HttpRequest } from './http.ts'
import type { RawRows } from './raw-rows.ts'
import type { Rows } from './rows.ts'
import type { ModelIdentity } from './served-model.ts'
import type { ServerContext } from './server-context.ts'
import { compareWithShadows } from './shadow.ts'

/** A request's rows with what a model made of them. */
export interface Scored {
  readonly rows: Rows
  readonly prediction: Prediction
  readonly identity: ModelIdentity
  /** Says which request it was and which model answered. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Scores `raw` with the version that `deployment` serves now.
 *
 * @throws HttpError 400 for rows that do not fit, 504 when their turn does not come in time
 */
export function scoreRequest(
  request: HttpRequest,
  context: ServerContext,
  deployment: Deployment,
  raw: RawRows,
  skipBadRows: boolean,
): Promise<Scored> {
  return deployment.model.use(async (model) => {
    const { columns } = model.content
    const rows = await model.content.read(raw, { skipBadRows })
    const deadlineMs = request.arrivedMs + context.limits.timeoutMs
    const prediction = await model.score(rows, { deadlineMs, gone: request.gone })
    const { identity } = model
    const requestId = requestIdOf(request)
    const badRows = new Set(rows.errors.map(({ row }) => row)).size
    context.metrics.answered(identity, prediction, badRows)
    if (columns !== undefined) context.capture?.add({ rows, prediction, requestId, identity, inputs: columns })
    compareWithShadows(context, raw, prediction)
    return { rows, prediction, identity, headers: headersOf(identity, requestId) }
  })
}

/** The client's own id, where it is one that can be repeated in a header. */
function requestIdOf(request: HttpRequest): string {
  const given = request.header('x-request-id') ?? request.header('x-amzn-sagemaker-inference-id')
  return given !== undefined && /^[\x21-\x7e]{1,200}$/.test(given) ? given : randomUUID()
}

function headersOf({ name, version }: ModelIdentity, requestId: string): Readonly<Record<string, string>> {
  const headers = { 'x-request-id': requestId, 'x-model-name': encodeURIComponent(name) }
  return version === undefined ? headers : { ...headers, 'x-model-version': String(version) }
}
