/** An entry of a model's history as a sentence. */
import type { RegistryChange } from '../api/registry-history.ts'
import { strings } from '../strings.ts'

const text = strings.model.action

export function changeText({ action, alias = '', version = 0, from, to = '' }: RegistryChange): string {
  switch (action) {
    case 'alias_set':
      return text.aliasSet(alias, to, from)
    case 'alias_deleted':
      return text.aliasDeleted(alias)
    case 'stage_changed':
      return text.stageChanged(version, from ?? '', to)
    case 'version_deleted':
      return text.versionDeleted(version)
    case 'model_renamed':
      return text.renamed(from ?? '', to)
    case 'model_deleted':
      return text.removed
    default:
      return action
  }
}

/** Whether a change was one of version `version`: of itself, or of an alias that came to it or left it. */
export function isAbout(change: RegistryChange, version: number): boolean {
  return (
    change.version === version ||
    (change.action.startsWith('alias_') && [change.from, change.to].includes(String(version)))
  )
}
