/** All endpoints there are, and finding the one of a request. docs/compatibility.md says how each matches MLflow's. */
import { artifactEndpoints } from './artifacts.ts'
import { assessmentEndpoints } from './assessments.ts'
import { forAccess, type GuardedEndpoint, type PathFields } from './endpoint.ts'
import { experimentEndpoints } from './experiments.ts'
import { HttpError } from './http.ts'
import { loggedModelEndpoints } from './logged-models.ts'
import { metricEndpoints } from './metrics.ts'
import { modelVersionEndpoints } from './model-versions.ts'
import { multipartEndpoints } from './multipart-uploads.ts'
import { otlpEndpoints } from './otlp.ts'
import { registeredModelEndpoints } from './registered-models.ts'
import { runEndpoints } from './runs.ts'
import { serverInfoEndpoints } from './server-info.ts'
import { oldTraceEndpoints } from './traces-v2.ts'
import { traceEndpoints } from './traces.ts'
import { permissionEndpoints, userEndpoints } from './users.ts'
import { webhookEndpoints } from './webhooks.ts'

export const endpoints: readonly GuardedEndpoint[] = [
  ...forAccess('nobody in particular', serverInfoEndpoints),
  ...forAccess('any user', experimentEndpoints),
  ...forAccess('any user', runEndpoints),
  ...forAccess('any user', metricEndpoints),
  ...forAccess('any user', loggedModelEndpoints),
  ...forAccess('any user', registeredModelEndpoints),
  ...forAccess('any user', modelVersionEndpoints),
  ...forAccess('any user', artifactEndpoints),
  ...forAccess('any user', multipartEndpoints),
  ...forAccess('any user', traceEndpoints),
  ...forAccess('any user', oldTraceEndpoints),
  ...forAccess('any user', assessmentEndpoints),
  ...forAccess('any user', otlpEndpoints),
  ...forAccess('any user', permissionEndpoints),
  ...forAccess('an administrator', userEndpoints),
  ...forAccess('an administrator', webhookEndpoints),
]

interface Found {
  readonly endpoint: GuardedEndpoint
  readonly pathFields: PathFields
}

type Methods = ReadonlyMap<string, GuardedEndpoint>

/**
 * Finds the endpoint of a path, under `/ajax-api` as under `/api`, among `rows`.
 *
 * @throws HttpError from what it returns: 404 for a path there is none of, 405 naming the methods there are
 */
export function endpointFinder(rows: readonly GuardedEndpoint[]): (method: string, path: string) => Found {
  const fixed = byPath(rows.filter(({ path }) => !path.includes('{')))
  const patterns = [...byPath(rows.filter(({ path }) => path.includes('{')))].map(([path, methods]) => ({
    pattern: patternOf(path),
    methods,
  }))
  return (method, path) => {
    const plain = path.replace(/^\/ajax-api\//, '/api/')
    const methods = fixed.get(plain)
    if (methods !== undefined) return { endpoint: pick(methods, method, path), pathFields: {} }
    for (const { pattern, methods } of patterns) {
      const match = pattern.exec(plain)
      if (match !== null) {
        return { endpoint: pick(methods, method, path), pathFields: decodeFields(match.groups ?? {}, path) }
      }
    }
    const where = 'docs/compatibility.md and docs/rest.md list what there is.'
    throw new HttpError(404, 'ENDPOINT_NOT_FOUND', `There is no ${path} here. ${where}`)
  }
}

function patternOf(path: string): RegExp {
  const pattern = path.replaceAll(
    /\{(\w+)(\*?)\}/g,
    (_, name: string, rest: string) => `(?<${name}>${rest ? '.+' : '[^/]+'})`,
  )
  return new RegExp(`^${pattern}$`, 's')
}

function pick(methods: Methods, method: string, path: string): GuardedEndpoint {
  const endpoint = methods.get(method === 'HEAD' ? 'GET' : method)
  if (endpoint !== undefined) return endpoint
  const known = [...methods.keys()].join(', ')
  throw new HttpError(405, 'BAD_REQUEST', `${path} does not take ${method}; it takes ${known}.`)
}

function byPath(rows: readonly GuardedEndpoint[]): ReadonlyMap<string, Methods> {
  const groups = Map.groupBy(rows, ({ path }) => path)
  return new Map([...groups].map(([path, group]) => [path, new Map(group.map((row) => [row.method, row]))]))
}

function decodeFields(groups: Readonly<Record<string, string>>, path: string): PathFields {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, part]) => [name, decodeURIComponent(part)]))
  } catch (cause) {
    throw new HttpError(400, 'INVALID_PARAMETER_VALUE', `The path ${path} is not encoded as UTF-8.`, { cause })
  }
}
