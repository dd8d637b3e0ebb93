/** Asking the server: JSON both ways, answers parsed by a schema, failures as one kind of error. */
import type { z } from 'zod'
import { strings } from '../strings.ts'

/** The server said no, could not be reached, or answered what nobody expects. */
export class ServerError extends Error {
  /** The status of the answer; 0 where there was none. */
  readonly status: number
  /** Such as RESOURCE_DOES_NOT_EXIST. */
  readonly code: string
  /** The whole answer, where it was JSON. */
  readonly answer: unknown

  constructor(message: string, status: number, code: string, answer?: unknown) {
    super(message)
    this.name = 'ServerError'
    this.status = status
    this.code = code
    this.answer = answer
  }
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

export interface AskOptions {
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>>
  /** Sent as JSON. */
  readonly body?: object
  /** Sent as a form, with files. */
  readonly form?: FormData
  readonly signal?: AbortSignal | undefined
}

/** MLflow's REST interface, in the version most of it has. */
export const mlflow = 'ajax-api/2.0/mlflow'

/**
 * The answer to a request, as `schema` has it.
 *
 * @param path relative to the page, so that the app works below any path
 * @throws ServerError
 */
export async function ask<T>(
  schema: z.ZodType<T>,
  method: Method,
  path: string,
  { query = {}, body, form, signal }: AskOptions = {},
): Promise<T> {
  const response = await answerTo(addressOf(path, query), {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    ...(form !== undefined && { body: form }),
    signal,
  })
  const text = await response.text().catch(unreachable)
  const parsed = schema.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path.join('.') ?? ''
  throw new ServerError(strings.errors.unexpected(path, `${where} ${issue?.message ?? ''}`), 200, 'UNEXPECTED_ANSWER')
}

/** The bytes that lie at an address of the server. @throws ServerError */
export async function read(address: string, signal?: AbortSignal): Promise<ArrayBuffer> {
  const response = await answerTo(address, { signal })
  return await response.arrayBuffer().catch(unreachable)
}

/** The text that lies at an address of the server. @throws ServerError */
export async function readText(address: string, signal?: AbortSignal): Promise<string> {
  return new TextDecoder().decode(await read(address, signal))
}

/** The answer to a request that did not fail. */
async function answerTo(
  address: string,
  { signal, ...request }: Omit<RequestInit, 'signal'> & { readonly signal?: AbortSignal | undefined },
): Promise<Response> {
  const response = await fetch(address, { ...request, ...(signal !== undefined && { signal }) }).catch(unreachable)
  if (response.ok) return response
  throw failureOf(response.status, await response.text().catch(unreachable))
}

/** @throws ServerError; what a page itself has given up fails as it is */
function unreachable(error: unknown): never {
  if (error instanceof DOMException && error.name === 'AbortError') throw error
  throw new ServerError(strings.errors.unreachable, 0, 'UNREACHABLE')
}

/** Whether the server is away or unwell, so that it may do better another time; a proxy before it may say so too. */
export function isTrouble(error: unknown): boolean {
  return error instanceof ServerError && (error.status === 0 || error.status >= 500)
}

/** The address of a path of the server, with a query. Lists repeat their name. */
export function addressOf(path: string, query: AskOptions['query'] = {}): string {
  const url = new URL(path, document.baseURI)
  url.hash = ''
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue
    for (const one of typeof value === 'object' ? value : [value]) url.searchParams.append(name, String(one))
  }
  return url.href
}

function failureOf(status: number, text: string): ServerError {
  const answer = parseJson(text)
  const { error_code: code, message } = (typeof answer === 'object' && answer !== null ? answer : {}) as Readonly<
    Record<string, unknown>
  >
  if (typeof message === 'string') return new ServerError(message, status, typeof code === 'string' ? code : '', answer)
  return new ServerError(strings.errors.status(status), status, '')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
