/** Copying files and folders so that each appears whole. */
import { cp, lstat, readdir, stat } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import { isUnfinished, MillraceError, replaceAtomic, systemErrorCode } from '../core/index.ts'

interface CopyOptions {
  /** What the source is called in messages. */
  readonly name: string
  /** True copies what a link points to; false leaves links out, because they may point anywhere. */
  readonly followLinks: boolean
  /** The place to write `inside` (a path below the target, '' is the target itself), after any check it needs. */
  readonly locate: (inside: string) => Promise<string>
}

/**
 * Copies the file or folder `source`. Where nothing was before it appears complete or not at all; the files of a
 * folder are merged one by one into a folder that is there.
 *
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST when there is no source, INVALID_ARGUMENT for a folder over a file,
 *   a file over a folder or a folder into itself
 */
export async function copyTree(source: string, options: CopyOptions, inside = ''): Promise<void> {
  const target = await options.locate(inside)
  const kind = await kindOf(source)
  const targetKind = await kindOf(target)
  checkCopy({ source, kind, target, targetKind, name: join(options.name, inside) })
  if (kind === 'folder' && targetKind === 'folder') {
    for (const entry of await readdir(source)) {
      const child = join(source, entry)
      if (await isCopied(child, options)) await copyTree(child, options, inside === '' ? entry : `${inside}/${entry}`)
    }
    return
  }
  await replaceAtomic(target, async (temporary) => {
    const filter = async (path: string): Promise<boolean> => await isCopied(path, options)
    await cp(source, temporary, { recursive: true, dereference: options.followLinks, filter })
  })
}

/** Files that somebody else is still writing are no part of the folder yet. */
async function isCopied(path: string, { followLinks }: CopyOptions): Promise<boolean> {
  return !isUnfinished(basename(path)) && (followLinks || !(await isLink(path)))
}

/** Whether there is a file or a folder at `path` (links followed), or nothing. */
export async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    if (saysMissing(error)) return undefined
    throw error
  }
}

/** Whether `path` itself is a symbolic link; what does not exist is none. */
export async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink()
  } catch (error) {
    if (saysMissing(error)) return false
    throw error
  }
}

/** Whether the system's error says that there is no such file or folder, or that there could be none. */
export function saysMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(systemErrorCode(error) ?? '')
}

interface PlannedCopy {
  readonly source: string
  readonly kind: 'file' | 'folder' | undefined
  readonly target: string
  readonly targetKind: 'file' | 'folder' | undefined
  readonly name: string
}

function checkCopy({ source, kind, target, targetKind, name }: PlannedCopy): void {
  if (kind === undefined) {
    throw new MillraceError('RESOURCE_DOES_NOT_EXIST', `Cannot copy ${name}: there is no such file or folder.`)
  }
  if (target === source || target.startsWith(source + sep)) {
    throw new MillraceError('INVALID_ARGUMENT', `Cannot copy ${name} into itself (${target}).`)
  }
  if (targetKind !== undefined && targetKind !== kind) {
    throw new MillraceError('INVALID_ARGUMENT', `Cannot copy the ${kind} ${name} over the ${targetKind} ${target}.`)
  }
}
