/** Writing files so that a reader sees the old content or the new one, never half of either. */
import { lstat, mkdir, mkdtemp, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { MillraceError, systemErrorCode } from './errors.ts'

/** Writes `content` to `path` by way of a temporary file beside it, flushed to disk before it is renamed. */
export async function writeFileAtomic(path: string, content: string | Uint8Array): Promise<void> {
  await replaceAtomic(path, async (temporary) => {
    const file = await open(temporary, 'w')
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
  })
}

/**
 * Lets `write` make a file or folder at a temporary path beside `path`, then renames it into place. Whatever was at
 * `path` is replaced, a file by a file and a folder by a folder; when `write` fails nothing is left behind. A folder with
 * files in it is moved aside first: a crash in that moment leaves it beside `path`, under a name with a dot.
 *
 * @throws MillraceError STORAGE_FAILED when the disk is full, read-only or may not be written to
 */
export async function replaceAtomic(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  let workspace: string | undefined
  try {
    await mkdir(dirname(path), { recursive: true })
    workspace = await mkdtemp(join(dirname(path), `.${basename(path)}-`))
    const temporary = join(workspace, 'new')
    await write(temporary)
    await moveIntoPlace(temporary, path, join(workspace, 'old'))
  } catch (error) {
    throw storageError(path, error)
  } finally {
    if (workspace !== undefined) await rm(workspace, { recursive: true, force: true })
  }
}

async function moveIntoPlace(temporary: string, path: string, aside: string): Promise<void> {
  try {
    await rename(temporary, path)
  } catch (error) {
    // A folder cannot be renamed over a folder that has files in it: move the old one aside first.
    const inTheWay = ['ENOTEMPTY', 'EEXIST', 'EPERM', 'EISDIR', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')
    if (!inTheWay) throw error
    const [found, made] = [await lstat(path), await lstat(temporary)]
    if (found.isDirectory() !== made.isDirectory()) {
      const kind = found.isDirectory() ? 'folder' : 'file'
      throw new MillraceError(
        'STORAGE_FAILED',
        `Cannot write ${path}: there is a ${kind} of that name. Choose another name.`,
        {
          cause: error,
        },
      )
    }
    await rename(path, aside)
    try {
      await rename(temporary, path)
    } catch (second) {
      await rename(aside, path)
      throw second
    }
  }
}

const advice: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full. Free some space and try again; nothing was changed',
  EDQUOT: 'the disk quota is used up. Free some space and try again; nothing was changed',
  EACCES: 'permission denied. Check who owns the folder',
  EPERM: 'permission denied. Check who owns the folder',
  EROFS: 'the file system is read-only. Choose another folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a part of the path is a file, not a folder',
  EMFILE: 'too many files are open. Raise the limit (ulimit -n)',
}

function storageError(path: string, error: unknown): unknown {
  const reason = advice[systemErrorCode(error) ?? '']
  if (reason === undefined) return error
  return new MillraceError('STORAGE_FAILED', `Cannot write ${path}: ${reason}.`, { cause: error })
}
