/** From request to reply: finds the route, counts, and turns whatever goes wrong into a reply. */
import { asError } from '../core/index.ts'
import { errorReply, HttpError, type HttpReply, type HttpRequest } from './http.ts'
import type { Log } from './log.ts'
import { findRoute, type Route } from './routes.ts'
import type { ServerContext } from './server-context.ts'

interface HandlerOptions {
  readonly log: Log
  readonly accessLog: boolean
}

export class RequestHandler {
  readonly #context: ServerContext
  readonly #options: HandlerOptions
  #underWay = 0
  #idle: PromiseWithResolvers<void> | undefined

  constructor(context: ServerContext, options: HandlerOptions) {
    this.#context = context
    this.#options = options
  }

  async handle(request: HttpRequest): Promise<HttpReply> {
    this.#underWay++
    let route: Route | undefined
    let reply: HttpReply
    try {
      this.#requireRoom()
      route = findRoute(request, this.#context)
      reply = await route.answer(request, this.#context)
    } catch (error) {
      reply = (route?.errorReply ?? errorReply)(this.#asHttpError(error, request))
    } finally {
      if (--this.#underWay === 0) this.#idle?.resolve()
    }
    this.#count(request, reply, route)
    return reply
  }

  /** Refuses new requests; resolves when those under way have their replies. */
  async finish(): Promise<void> {
    this.#idle ??= Promise.withResolvers()
    if (this.#underWay === 0) this.#idle.resolve()
    await this.#idle.promise
  }

  #requireRoom(): void {
    if (this.#idle !== undefined) throw unavailable('The server is shutting down. Send the request to another one.')
    if (this.#underWay <= this.#context.limits.maxRequests) return
    throw unavailable(`More than ${this.#context.limits.maxRequests} requests are under way. Try again in a second.`)
  }

  #asHttpError(error: unknown, { method, path }: HttpRequest): HttpError {
    if (error instanceof HttpError) return error
    const { message, stack } = asError(error)
    this.#options.log({
      level: 'error',
      event: 'request_failed',
      message: `${method} ${path} failed: ${message}`,
      stack,
    })
    return new HttpError(500, 'INTERNAL_ERROR', `The server could not answer: ${message}`)
  }

  #count({ method, path, arrivedMs }: HttpRequest, { status }: HttpReply, route: Route | undefined): void {
    const elapsedMs = performance.now() - arrivedMs
    this.#context.metrics.request(route?.name ?? 'none', status, elapsedMs / 1000)
    if (!this.#options.accessLog) return
    const ms = Number(elapsedMs.toFixed(2))
    this.#options.log({
      level: 'info',
      event: 'request',
      message: `${method} ${path} ${status} ${ms} ms`,
      method,
      path,
      status,
      ms,
    })
  }
}

function unavailable(message: string): HttpError {
  return new HttpError(503, 'TEMPORARILY_UNAVAILABLE', message, { headers: { 'retry-after': '1' } })
}
