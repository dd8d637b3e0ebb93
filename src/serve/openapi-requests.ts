/** What the paths that predict take, for the server's description of itself: rows by the signature, or images. */
import { encodePlainPng } from '../images/index.ts'
import { exampleRow, type ModelInfo } from './model-info.ts'
import { imageTypes } from './request-body.ts'
import type { ServedInput } from './served-content.ts'

type Schema = Readonly<Record<string, unknown>>
type Content = Readonly<Record<string, { readonly schema?: Schema; readonly example?: unknown }>>

/** A body of requests, by content type. */
export interface RequestBody {
  readonly summary: string
  readonly content: Content
  /** A body as JSON that can be sent as it stands, where one is short enough. */
  readonly example?: unknown
}

export interface Requests {
  readonly predict: RequestBody
  readonly invocations: RequestBody
  /** Of the Open Inference Protocol. */
  readonly infer: RequestBody
  readonly schemas: Readonly<Record<string, Schema>>
}

type ImageInput = Extract<ServedInput, { type: 'image' }>
type ColumnInput = Exclude<ServedInput, ImageInput>

/** What a model takes. */
export function describeRequests(info: ModelInfo): Requests {
  const image = info.inputs.find((input) => input.type === 'image')
  const columns = info.inputs.filter((input) => input.type !== 'image')
  return image === undefined ? rowRequests(info, columns) : imageRequests(image)
}

const params = {
  type: 'object',
  properties: { skip_bad_rows: { type: 'boolean' }, routing_key: {}, answers: { enum: ['columns', 'rows'] } },
}
const oneOfFormats = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'].map((name) => ({
  required: [name],
}))

function reference(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` }
}

function listOf(items: Schema, count?: number): Schema {
  return { type: 'array', items, ...(count !== undefined && { minItems: count, maxItems: count }) }
}

/** JSON with `example`, and CSV with a heading. */
function jsonOrCsv(schema: Schema, example: unknown): Pick<RequestBody, 'content' | 'example'> {
  return { content: { 'application/json': { schema, example }, 'text/csv': {} }, example }
}

function rowRequests(info: ModelInfo, inputs: readonly ColumnInput[]): Requests {
  const row = exampleRow(info)
  const types = { string: ['string', 'null'], double: ['number', 'null'] }
  const properties = Object.fromEntries(inputs.map(({ name, type }) => [name, { type: types[type] }]))
  const rows = listOf(reference('Row'))
  const tensors = inputs.map(({ name, type }) => {
    return { name, shape: [1], datatype: type === 'string' ? 'BYTES' : 'FP32', data: [row[name]] }
  })
  const example = { inputs: tensors }
  return {
    predict: {
      summary: 'Predict rows: answers with prediction, confidence and the probability of each class.',
      ...jsonOrCsv({ anyOf: [reference('Row'), rows, reference('Invocation')] }, [row]),
    },
    invocations: {
      summary:
        "Predict rows as MLflow's scoring server does: dataframe_split, dataframe_records, instances or inputs; or text/csv.",
      ...jsonOrCsv(reference('Invocation'), { dataframe_records: [row] }),
    },
    infer: {
      summary: 'Predict columns, by the Open Inference Protocol (V2).',
      content: { 'application/json': { schema: { type: 'object', required: ['inputs'] }, example } },
      example,
    },
    schemas: {
      Row: { type: 'object', properties, required: inputs.map(({ name }) => name) },
      Invocation: {
        type: 'object',
        properties: { dataframe_split: { type: 'object' }, dataframe_records: rows, instances: {}, inputs: {}, params },
        oneOf: oneOfFormats,
      },
    },
  }
}

function imageRequests({ name, shape }: ImageInput): Requests {
  const [channels = 1, height = 1, width = 1] = shape
  const data = new Uint8Array(channels * height * width)
  const blank = encodePlainPng({ width, height, channels: channels === 1 ? 1 : 3, data })
  const example = { inputs: [blank.toString('base64')] }
  const files = imageTypes.filter((type) => !['application/json', 'multipart/form-data'].includes(type))
  const field = { type: 'array', items: { type: 'string', contentMediaType: 'application/octet-stream' } }
  const content = {
    'application/json': { schema: reference('Images'), example },
    // The bytes of a file as they are: a schema has nothing to say of them.
    ...Object.fromEntries(files.map((type) => [type, {}])),
    'multipart/form-data': { schema: { type: 'object', properties: { file: field }, required: ['file'] } },
  }
  const formats = 'The bytes of a PNG, JPEG, WebP, GIF, TIFF or AVIF file, a form with files, or JSON.'
  return {
    predict: {
      summary: `Classify images: answers with prediction, confidence and the probability of each class. ${formats}`,
      content,
      example,
    },
    invocations: {
      summary: `Classify images, answering as MLflow's scoring server does. ${formats}`,
      content,
      example,
    },
    infer: {
      summary: 'Classify images as one tensor, by the Open Inference Protocol (V2).',
      content: { 'application/json': { schema: imageTensors(name, shape) } },
    },
    schemas: imageSchemas(shape),
  }
}

function imageSchemas(shape: readonly number[]): Requests['schemas'] {
  const number = { type: 'number' }
  const count = shape.reduce((product, size) => product * size, 1)
  const nested = (sizes: readonly number[]): Schema => sizes.reduceRight<Schema>(listOf, number)
  const [channels, ...plane] = shape
  const images = reference('ImageList')
  const records = listOf({ type: 'object', properties: { image: reference('Image') }, required: ['image'] })
  const columns = { type: 'object', properties: { image: images }, required: ['image'] }
  const split = { columns: listOf({ type: 'string' }), data: listOf(listOf({})) }
  const base64 = reference('ImageFile')
  return {
    ImageFile: { type: 'string', description: 'The bytes of an image file as base64, or as a data URL.' },
    ImageNumbers: {
      description: `Numbers as the model's graph takes them, 0 to 1: [${shape.join(', ')}], nested or flat.`,
      anyOf: [nested(shape), ...(channels === 1 ? [nested(plane)] : []), listOf(number, count)],
    },
    Image: { anyOf: [base64, reference('ImageNumbers')] },
    ImageList: listOf(reference('Image')),
    Images: {
      anyOf: [
        base64,
        images,
        { type: 'object', properties: { image: { anyOf: [base64, images] }, params }, required: ['image'] },
        {
          type: 'object',
          properties: {
            inputs: { anyOf: [base64, images, records, columns] },
            instances: { anyOf: [base64, images, records, columns] },
            dataframe_records: records,
            dataframe_split: { type: 'object', properties: split, required: ['columns', 'data'] },
            params,
          },
          oneOf: oneOfFormats,
        },
      ],
    },
  }
}

function imageTensors(name: string, shape: readonly number[]): Schema {
  const sizes = [{ type: 'integer', minimum: 1 }, ...shape.map((size) => ({ const: size }))]
  const tensor = {
    type: 'object',
    properties: {
      name: { const: name },
      datatype: { type: 'string' },
      shape: { type: 'array', prefixItems: sizes, minItems: sizes.length, maxItems: sizes.length },
      data: { type: 'array', description: 'The numbers of all images, 0 to 1, flat or nested.' },
    },
    required: ['name', 'shape', 'data'],
  }
  return { type: 'object', properties: { inputs: listOf(tensor, 1), id: { type: 'string' } }, required: ['inputs'] }
}
