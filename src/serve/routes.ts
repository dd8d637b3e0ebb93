/** The paths there are. */
import packageJson from '../../package.json' with { type: 'json' }
import { HttpError, type HttpReply, type HttpRequest, jsonReply, textReply } from './http.ts'
import { modelInfo } from './model-info.ts'
import { invocations, predict } from './predictions.ts'
import type { ServerContext } from './server-context.ts'

export interface Route {
  /** The path as metrics have it. */
  readonly name: string
  answer(request: HttpRequest, context: ServerContext): HttpReply | Promise<HttpReply>
  /** How errors are worded where that is not MLflow's way. */
  readonly errorReply?: (error: HttpError) => HttpReply
}

type Method = 'GET' | 'POST'
type Methods = Partial<Readonly<Record<Method, Route['answer']>>>

const paths: Readonly<Record<string, Methods>> = {
  '/invocations': { POST: invocations },
  '/predict': { POST: predict },
  '/ping': { GET: alive },
  '/health': { GET: alive },
  '/version': { GET: () => textReply(packageJson.version) },
  '/model_info': { GET: (_, context) => jsonReply(modelInfo(context)) },
  '/metrics': {
    GET: async (_, { metrics }) => textReply(await metrics.text(), metrics.contentType),
  },
}

/** @throws HttpError 404 naming the paths there are, 405 naming the methods of this one */
export function findRoute({ method, path }: HttpRequest): Route {
  const methods = Object.hasOwn(paths, path) ? paths[path]! : undefined
  if (methods === undefined) throw notFound(path)
  const answer = method === 'HEAD' ? methods.GET : (methods as Readonly<Record<string, Route['answer']>>)[method]
  if (answer === undefined) throw wrongMethod(method, path, Object.keys(methods))
  return { name: path, answer }
}

/** As MLflow's server does: a line break is all there is to say. */
function alive(): HttpReply {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: '\n' }
}

function notFound(path: string): HttpError {
  const listed = Object.entries(paths).flatMap(([known, methods]) =>
    Object.keys(methods).map((name) => `${name} ${known}`),
  )
  return new HttpError(404, 'ENDPOINT_NOT_FOUND', `There is nothing at ${path}. There are: ${listed.join(', ')}.`)
}

function wrongMethod(method: string, path: string, allowed: readonly string[]): HttpError {
  const allow = allowed.join(', ')
  return new HttpError(405, 'METHOD_NOT_ALLOWED', `${path} does not take ${method}. Use ${allow}.`, {
    headers: { allow },
  })
}
