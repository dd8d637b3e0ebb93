/** The commit a folder is at, read from git's own files: starting git for each run would cost more than the run. */
import { readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { systemErrorCode } from '../core/index.ts'

/** The 40 hexadecimal digits of HEAD, or undefined outside of a repository and before its first commit. */
export async function readGitCommit(folder: string): Promise<string | undefined> {
  const gitFolder = await findGitFolder(resolve(folder))
  if (gitFolder === undefined) return undefined
  const head = (await readText(join(gitFolder, 'HEAD')))?.trim() ?? ''
  const ref = /^ref: (.+)$/.exec(head)?.[1]
  return asCommit(ref === undefined ? head : await readRef(gitFolder, ref))
}

/** The folder with HEAD in it. In a work tree beside the main one `.git` is a file that says where that is. */
async function findGitFolder(folder: string): Promise<string | undefined> {
  const place = join(folder, '.git')
  const kind = await stat(place).catch(() => undefined)
  if (kind?.isDirectory() === true) return place
  const link = kind === undefined ? undefined : /^gitdir: (.+)$/m.exec((await readText(place)) ?? '')?.[1]
  if (link !== undefined) return resolve(folder, link.trim())
  const parent = dirname(folder)
  return parent === folder ? undefined : await findGitFolder(parent)
}

async function readRef(gitFolder: string, ref: string): Promise<string | undefined> {
  const common = (await readText(join(gitFolder, 'commondir')))?.trim()
  const shared = common === undefined ? gitFolder : resolve(gitFolder, common)
  const loose = (await readText(join(gitFolder, ref))) ?? (await readText(join(shared, ref)))
  if (loose !== undefined) return loose.trim()
  const packed = (await readText(join(shared, 'packed-refs'))) ?? ''
  return packed
    .split('\n')
    .find((line) => line.endsWith(` ${ref}`))
    ?.split(' ')[0]
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    // No commit is known without these files, and a run must not fail for that.
    if (systemErrorCode(error) !== undefined) return undefined
    throw error
  }
}

function asCommit(text: string | undefined): string | undefined {
  return text !== undefined && /^[0-9a-f]{40,64}$/.test(text) ? text : undefined
}
