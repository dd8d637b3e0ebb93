/** The URIs that name a model: by registered version, stage or alias, by run, or by place. */
import { normalizeObjectPath } from '../storage/index.ts'
import { type ModelStage } from './entities.ts'
import { parseStage } from './registry-validation.ts'
import { invalidParameter } from './validation.ts'

export type ModelUri =
  | { readonly kind: 'version'; readonly name: string; readonly version: number }
  | { readonly kind: 'stage'; readonly name: string; readonly stage: ModelStage }
  | { readonly kind: 'alias'; readonly name: string; readonly alias: string }
  | { readonly kind: 'latest'; readonly name: string }
  | { readonly kind: 'logged'; readonly modelId: string }
  | { readonly kind: 'run'; readonly runId: string; readonly path: string }
  | { readonly kind: 'location'; readonly uri: string }

/**
 * Reads `models:/iris/3`, `models:/iris/Production`, `models:/iris@champion`, `models:/iris/latest`,
 * `models:/m-<id>` of a logged model, `runs:/<run id>/<path>`; anything else is a place as it stands.
 *
 * @throws MillraceError INVALID_PARAMETER_VALUE for a models: or runs: URI of another form, or a stage there is none of
 */
export function parseModelUri(uri: string): ModelUri {
  if (uri.startsWith('models:')) return parseRegistered(uri)
  if (!uri.startsWith('runs:')) return { kind: 'location', uri }
  const match = /^runs:\/+([^/]+)\/*(.*)$/s.exec(uri)
  if (match === null) throw invalidParameter(`Invalid run URI "${uri}". Write it as runs:/<run id>/<path>`)
  return { kind: 'run', runId: match[1]!, path: normalizeObjectPath(match[2]!) }
}

/** `base` with the path of something below it; in a `file:` URI odd characters are escaped. */
export function joinUri(base: string, path: string): string {
  const parts = path.split('/').filter((part) => part !== '')
  const escaped = base.startsWith('file:') ? parts.map(encodeURIComponent) : parts
  return [base.replace(/\/+$/, ''), ...escaped].join('/')
}

function parseRegistered(uri: string): ModelUri {
  const logged = /^models:\/(m-[0-9a-f]{32})$/.exec(uri)?.[1]
  if (logged !== undefined) return { kind: 'logged', modelId: logged }
  const [name = '', suffix, ...rest] = uri.replace(/^models:\//, '').split('/')
  const at = name.lastIndexOf('@')
  if (suffix === undefined && at > 0 && at < name.length - 1) {
    return { kind: 'alias', name: name.slice(0, at), alias: name.slice(at + 1) }
  }
  if (name === '' || suffix === undefined || suffix === '' || rest.length > 0) throw invalidModelUri(uri)
  if (/^\d+$/.test(suffix)) return { kind: 'version', name, version: Number(suffix) }
  if (suffix.toLowerCase() === 'latest') return { kind: 'latest', name }
  return { kind: 'stage', name, stage: parseStage(suffix) }
}

function invalidModelUri(uri: string): Error {
  return invalidParameter(
    `Invalid model URI "${uri}". Write it as models:/<name>/<version or stage>, models:/<name>@<alias> or ` +
      'models:/<name>/latest',
  )
}
