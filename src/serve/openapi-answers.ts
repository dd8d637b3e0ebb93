/** What the paths that predict answer, for the server's description of itself. */
import type { ModelInfo } from './model-info.ts'

type Schema = Readonly<Record<string, unknown>>

export interface Answers {
  readonly predict: Schema
  readonly invocations: Schema
  /** Of the Open Inference Protocol. */
  readonly infer: Schema
}

const number = { type: ['number', 'null'] }
const share = { type: 'number', minimum: 0, maximum: 1 }

/** What a model of this task answers. A row that was skipped has null in its place, and an entry in `errors`. */
export function describeAnswers({ task, classes }: Pick<ModelInfo, 'task' | 'classes'>): Answers {
  const label = { enum: classes }
  const shares = record(Object.fromEntries(classes.map((name) => [name, share])))
  const isNumber = task === 'regression'
  const detailed = isNumber
    ? record({ prediction: number })
    : record({ prediction: label, confidence: share, probabilities: shares })
  const short = isNumber
    ? record({ prediction: number, confidence: { type: 'null' } })
    : record({ prediction: label, confidence: share })
  const columns = isNumber
    ? record({ prediction: list(number) })
    : record({ label: list(orNull(label)), probabilities: list(orNull(list(share))) })
  const model = record({ name: { type: 'string' }, version: { type: ['integer', 'null'] } })
  return {
    predict: withErrors({ predictions: list(orNull(detailed)), model }),
    invocations: withErrors({ predictions: { anyOf: [columns, list(orNull(short))] } }),
    infer: tensors,
  }
}

const text = { type: 'string' }
const error = record({ row: { type: 'integer', minimum: 1 }, field: text, expected: text, found: text, message: text })

const tensor = record({ name: text, datatype: text, shape: list({ type: 'integer' }), data: list({}) })
const tensors = {
  type: 'object',
  properties: { model_name: text, model_version: text, id: text, outputs: list(tensor) },
  required: ['model_name', 'outputs'],
}

function withErrors(properties: Schema): Schema {
  const { required } = record(properties)
  return { type: 'object', properties: { ...properties, errors: list(error) }, required }
}

function list(items: Schema): Schema {
  return { type: 'array', items }
}

/** An object that has all of `properties`. */
function record(properties: Schema): Schema {
  return { type: 'object', properties, required: Object.keys(properties) }
}

function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] }
}
