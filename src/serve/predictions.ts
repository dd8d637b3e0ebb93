/** POST /invocations, as MLflow has it, and POST /predict, the friendlier one. */
import { columnAnswers, detailedAnswers, errorEntries, rowAnswers } from './answers.ts'
import { badRequest, type HttpReply, type HttpRequest, jsonReply } from './http.ts'
import { describe } from './raw-rows.ts'
import { type Payload, readInvocation, readPrediction } from './request-body.ts'
import { type Scored, scoreRequest } from './score-request.ts'
import type { ServerContext } from './server-context.ts'

export async function invocations(request: HttpRequest, context: ServerContext): Promise<HttpReply> {
  const payload = await readInvocation(request, context.takes)
  const form = payload.params['answers'] ?? context.answers
  if (form !== 'columns' && form !== 'rows') throw badParameter('answers', form, '"columns" or "rows"')
  const { rows, prediction, headers } = await score(request, context, payload)
  const predictions = (form === 'columns' ? columnAnswers : rowAnswers)(prediction, rows.errors)
  return jsonReply({ predictions, ...errorEntries(rows.errors) }, headers)
}

export async function predict(request: HttpRequest, context: ServerContext): Promise<HttpReply> {
  const payload = await readPrediction(request, context.takes)
  const { rows, prediction, identity, headers } = await score(request, context, payload)
  const model = { name: identity.name, version: identity.version ?? null }
  const predictions = detailedAnswers(prediction, rows.errors)
  return jsonReply({ predictions, model, ...errorEntries(rows.errors) }, headers)
}

function score(request: HttpRequest, context: ServerContext, { rows, params }: Payload): Promise<Scored> {
  const skip = params['skip_bad_rows'] ?? context.skipBadRows
  if (typeof skip !== 'boolean') throw badParameter('skip_bad_rows', skip, 'true or false')
  const key = request.header('x-routing-key') ?? params['routing_key']
  const deployment = context.traffic.choose(key === undefined || key === null ? undefined : JSON.stringify(key))
  return scoreRequest(request, context, deployment, rows, skip)
}

function badParameter(name: string, found: unknown, expected: string): Error {
  return badRequest(`Invalid input. The parameter "${name}" is ${describe(found)}, expected ${expected}.`)
}
