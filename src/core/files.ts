/** Writing files so that a reader sees the old content or the new one, never half of either. */
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type FileHandle, link, lstat, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { asError, MillraceError, systemErrorCode } from './errors.ts'

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
 * Writes a small file so that it appears whole, and returns when the system has it: a process that is killed loses
 * nothing. It is not flushed to disk, which would take most of the time; after a power cut it may be missing or empty.
 *
 * @throws MillraceError STORAGE_FAILED when the disk is full, read-only or may not be written to
 */
export function writeSmallFile(path: string, content: string): void {
  const temporary = join(dirname(path), `.${basename(path)}-${process.pid}-${smallFiles++}`)
  makeFolders(dirname(path))
  try {
    writeFileSync(temporary, content)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw storageError(path, error)
  }
}

let smallFiles = 0

/**
 * Makes the folder `path` and those above it where they are missing. Node's own recursive mkdir never returns where the
 * system says that a folder to be made does not exist, as /proc does.
 *
 * @throws MillraceError STORAGE_FAILED when there can be no such folder
 */
export function makeFolders(path: string): void {
  try {
    makeMissing(resolve(path))
  } catch (error) {
    const reason =
      advice[systemErrorCode(error) ?? ''] ?? 'the system does not let a folder be made. Choose another one'
    throw new MillraceError('STORAGE_FAILED', `Cannot make the folder ${path}: ${reason}.`, { cause: error })
  }
}

function makeMissing(path: string): void {
  if (isFolder(path)) return
  if (dirname(path) !== path) makeMissing(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    // Another process may have made it in this moment.
    if (!isFolder(path)) throw error
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/**
 * Lets `write` make a file or folder at a temporary path beside `path`, then renames it into place. Whatever was at
 * `path` is replaced, a file by a file and a folder by a folder; when `write` fails nothing is left behind. A folder with
 * files in it is moved aside first: a crash in that moment leaves it beside `path`, in a folder `.millrace-new-…`.
 *
 * @throws MillraceError STORAGE_FAILED when the disk is full, read-only or may not be written to
 */
export async function replaceAtomic(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  let workspace: string | undefined
  try {
    makeFolders(dirname(path))
    workspace = await mkdtemp(join(dirname(path), unfinishedPrefix))
    const temporary = join(workspace, 'new')
    await write(temporary)
    await moveIntoPlace(temporary, path, join(workspace, 'old'))
  } catch (error) {
    throw storageError(path, error)
  } finally {
    if (workspace !== undefined) await rm(workspace, { recursive: true, force: true })
  }
}

const unfinishedPrefix = '.millrace-new-'

/** Calls `work` with an empty folder, which is removed with all that is in it when that has ended. */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Whether a file or folder of this name is one that replaceAtomic is at work on, or was when its process was killed. */
export function isUnfinished(name: string): boolean {
  return name.startsWith(unfinishedPrefix)
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

/**
 * Adds `text`, whole lines, at the end of the file at `path`; a new file begins with `heading`. Several processes may do
 * so at once: each text stays in one piece. When the disk refuses, what was written of it is taken back.
 *
 * @throws MillraceError STORAGE_FAILED when the disk is full, read-only or may not be written to
 */
export async function appendLines(path: string, text: string, heading = ''): Promise<void> {
  try {
    makeFolders(dirname(path))
    if (heading !== '') await createWith(path, heading)
    await using file = await open(path, 'a+')
    const { size } = await file.stat()
    const content = Buffer.from((await endsInLine(file, size)) ? text : `\n${text}`)
    await appendOrTakeBack(file, size, content)
  } catch (error) {
    throw storageError(path, error)
  }
}

/** Makes the file with its heading in one step, unless there is one. */
async function createWith(path: string, heading: string): Promise<void> {
  if (existsSync(path)) return
  const temporary = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}`
  try {
    await writeFile(temporary, heading)
    await link(temporary, path)
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Whether the file is empty or its last line is whole: one that was cut off by a crash gets a line of its own. */
async function endsInLine(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return true
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] === 10
}

async function appendOrTakeBack(file: FileHandle, size: number, content: Buffer): Promise<void> {
  let written = 0
  try {
    while (written < content.length) written += (await file.write(content, written)).bytesWritten
  } catch (error) {
    // Unless another process has added something behind it meanwhile.
    if (written > 0 && (await file.stat()).size === size + written) await file.truncate(size)
    throw error
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
  ENFILE: 'too many files are open on this machine. Close some programs',
  ENAMETOOLONG: 'the name is too long for the file system. Choose a shorter one',
  ELOOP: 'links on the path lead in a circle. Choose another one',
  EBUSY: 'another program or a mount holds it. Choose another place, or try again when it is free',
  EIO: 'the disk fails. Check it, and choose another one',
}

function storageError(path: string, error: unknown): unknown {
  const reason =
    advice[systemErrorCode(error) ?? ''] ??
    (isAbout(dirname(path), error) ? `the system refuses (${asError(error).message}). Choose another place` : undefined)
  if (reason === undefined) return error
  return new MillraceError('STORAGE_FAILED', `Cannot write ${path}: ${reason}.`, { cause: error })
}

/** Whether a call of the system has failed on something in `folder`; whoever writes may have read elsewhere. */
function isAbout(folder: string, error: unknown): boolean {
  if (!(error instanceof Error && 'syscall' in error && 'path' in error && typeof error.path === 'string')) return false
  return resolve(error.path).startsWith(resolve(folder))
}
