/** Programs that answer invocations themselves, as a server like the one for models. */
import { asError, hasCode } from '../core/index.ts'
import { badRequest, errorReply, HttpError, type HttpReply, type HttpRequest, noRoute } from './http.ts'
import type { Log } from './log.ts'
import type { ModelServer } from './model-server.ts'
import { defaultLimits, type Limits } from './server-context.ts'

/** Answers by method and path. */
export type ServingRoutes = Readonly<Record<RouteName, (request: Request) => Response | Promise<Response>>>

type RouteName = `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`

/** What answers requests in place of a model's own server. */
export interface ServingHandler {
  /**
   * Such as `'POST /invocations'`. `GET /ping` is answered with nothing unless it is among them. An error INVALID_DATA, as
   * decodeImage has it for what is no image, is answered with 400, any other with 500.
   */
  readonly routes: ServingRoutes
  close?(): Promise<void>
}

/** What a port needs of a server. */
export type Served = Pick<ModelServer, 'handle' | 'limits' | 'close'>

export interface HandlerServerOptions {
  readonly limits?: Partial<Limits>
  /** Told of every request that a mistake of the program left without an answer. */
  readonly log?: Log | undefined
}

/** A server of a program's own answers, for `listen`. */
export function handlerServer(handler: ServingHandler, options: HandlerServerOptions = {}): Served {
  const { log } = options
  const limits = { ...defaultLimits, ...options.limits }
  const routes: ServingRoutes = { 'GET /ping': () => new Response('\n'), ...handler.routes }
  return {
    limits,
    handle: async (request) => {
      try {
        const answer = findRoute(routes, request)
        return await inTime(limits.timeoutMs, async () => await replyOf(await answer(await webRequest(request))))
      } catch (error) {
        return errorReply(asHttpError(error, request, log))
      }
    },
    close: async () => await handler.close?.(),
  }
}

/** @throws HttpError 404 naming the paths there are, 405 naming the methods of this one */
function findRoute(routes: ServingRoutes, { method, path }: HttpRequest): ServingRoutes[RouteName] {
  const name = `${method === 'HEAD' ? 'GET' : method} ${path}`
  const [, answer] = Object.entries(routes).find(([route]) => route === name) ?? []
  if (answer !== undefined) return answer
  throw noRoute(method, path, Object.keys(routes))
}

/** The headers of an invocation that the platform hands on. */
const HEADERS = [
  'content-type',
  'accept',
  'x-amzn-sagemaker-custom-attributes',
  'x-amzn-sagemaker-inference-id',
  'x-amzn-sagemaker-target-variant',
] as const

async function webRequest(request: HttpRequest): Promise<Request> {
  const headers = new Headers()
  for (const name of HEADERS) {
    const value = request.header(name)
    if (value !== undefined) headers.set(name, value)
  }
  const hasBody = !['GET', 'HEAD'].includes(request.method)
  const body = hasBody ? { body: Buffer.from(await request.body()) } : {}
  return new Request(`http://localhost${request.path}`, { method: request.method, headers, ...body })
}

async function replyOf(response: Response): Promise<HttpReply> {
  const body = new Uint8Array(await response.arrayBuffer())
  return { status: response.status, headers: Object.fromEntries(response.headers), body }
}

async function inTime(ms: number, answer: () => Promise<HttpReply>): Promise<HttpReply> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(new HttpError(504, 'DEADLINE_EXCEEDED', `There was no answer within ${ms / 1000} s.`))
  }, ms)
  try {
    return await Promise.race([answer(), late])
  } finally {
    clearTimeout(timer)
  }
}

/** The message reaches whoever asked: short, and without a stack. */
function asHttpError(error: unknown, { method, path }: HttpRequest, log?: Log): HttpError {
  if (error instanceof HttpError) return error
  if (hasCode(error, 'INVALID_DATA')) return badRequest(error.message)
  const { message, stack } = asError(error)
  log?.({ level: 'error', event: 'request_failed', message: `${method} ${path} failed: ${message}`, stack })
  return new HttpError(500, 'INTERNAL_ERROR', `The request could not be answered: ${message}`)
}
