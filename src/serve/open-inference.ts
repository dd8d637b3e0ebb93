/**
 * The Open Inference Protocol (V2) over HTTP, as KServe, Triton and Seldon speak it: one tensor a column.
 * https://github.com/kserve/open-inference-protocol
 */
import packageJson from '../../package.json' with { type: 'json' }
import type { Prediction } from '../model/index.ts'
import { rowAnswers } from './answers.ts'
import type { Deployment } from './deployment.ts'
import { badRequest, HttpError, type HttpReply, type HttpRequest, jsonReply } from './http.ts'
import { describe, isObject, type RawRows } from './raw-rows.ts'
import { contentType, parseJsonBody } from './request-body.ts'
import type { Route } from './routes.ts'
import { scoreRequest } from './score-request.ts'
import type { ServerContext } from './server-context.ts'

/** A tensor as the protocol writes it. Data are in row-major order. */
interface Tensor {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly data: readonly unknown[]
}

interface ModelPath {
  readonly deployment: Deployment
  /** Whether the version was asked for, so that no other may answer. */
  readonly fixed: boolean
}

/** The paths of the protocol, with {name} and {version} in place of a model's own. */
export const openInferencePaths: Readonly<Record<string, Readonly<Record<string, Route['answer']>>>> = {
  '/v2': { GET: () => jsonReply({ name: 'millrace', version: packageJson.version, extensions: [] }) },
  '/v2/health/live': { GET: () => jsonReply({ live: true }) },
  '/v2/health/ready': { GET: () => jsonReply({ ready: true }) },
  ...modelPaths('/v2/models/{name}'),
  ...modelPaths('/v2/models/{name}/versions/{version}'),
}

function modelPaths(path: string): Readonly<Record<string, Readonly<Record<string, Route['answer']>>>> {
  return {
    [path]: { GET: (request, context) => jsonReply(metadata(findModel(request, context).deployment, context)) },
    [`${path}/ready`]: {
      GET: (request, context) =>
        jsonReply({ name: findModel(request, context).deployment.model.identity.name, ready: true }),
    },
    [`${path}/infer`]: { POST: infer },
  }
}

/** `{"error": …}`, as the protocol words what went wrong. */
export function openInferenceError(error: HttpError): HttpReply {
  const reply = jsonReply({ error: error.message, ...error.details }, error.headers)
  return { ...reply, status: error.status }
}

/** @throws HttpError 404 naming the models there are */
function findModel({ path }: HttpRequest, { deployments }: ServerContext): ModelPath {
  const [, , , name = '', , version] = path.split('/').map(decode)
  const named = deployments.filter(({ model }) => model.identity.name === name)
  const fixed = path.includes('/versions/')
  const found = fixed ? named.find(({ model }) => String(model.identity.version ?? '') === version) : named[0]
  if (found !== undefined) return { deployment: found, fixed }
  const served = deployments.map(({ model: { identity } }) =>
    identity.version === undefined ? identity.name : `${identity.name} (version ${identity.version})`,
  )
  const asked = fixed ? `version ${version} of "${name}"` : `model "${name}"`
  throw new HttpError(404, 'RESOURCE_DOES_NOT_EXIST', `There is no ${asked} here. There are: ${served.join(', ')}.`)
}

function metadata({ model: { identity, content } }: Deployment, { deployments }: ServerContext): object {
  const versions = deployments
    .map(({ model }) => model.identity)
    .filter(({ name, version }) => name === identity.name && version !== undefined)
    .map(({ version }) => String(version))
  const { inputs, outputs } = content.signature
  const describeTensor = (spec: (typeof inputs)[number]): object => ({
    name: spec.name,
    datatype: spec['tensor-spec'].dtype === 'str' ? 'BYTES' : 'FP32',
    shape: spec['tensor-spec'].shape,
  })
  return {
    name: identity.name,
    versions,
    platform: 'onnx_onnxv1',
    inputs: inputs.map(describeTensor),
    outputs: outputs.map(describeTensor),
  }
}

async function infer(request: HttpRequest, context: ServerContext): Promise<HttpReply> {
  const { deployment, fixed } = findModel(request, context)
  contentType(request, ['application/json'])
  const content = parseJsonBody(await request.body())
  if (!isObject(content)) throw badRequest(`The body must be a JSON object. Received ${describe(content)}.`)
  const key = request.header('x-routing-key')
  // Without a version it is one model to its callers, whose versions share the requests.
  const chosen = fixed ? deployment : context.traffic.choose(key)
  const { prediction, rows, identity, headers } = await scoreRequest(
    request,
    context,
    chosen,
    tensorRows(content['inputs'], context.takes),
    context.skipBadRows,
  )
  const outputs = wantedOutputs(outputTensors(prediction, rows.errors), content['outputs'])
  const id = content['id']
  return jsonReply(
    {
      model_name: identity.name,
      ...(identity.version !== undefined && { model_version: String(identity.version) }),
      ...(typeof id === 'string' && { id }),
      outputs,
    },
    headers,
  )
}

/** @throws HttpError 400 naming the tensor that is not whole, or for rows not a column */
function tensorRows(inputs: unknown, takes: ServerContext['takes']): RawRows {
  if (!Array.isArray(inputs) || inputs.length === 0) {
    throw badRequest(`"inputs" must be a list of tensors, one for each column. Received ${describe(inputs)}.`)
  }
  const columns = new Map(inputs.map((tensor, position) => tensorColumn(tensor, position, takes)))
  const [first = ''] = columns.keys()
  const rowCount = columns.get(first)?.length ?? 0
  for (const [name, values] of columns) {
    if (values.length === rowCount) continue
    throw badRequest(
      `Input "${name}" has ${values.length} rows and "${first}" has ${rowCount}. All need the same number.`,
    )
  }
  return { rowCount, names: () => [...columns.keys()], column: (name) => columns.get(name) }
}

function tensorColumn(
  tensor: unknown,
  position: number,
  takes: ServerContext['takes'],
): readonly [string, readonly unknown[]] {
  if (!isObject(tensor) || typeof tensor['name'] !== 'string') {
    throw badRequest(
      `Input ${position + 1} is ${describe(tensor)}, expected a tensor with "name", "shape", "datatype" and "data".`,
    )
  }
  const { name, shape, data } = tensor as { name: string; shape?: unknown; data?: unknown }
  if (!Array.isArray(data))
    throw badRequest(`Input "${name}" needs "data", a list of values. Received ${describe(data)}.`)
  const values: readonly unknown[] = data.flat(takes === 'images' ? 3 : 1)
  const sizes = (Array.isArray(shape) ? shape : []).map(Number)
  if (takes === 'images') return [name, imagesOf(name, sizes, values)]
  const isColumn = (sizes.length === 1 || (sizes.length === 2 && sizes[1] === 1)) && sizes[0] === values.length
  if (isColumn) return [name, values]
  throw badRequest(
    `Input "${name}" has the shape ${JSON.stringify(shape)} and ${values.length} values, expected [${values.length}] or [${values.length}, 1]: one value a row.`,
  )
}

/** Images one after the other, as their shape cuts them. */
function imagesOf(name: string, [count = 0, ...shape]: readonly number[], values: readonly unknown[]): unknown[] {
  const width = shape.reduce((product, size) => product * size, 1)
  if (count >= 1 && count * width === values.length) {
    return Array.from({ length: count }, (_, image) => values.slice(image * width, (image + 1) * width))
  }
  throw badRequest(
    `Input "${name}" has the shape ${JSON.stringify([count, ...shape])} and ${values.length} values. Both must agree.`,
  )
}

function outputTensors(prediction: Prediction, errors: Parameters<typeof rowAnswers>[1]): readonly Tensor[] {
  const answers = rowAnswers(prediction, errors).map((answer) => answer?.prediction ?? null)
  const shape = [answers.length]
  if (prediction.task === 'regression') return [{ name: 'prediction', datatype: 'FP32', shape, data: answers }]
  const { classes, probabilities } = prediction
  return [
    { name: 'label', datatype: 'BYTES', shape, data: answers },
    { name: 'probabilities', datatype: 'FP32', shape: [...shape, classes.length], data: [...probabilities] },
  ]
}

/** @throws HttpError 400 for an output that there is not */
function wantedOutputs(tensors: readonly Tensor[], wanted: unknown): readonly Tensor[] {
  if (!Array.isArray(wanted) || wanted.length === 0) return tensors
  return wanted.map((output: unknown) => {
    const name = isObject(output) ? output['name'] : undefined
    const found = tensors.find((tensor) => tensor.name === name)
    if (found !== undefined) return found
    const there = tensors.map((tensor) => `"${tensor.name}"`).join(', ')
    throw badRequest(`There is no output ${JSON.stringify(name)}. There are: ${there}.`)
  })
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
