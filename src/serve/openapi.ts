/** The server's description of itself, for tools that make clients and forms of it. */
import packageJson from '../../package.json' with { type: 'json' }
import type { ModelInfo } from './model-info.ts'
import { describeAnswers } from './openapi-answers.ts'
import { describeRequests, type RequestBody } from './openapi-requests.ts'

/** An OpenAPI document, as far as the page of it needs to know. */
export interface OpenApi {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: Readonly<Record<string, unknown>>
}

interface Operation {
  readonly summary: string
  readonly requestBody?: object
  readonly responses: Readonly<Record<string, object>>
  readonly parameters?: readonly object[]
  /** A body that can be sent as it stands. */
  readonly 'x-example'?: string
}

/**
 * OpenAPI 3.1 of the served model: what it takes, by its signature, and what it answers.
 *
 * @param own what an app answers in its own way, such as `POST /predict`, and is left out
 */
export function openApi(info: ModelInfo, own: readonly string[]): OpenApi {
  const document = describeServer(info)
  const paths = Object.entries(document.paths).filter(
    ([path, methods]) => !Object.keys(methods).some((method) => own.includes(`${method.toUpperCase()} ${path}`)),
  )
  return { ...document, paths: Object.fromEntries(paths) }
}

function describeServer(info: ModelInfo): OpenApi {
  const name = encodeURIComponent(info.name)
  const { schemas, ...requests } = describeRequests(info)
  const answers = describeAnswers(info)
  return {
    openapi: '3.1.0',
    info: {
      title: info.version === null ? info.name : `${info.name}, version ${info.version}`,
      version: packageJson.version,
      description: `Predictions of ${info.uri} (${info.kind}).`,
    },
    paths: {
      '/predict': { post: post(requests.predict, answers.predict) },
      '/invocations': { post: post(requests.invocations, answers.invocations) },
      [`/v2/models/${name}/infer`]: { post: post(requests.infer, answers.infer, 'InferenceError') },
      [`/v2/models/${name}`]: get(
        'The model as the Open Inference Protocol describes it; /ready says whether it answers.',
      ),
      '/v2': get('The server; /v2/health/live and /v2/health/ready say whether it answers.'),
      '/model_info': get('The models that are served: version, signature, classes, an example of input.'),
      '/metrics': get('Counters for Prometheus: requests, times, rows and predictions by version, capture.'),
      '/ping': get('200 when the server answers; so does /health.'),
      '/version': get('The version of Millrace.'),
    },
    components: { schemas: { ...schemas, ...errorSchemas } },
  }
}

function post({ summary, content, example }: RequestBody, answer: object, error = 'Error'): Operation {
  const failure = (description: string): object => ({
    description,
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${error}` } } },
  })
  return {
    summary,
    parameters: [
      {
        name: 'x-routing-key',
        in: 'header',
        schema: { type: 'string' },
        description: 'With several models, requests with the same key are answered by the same one.',
      },
    ],
    requestBody: { required: true, content },
    responses: {
      200: {
        description: 'One prediction for each row or image.',
        content: { 'application/json': { schema: answer } },
      },
      400: failure('What the model cannot take, or no JSON.'),
      413: failure('A body that is too large.'),
      415: failure('Another content type.'),
      503: failure('Too many requests, or the server is shutting down.'),
      504: failure('Not scored in time.'),
    },
    ...(example !== undefined && { 'x-example': JSON.stringify(example) }),
  }
}

function get(summary: string): Readonly<Record<string, Operation>> {
  return { get: { summary, responses: { 200: { description: 'As asked.' } } } }
}

const text = { type: 'string' }
const errorSchemas = {
  Error: { type: 'object', properties: { error_code: text, message: text }, required: ['error_code', 'message'] },
  InferenceError: { type: 'object', properties: { error: text }, required: ['error'] },
}
