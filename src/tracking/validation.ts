/** MLflow's rules for names, keys and values, with its messages: clients and their tests match them. */
import { posix } from 'node:path'
import { MillraceError } from '../core/index.ts'
import { type DatasetInput, type Metric, type ModelStage, type Param, type Tag, type TextMap } from './entities.ts'
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
  batchMetrics: 1000,
  batchParamsOrTags: 100,
  batchTotal: 1000,
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

function checkLength(value: string, name: string, limit: number): void {
  if (value.length > limit) throw invalidParameter(`'${name}' exceeds the maximum length of ${limit} characters`)
}

/** @throws INVALID_PARAMETER_VALUE unless key, value, time and step are such as a store can keep */
export function checkMetric(metric: Metric, path = ''): void {
  const at = (field: string): string => (path === '' ? field : `${path}.${field}`)
  checkKey(metric.key, at('name'), 'Metric name')
  if (typeof metric.value !== 'number') {
    throw invalidParameter(
      `${invalidValue(at('value'), metric.value)}: (timestamp=${metric.timestamp}). ` +
        'Please specify value as a valid double (64-bit floating point)',
    )
  }
  const described = `metric '${metric.key}' (value=${metric.value}).`
  if (!Number.isSafeInteger(metric.timestamp) || metric.timestamp < 0) {
    throw invalidParameter(
      `${invalidValue(at('timestamp'), metric.timestamp)}: ${described} ` +
        'Timestamp must be a nonnegative long (64-bit integer) ',
    )
  }
  if (!Number.isSafeInteger(metric.step)) {
    throw invalidParameter(
      `${invalidValue(at('step'), metric.step)}: ${described} Step must be a valid long (64-bit integer).`,
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
  const at = (field: string): string => (path === '' ? field : `${path}.${field}`)
  checkKey(tag.key, at('key'))
  return { key: tag.key, value: fitLength(tag.value, at('value'), limits.tagValue, truncate) }
}

export interface CheckedBatch {
  readonly metrics: readonly Metric[]
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
  metrics.forEach((metric, i) => checkMetric(metric, `metrics[${i}]`))
  checkUniqueParams(params)
  return {
    metrics,
    params: params.map((param, i) => checkParam(param, truncate, `params[${i}]`)),
    tags: tags.map((tag, i) => checkTag(tag, truncate, `tags[${i}]`)),
  }
}

export function checkExperimentName(name: string): void {
  if (name === '') throw invalidParameter("Invalid experiment name: ''")
  checkLength(name, 'name', limits.experimentName)
}

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

/** @throws INVALID_PARAMETER_VALUE when the name is empty or holds `/` or `:` */
export function checkModelName(name: string, path = 'name'): void {
  if (name.trim() === '') throw invalidParameter(`Missing value for required parameter '${path}'.`)
  if (/[/:]/.test(name)) throw invalidParameter(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`)
  checkPathUnique(name, path)
}

export function checkRegistryTags(tags: TextMap): void {
  for (const [key, value] of Object.entries(tags)) {
    checkKey(key, 'key')
    checkLength(value, 'value', limits.registryTagValue)
  }
}

/** The version as a number. @throws INVALID_PARAMETER_VALUE */
export function parseVersion(version: number | string): number {
  const parsed = typeof version === 'number' || /^\s*\d+\s*$/.test(version) ? Number(version) : NaN
  if (Number.isSafeInteger(parsed)) return parsed
  throw invalidParameter(`Parameter 'version' must be an integer, got '${version}'.`)
}

/** @throws INVALID_PARAMETER_VALUE for an empty or too long name or one with odd characters */
export function checkAlias(alias: string): void {
  if (alias === '') throw invalidParameter('Registered model alias name cannot be empty.')
  if (!/^[\p{L}\p{N}_-]*$/u.test(alias)) {
    throw invalidParameter(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    )
  }
  checkLength(alias, 'Registered model alias name', limits.alias)
}

/** @throws INVALID_PARAMETER_VALUE for `latest` and `v1`, which mean versions already */
export function checkAliasNotReserved(alias: string): void {
  if (alias.toLowerCase() === 'latest') {
    throw invalidParameter("'latest' alias name (case insensitive) is reserved.")
  }
  if (/^v\d+$/i.test(alias)) throw invalidParameter(`Version alias name '${alias}' is reserved.`)
}

const stages: readonly ModelStage[] = ['None', 'Staging', 'Production', 'Archived']

/** The stage in its own spelling, whatever the case it is given in. @throws INVALID_PARAMETER_VALUE */
export function parseStage(stage: string): ModelStage {
  const found = stages.find((known) => known.toLowerCase() === stage.toLowerCase())
  if (found !== undefined) return found
  throw invalidParameter(`Invalid Model Version stage: ${stage}. Value must be one of ${stages.join(', ')}.`)
}

export function checkDatasetInput({ dataset, tags }: DatasetInput): void {
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

/** `maxResults` or its default. @throws INVALID_PARAMETER_VALUE unless it is a whole number from 1 to `most` */
export function checkMaxResults(maxResults: number | undefined, byDefault: number, most: number): number {
  if (maxResults === undefined) return byDefault
  const start = `Invalid value ${maxResults} for parameter 'max_results' supplied. It must be`
  if (!Number.isSafeInteger(maxResults) || maxResults < 1) throw invalidParameter(`${start} a positive integer`)
  if (maxResults > most) throw invalidParameter(`${start} at most ${most}`)
  return maxResults
}

function fitLength(value: string, name: string, limit: number, truncate: boolean): string {
  if (truncate) return value.slice(0, limit)
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
function checkPathUnique(name: string, path: string): void {
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
