/** The paths there are. */
import packageJson from '../../package.json' with { type: 'json' }
import {
  errorReply,
  type HttpError,
  type HttpReply,
  type HttpRequest,
  jsonReply,
  noRoute,
  textReply,
  wrongMethod,
} from './http.ts'
import { modelInfo } from './model-info.ts'
import { openInferenceError, openInferencePaths } from './open-inference.ts'
import { openApi } from './openapi.ts'
import { docsPage } from './page/docs-page.ts'
import { tryPage } from './page/try-page.ts'
import { invocations, predict } from './predictions.ts'
import type { ServerContext } from './server-context.ts'

export interface Route {
  /** The path as metrics have it: with `{name}` for the name of a model. */
  readonly name: string
  answer(request: HttpRequest, context: ServerContext): HttpReply | Promise<HttpReply>
  /** How errors of this path are worded. */
  readonly errorReply: (error: HttpError) => HttpReply
}

type Methods = Readonly<Record<string, Route['answer']>>

const HTML = 'text/html; charset=utf-8'

const paths: Readonly<Record<string, Methods>> = {
  '/invocations': { POST: invocations },
  '/predict': { POST: predict },
  '/': { GET: () => textReply(tryPage, HTML) },
  '/ping': { GET: alive },
  '/health': { GET: alive },
  '/version': { GET: () => textReply(packageJson.version) },
  '/model_info': { GET: (_, context) => jsonReply(modelInfo(context)) },
  '/metrics': { GET: async (_, { metrics }) => textReply(await metrics.text(), metrics.contentType) },
  '/openapi.json': { GET: (_, context) => jsonReply(openApi(modelInfo(context), context.app?.paths ?? [])) },
  '/docs': { GET: () => textReply(docsPage, HTML) },
  ...openInferencePaths,
}

/** All of them, each with its method before it. */
const ownRoutes = Object.entries(paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method} ${path}`),
)

/** The paths of models, whose names are part of them. */
const patterns = Object.keys(paths)
  .filter((path) => path.includes('{'))
  .map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`) }))

/** @throws HttpError 404 naming the paths there are, 405 naming the methods of this one */
export function findRoute({ method, path }: HttpRequest, { app }: ServerContext): Route {
  const own = app?.route(method === 'HEAD' ? 'GET' : method, path)
  if (own !== undefined) return own
  const known = Object.hasOwn(paths, path) ? path : patterns.find(({ pattern }) => pattern.test(path))?.path
  if (known === undefined) throw noRoute(method, path, [...new Set([...(app?.paths ?? []), ...ownRoutes])])
  const methods = paths[known]!
  const answer = methods[method === 'HEAD' ? 'GET' : method]
  if (answer === undefined) throw wrongMethod(method, path, Object.keys(methods))
  return { name: known, answer, errorReply: path.startsWith('/v2') ? openInferenceError : errorReply }
}

/** As MLflow's server does: a line break is all there is to say. */
function alive(): HttpReply {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: '\n' }
}
