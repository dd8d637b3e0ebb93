/** Paths of artifacts as requests have them, and MLflow's words for those that lead nowhere. */
import { hasCode, MillraceError } from '../../core/index.ts'
import { normalizeObjectPath } from '../../storage/index.ts'
import { invalidParameter } from '../validation.ts'

/** The path as it is used. @throws MillraceError INVALID_PARAMETER_VALUE when it would leave the root */
export function checkedPath(path: string): string {
  try {
    return normalizeObjectPath(path)
  } catch (error) {
    if (error instanceof MillraceError) throw invalidParameter('Invalid path')
    throw error
  }
}

/** What `work` gives, with MLflow's words where `path` is one that would leave the root or leads to nothing. */
export async function atPath<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (hasCode(error, 'INVALID_ARGUMENT')) throw invalidParameter('Invalid path')
    if (hasCode(error, 'RESOURCE_DOES_NOT_EXIST')) throw new MillraceError(error.code, `No such artifact: '${path}'`)
    throw error
  }
}

/** `path` below `root`. @throws MillraceError INVALID_ARGUMENT when it would leave it */
export function joined(root: string, path: string): string {
  return [root, normalizeObjectPath(path)].filter((part) => part !== '').join('/')
}
