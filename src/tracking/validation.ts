/**
 * MLflow's rules for names, keys and values of experiments and runs, with its messages: clients and their tests match
 * them. Those of the registry are in registry-validation.ts.
 */
import { posix } from 'node:path'
import { MillraceError } from '../core/index.ts'
import {
  type DatasetInput,
  type Metric,
  type MetricToLog,
  type Param,
  type RunStatus,
  type Tag,
  type TextMap,
} from './entities.ts'
import { type LogBatch } from './tracking-store.ts'

/** Lengths in characters, counts in items. */
export const limits = {
  key: 250,
  paramValue: 6000,
  tagValue: 8000,
  experimentName: 500,
  experimentTagValue: 20_000,
  registryTagValue: 100_000,
  alias: 255,
  traceId: 50,
  traceLinks: 100,
  batchMetrics: 1000,
  batchParamsOrTags: 100,
  batchTotal: 1000,
  batchDatasets: 1000,
  datasetName: 500,
  datasetDigest: 36,
  datasetSource: 65_535,
  datasetSchema: 1_048_575,
  datasetProfile: 16_777_215,
  inputTagKey: 255,
  inputTagValue: 500,
} as const

/** An INVALID_PARAMETER_VALUE error. */
export function invalidParameter(message: string): MillraceError {
  return new MillraceError('INVALID_PARAMETER_VALUE', message)
}

/** @throws INVALID_PARAMETER_VALUE unless `key` may name a metric, parameter or tag; `path` says which in the message */
export function checkKey(key: string, path: string, lengthName = path): void {
  if (!/^[/\p{L}\p{N}_.\- :]*$/u.test(key)) {
    throw invalidParameter(
      `${invalidValue(path, key)}: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), ` +
        'spaces ( ), colon(:) and slashes (/).',
    )
  }
  checkPathUnique(key, path)
  checkLength(key, lengthName, limits.key)
}

/** @throws INVALID_PARAMETER_VALUE when `value` has more than `limit` characters */
export function checkLength(value: string, name: string, limit: number): void {
  if (value.length > limit) throw invalidParameter(`'${name}' exceeds the maximum length of ${limit} characters`)
}

/** @throws INVALID_PARAMETER_VALUE unless key, value, time and step are such as a store can keep */
export function checkMetric(metric: Metric, path = ''): void {
  checkMetricKey(metric, path)
  checkPoint(metric, path)
}

function checkMetricKey({ key }: Metric, path: string): void {
  checkKey(key, path === '' ? 'name' : `${path}.name`, 'Metric name')
}

function checkPoint(metric: Metric, path: string): void {
  const at = (field: string): string => (path === '' ? field : `${path}.${field}`)
  if (typeof metric.value !== 'number') {
    throw invalidParameter(
      `${invalidValue(at('value'), metric.value)}: (timestamp=${metric.timestamp}). ` +
        'Please specify value as a valid double (64-bit floating point)',
    )
  }
  const described = (): string => `metric '${metric.key}' (value=${metric.value}).`
  if (!Number.isSafeInteger(metric.timestamp) || metric.timestamp < 0) {
    throw invalidParameter(
      `${invalidValue(at('timestamp'), metric.timestamp)}: ${described()} ` +
        'Timestamp must be a nonnegative long (64-bit integer) ',
    )
  }
  if (!Number.isSafeInteger(metric.step)) {
    throw invalidParameter(
      `${invalidValue(at('step'), metric.step)}: ${described()} Step must be a valid long (64-bit integer).`,
    )
  }
}

/** The parameter as it is stored: a long value is cut where `truncate` says so. */
export function checkParam(param: Param, truncate: boolean, path = ''): Param {
  checkKey(param.key, path === '' ? 'key' : `${path}.key`, 'Param key')
  return { key: param.key, value: fitLength(param.value, 'Param value', limits.paramValue, truncate) }
}

/** The tag as it is stored: a long value is cut where `truncate` says so. */
export function checkTag(tag: Tag, truncate: boolean, path = ''): Tag {
  checkKey(tag.key, path === '' ? 'key' : `${path}.key`)
  return checkTagLength(tag, truncate, path)
}

/** The same for a tag that a run begins with, whose key MLflow lets be any text. */
export function checkTagLength(tag: Tag, truncate: boolean, path = ''): Tag {
  const at = (field: string): string => (path === '' ? field : `${path}.${field}`)
  checkLength(tag.key, at('key'), limits.key)
  return { key: tag.key, value: fitLength(tag.value, at('value'), limits.tagValue, truncate) }
}

const statuses: readonly RunStatus[] = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']

/** @throws INVALID_PARAMETER_VALUE unless status and times, where given, are such as a run can have */
export function checkRunChanges(changes: {
  status?: string | undefined
  startTime?: number | undefined
  endTime?: number | undefined
}): void {
  const { status, startTime, endTime } = changes
  if (status !== undefined && !statuses.some((known) => known === status)) {
    throw invalidParameter(
      `Could not get run status corresponding to string ${status}. Valid run status strings: ${statuses.join(', ')}`,
    )
  }
  for (const [name, time] of [
    ['start_time', startTime],
    ['end_time', endTime],
  ] as const) {
    if (time !== undefined && !Number.isSafeInteger(time)) {
      throw invalidParameter(`Parameter '${name}' must be an integer, got '${time}'.`)
    }
  }
}

export interface CheckedBatch {
  readonly metrics: readonly MetricToLog[]
  readonly params: readonly Param[]
  readonly tags: readonly Tag[]
}

/** The batch as it is stored. @throws INVALID_PARAMETER_VALUE naming the item that is wrong, or the limit */
export function checkBatch(batch: LogBatch, truncate: boolean): CheckedBatch {
  const { metrics = [], params = [], tags = [] } = batch
  checkCount('metrics', metrics.length, limits.batchMetrics)
  checkCount('params', params.length, limits.batchParamsOrTags)
  checkCount('tags', tags.length, limits.batchParamsOrTags)
  checkCount('metrics, params, and tags', metrics.length + params.length + tags.length, limits.batchTotal)
  const keys = new Set<string>()
  metrics.forEach((metric, i) => {
    const path = `metrics[${i}]`
    // Points of one key are many, and its check takes longer than all the others.
    if (!keys.has(metric.key)) checkMetricKey(metric, path)
    keys.add(metric.key)
    checkPoint(metric, path)
  })
  checkUniqueParams(params)
  return {
    metrics,
    params: params.map((param, i) => checkParam(param, truncate, `params[${i}]`)),
    tags: tags.map((tag, i) => checkTag(tag, truncate, `tags[${i}]`)),
  }
}

/** @throws INVALID_PARAMETER_VALUE for an empty or too long name */
export function checkExperimentName(name: string): void {
  if (name === '') throw invalidParameter("Invalid experiment name: ''")
  checkLength(name, 'name', limits.experimentName)
}

/** @throws INVALID_PARAMETER_VALUE for a key or value that an experiment cannot have */
export function checkExperimentTags(tags: TextMap): void {
  for (const [key, value] of Object.entries(tags)) {
    checkKey(key, 'key')
    checkLength(value, 'value', limits.experimentTagValue)
  }
}

/** The id as a number. @throws INVALID_PARAMETER_VALUE */
export function parseExperimentId(experimentId: string): number {
  const id = /^\s*-?\d+\s*$/.test(experimentId) ? Number(experimentId) : NaN
  if (Number.isSafeInteger(id)) return id
  throw invalidParameter(`Invalid experiment ID '${experimentId}'. Experiment ID must be a valid integer.`)
}

/** @throws INVALID_PARAMETER_VALUE for too many data sets, or one with a part that is too long */
export function checkDatasetInputs(inputs: readonly DatasetInput[]): void {
  checkCount('datasets', inputs.length, limits.batchDatasets)
  for (const { dataset, tags } of inputs) {
    checkLength(dataset.name, 'name', limits.datasetName)
    checkLength(dataset.digest, 'digest', limits.datasetDigest)
    checkLength(dataset.source, 'source', limits.datasetSource)
    checkLength(dataset.schema ?? '', 'schema', limits.datasetSchema)
    checkLength(dataset.profile ?? '', 'profile', limits.datasetProfile)
    for (const [key, value] of Object.entries(tags)) {
      checkLength(key, 'key', limits.inputTagKey)
      checkLength(value, 'value', limits.inputTagValue)
    }
  }
}

/** `maxResults` or its default. @throws INVALID_PARAMETER_VALUE unless it is a whole number from 1 to `most` */
export function checkMaxResults(maxResults: number | undefined, byDefault: number, most: number): number {
  if (maxResults === undefined) return byDefault
  const start = `Invalid value ${maxResults} for parameter 'max_results' supplied. It must be`
  if (!Number.isSafeInteger(maxResults) || maxResults < 1) throw invalidParameter(`${start} a positive integer`)
  if (maxResults > most) throw invalidParameter(`${start} at most ${most}`)
  return maxResults
}

function fitLength(value: string, name: string, limit: number, truncate: boolean): string {
  // A character of two halves is not cut in two: half of one is no text.
  if (truncate) return value.length <= limit ? value : value.slice(0, limit).replace(/[\uD800-\uDBFF]$/, '')
  checkLength(value, name, limit)
  return value
}

function checkCount(what: string, count: number, limit: number): void {
  if (count <= limit) return
  throw invalidParameter(
    `A batch logging request can contain at most ${limit} ${what}. Got ${count} ${what}. ` +
      `Please split up ${what} across multiple requests and try again.`,
  )
}

function checkUniqueParams(params: readonly Param[]): void {
  const keys = params.map((param) => param.key)
  const repeated = keys.filter((key, i) => keys.indexOf(key) !== i)
  if (repeated.length === 0) return
  throw invalidParameter(
    `Duplicate parameter keys have been submitted: ${pythonList(repeated)}. ` +
      'Please ensure the request contains only one param value per param key.',
  )
}

/** Names are used as file names in places, so two that mean the same file must not both be allowed. */
export function checkPathUnique(name: string, path: string): void {
  const resolved = name === '' ? '.' : posix.normalize(name).replace(/(.)\/$/, '$1')
  if (resolved === name && resolved !== '.' && !resolved.startsWith('..') && !resolved.startsWith('/')) return
  throw invalidParameter(
    `${invalidValue(path, name)}: Names may be treated as files in certain cases, and must not resolve to other ` +
      `names when treated as such. This name would resolve to '${resolved}'`,
  )
}

function invalidValue(path: string, value: unknown): string {
  return `Invalid value ${JSON.stringify(value) ?? 'null'} for parameter '${path}' supplied`
}

function pythonList(items: readonly string[]): string {
  return `[${items.map((item) => `'${item}'`).join(', ')}]`
}
