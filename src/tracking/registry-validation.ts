/** MLflow's rules for the names, versions, stages and aliases of models, with its messages. */
import { type ModelStage, type TextMap } from './entities.ts'
import { checkKey, checkLength, checkPathUnique, invalidParameter, limits } from './validation.ts'

/** @throws INVALID_PARAMETER_VALUE when the name is empty or holds `/` or `:` */
export function checkModelName(name: string, path = 'name'): void {
  if (name.trim() === '') throw invalidParameter(`Missing value for required parameter '${path}'.`)
  if (/[/:]/.test(name)) throw invalidParameter(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`)
  checkPathUnique(name, path)
}

/** @throws INVALID_PARAMETER_VALUE for a key or value that a model or version cannot have */
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
