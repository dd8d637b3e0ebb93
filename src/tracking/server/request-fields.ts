/** Where the fields of a request are: in the query of a GET, otherwise in a JSON body. */
import { invalidParameter } from '../validation.ts'
import type { HttpRequest } from './http.ts'
import { readText } from './request-body.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * The fields of a request under MLflow's names; camel case, which protocol buffers take too, is changed to them. A GET
 * without a query may have a body. Fields of the query that are in `lists` are lists, even with one value.
 *
 * @throws MillraceError INVALID_PARAMETER_VALUE for a POST of another content type, or a body that is no JSON object
 */
export async function readFields(request: HttpRequest, lists: ReadonlySet<string>, maxBytes: number): Promise<Fields> {
  if (request.method === 'GET' && request.query.size > 0) return queryFields(request.query, lists)
  if (request.method === 'POST' || request.method === 'PUT') checkContentType(request.header('content-type'))
  return parseBody(await readText(request, maxBytes))
}

function queryFields(query: URLSearchParams, lists: ReadonlySet<string>): Fields {
  const names = [...new Set(query.keys())]
  return Object.fromEntries(names.map((name) => [name, lists.has(name) ? query.getAll(name) : query.get(name)]))
}

function checkContentType(header: string | undefined): void {
  const [type = ''] = (header ?? '').split(';')
  if (type.trim().toLowerCase() === 'application/json') return
  throw invalidParameter("Bad Request. Content-Type must be one of ['application/json'].")
}

function parseBody(body: string): Fields {
  if (body.trim() === '') return {}
  const value = parsePythonJson(body)
  // Old clients encode twice.
  const fields = typeof value === 'string' ? parsePythonJson(value) : value
  if (fields === null) return {}
  if (typeof fields === 'object' && !Array.isArray(fields)) return snakeCased(body, fields) as Fields
  throw invalidParameter('Bad Request. The body must be a JSON object.')
}

/** JSON with the bare NaN and Infinity that Python writes; they become texts, as protocol buffers have them. */
function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const plain = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (found) =>
      found.startsWith('"') ? found : `"${found}"`,
    )
    if (plain !== text) return parsePythonJson(plain)
    const reason = cause instanceof Error ? cause.message : 'unreadable'
    throw invalidParameter(`Bad Request. The body is not valid JSON: ${reason}`)
  }
}

/** The same with keys in snake case. Most bodies have no other and are left as they are. */
function snakeCased(body: string, fields: object): unknown {
  return /[a-z][A-Z]\w*\\*"\s*:/.test(body) ? withSnakeKeys(fields) : fields
}

/** Fields whose keys are the sender's own words. */
const verbatim: ReadonlySet<string> = new Set(['parameters', 'tags', 'metadata', 'trace_metadata', 'value'])

function withSnakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSnakeKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inside]) => {
      const name = snakeCase(key)
      return [name, verbatim.has(name) ? inside : withSnakeKeys(inside)]
    }),
  )
}

function snakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
