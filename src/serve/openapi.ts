/** The server's description of itself, for tools that make clients and forms of it. */
import packageJson from '../../package.json' with { type: 'json' }
import { exampleRow, type ModelInfo } from './model-info.ts'

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
 * OpenAPI 3.1 of the served model: the rows' schema is its signature.
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
  const row = exampleRow(info)
  const rows = [row]
  const name = encodeURIComponent(info.name)
  const tensors = info.inputs.map((input) => {
    const shape = input.type === 'image' ? [1, ...input.shape] : [1]
    const datatype = input.type === 'string' ? 'BYTES' : 'FP32'
    return { name: input.name, shape, datatype, data: input.type === 'image' ? [] : [row[input.name]] }
  })
  return {
    openapi: '3.1.0',
    info: {
      title: info.version === null ? info.name : `${info.name}, version ${info.version}`,
      version: packageJson.version,
      description: `Predictions of ${info.uri} (${info.kind}).`,
    },
    paths: {
      '/predict': {
        post: post('Predict rows: answers with prediction, confidence and the probability of each class.', rows, {
          oneOf: [{ $ref: '#/components/schemas/Row' }, { type: 'array', items: { $ref: '#/components/schemas/Row' } }],
        }),
      },
      '/invocations': {
        post: post(
          "Predict rows as MLflow's scoring server does: dataframe_split, dataframe_records, instances or inputs; or text/csv.",
          { dataframe_records: rows },
          { $ref: '#/components/schemas/Invocation' },
        ),
      },
      [`/v2/models/${name}/infer`]: {
        post: post('Predict columns, by the Open Inference Protocol (V2).', { inputs: tensors }, { type: 'object' }),
      },
      [`/v2/models/${name}`]: get(
        'The model as the Open Inference Protocol describes it; /ready says whether it answers.',
      ),
      '/v2': get('The server; /v2/health/live and /v2/health/ready say whether it answers.'),
      '/model_info': get('The models that are served: version, signature, classes, an example of input.'),
      '/metrics': get('Counters for Prometheus: requests, times, rows and predictions by version, capture.'),
      '/ping': get('200 when the server answers; so does /health.'),
      '/version': get('The version of Millrace.'),
    },
    components: { schemas: schemas(info) },
  }
}

function post(summary: string, example: unknown, schema: object): Operation {
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
    requestBody: { required: true, content: { 'application/json': { schema, example } } },
    responses: {
      200: { description: 'One prediction a row.', content: { 'application/json': {} } },
      400: failure('Rows that do not fit the signature, or no JSON.'),
      413: failure('A body that is too large.'),
      415: failure('Another content type than JSON or CSV.'),
      503: failure('Too many requests, or the server is shutting down.'),
      504: failure('Not scored in time.'),
    },
    'x-example': JSON.stringify(example),
  }
}

function get(summary: string): Readonly<Record<string, Operation>> {
  return { get: { summary, responses: { 200: { description: 'As asked.' } } } }
}

function failure(description: string): object {
  return {
    description,
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  }
}

function schemas({ inputs }: ModelInfo): Readonly<Record<string, object>> {
  // An image is base64 or numbers.
  const types = { string: ['string', 'null'], double: ['number', 'null'], image: ['string', 'array'] }
  const properties = Object.fromEntries(inputs.map(({ name, type }) => [name, { type: types[type] }]))
  const rows = { type: 'array', items: { $ref: '#/components/schemas/Row' } }
  return {
    Row: { type: 'object', properties, required: inputs.map(({ name }) => name) },
    Invocation: {
      type: 'object',
      properties: {
        dataframe_split: { type: 'object' },
        dataframe_records: rows,
        instances: {},
        inputs: {},
        params: {
          type: 'object',
          properties: {
            skip_bad_rows: { type: 'boolean' },
            routing_key: {},
            answers: { enum: ['columns', 'rows'] },
          },
        },
      },
    },
    Error: {
      type: 'object',
      properties: { error_code: { type: 'string' }, message: { type: 'string' } },
      required: ['error_code', 'message'],
    },
  }
}
