/** Programs that answer invocations themselves, as a server like the one for models. */
import { asError } from '../core/index.ts'
import { errorReply, HttpError, type HttpReply, type HttpRequest } from '../serve/http.ts'
import type { Limits, ModelServer } from '../serve/index.ts'

/** What answers requests in place of a model's own server. */
export interface ServingHandler {
  /** Answers POST /invocations and whatever else there is; /ping is answered already. */
  fetch(request: Request): Promise<Response>
  close?(): Promise<void>
}

/** What a port needs of a server. */
export type Served = Pick<ModelServer, 'handle' | 'limits' | 'close'>

export function handlerServer(handler: ServingHandler, limits: Limits): Served {
  return {
    limits,
    handle: async (request) => {
      if (request.path === '/ping') return { status: 200, headers: {}, body: '\n' }
      try {
        return await inTime(limits.timeoutMs, async () => await replyOf(await handler.fetch(await webRequest(request))))
      } catch (error) {
        return errorReply(asHttpError(error))
      }
    },
    close: async () => await handler.close?.(),
  }
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
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() }
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
function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error
  return new HttpError(500, 'INTERNAL_ERROR', `The request could not be answered: ${asError(error).message}`)
}
