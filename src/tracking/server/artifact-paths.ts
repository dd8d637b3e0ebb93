/** Paths of artifacts as requests have them, and MLflow's words for those that lead nowhere. */
import { asError, hasCode, MillraceError, systemErrorCode } from '../../core/index.ts'
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

/** As atPath; also where there can be no file `path`, which a client would otherwise try again for minutes. */
export async function writingTo(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await atPath(path, work)
  } catch (error) {
    const reason = hopeless[systemErrorCode(asError(error).cause) ?? '']
    throw reason === undefined ? error : invalidParameter(`Cannot write the artifact '${path}': ${reason}.`)
  }
}

const isFolder = 'there is a folder of that name'
const isInFile = 'a part of the path is a file, not a folder'

const hopeless: Readonly<Record<string, string>> = {
  EISDIR: isFolder,
  ENOTEMPTY: isFolder,
  ENOTDIR: isInFile,
  EEXIST: isInFile,
  ENAMETOOLONG: 'a name in it is too long for the file system',
}

/** `path` below `root`. @throws MillraceError INVALID_ARGUMENT when it would leave it */
export function joined(root: string, path: string): string {
  return [root, normalizeObjectPath(path)].filter((part) => part !== '').join('/')
}
