/** The dependencies of a project, as a build context has them: package.json, lock file and packages from no registry. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { MillraceError, parseJson } from '../../core/index.ts'

const dependencies = z.record(z.string(), z.string()).optional()
const packageSchema = z.looseObject({ name: z.string().optional(), dependencies, optionalDependencies: dependencies })
const lockEntry = z.looseObject({ resolved: z.string().optional(), link: z.boolean().optional(), dependencies })
const lockSchema = z.looseObject({ packages: z.record(z.string(), lockEntry) })

export interface ProjectFiles {
  readonly packageJson: string
  readonly packageLock: string
  /** Packages that come from no registry: where each lies now, by its name in `packages/`. */
  readonly packages: ReadonlyMap<string, string>
}

/** The nearest folder from `start` upwards that holds package.json and its lock file; undefined when there is none. */
export function findProject(start: string): string | undefined {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'package-lock.json'))) return folder
    if (folder === dirname(folder)) return undefined
  }
}

/**
 * The files of the project in `folder`, with packages in files moved to `packages/`.
 *
 * @throws MillraceError INVALID_CONFIG when the project does not depend on millrace, or on a folder, which an image does
 *   not have
 */
export async function readProject(folder: string): Promise<ProjectFiles> {
  const [packageFile, lockFile] = [join(folder, 'package.json'), join(folder, 'package-lock.json')]
  const manifest = parseJson(packageSchema, await readFile(packageFile, 'utf8'), packageFile)
  if (manifest.dependencies?.['millrace'] === undefined) {
    throw new MillraceError(
      'INVALID_CONFIG',
      `${packageFile} does not have millrace among its dependencies, so the image would not have it. Add it: npm install millrace`,
    )
  }
  const lock = parseJson(lockSchema, await readFile(lockFile, 'utf8'), lockFile)
  const packages = new Map<string, string>()
  const moved = (place: string): string => {
    if (!place.startsWith('file:')) return place
    const path = resolve(folder, place.slice('file:'.length))
    packages.set(basename(path), path)
    return `file:packages/${basename(path)}`
  }
  const movedAll = <T extends z.infer<typeof lockEntry> | z.infer<typeof packageSchema>>(entry: T): T =>
    entry.dependencies === undefined
      ? entry
      : {
          ...entry,
          dependencies: Object.fromEntries(Object.entries(entry.dependencies).map(([name, at]) => [name, moved(at)])),
        }
  const entries = Object.entries(lock.packages).map(([path, entry]) => {
    if (entry.link === true || (entry.resolved?.startsWith('file:') === true && !entry.resolved.endsWith('.tgz'))) {
      throw linked(lockFile, path)
    }
    return [path, { ...movedAll(entry), ...(entry.resolved !== undefined && { resolved: moved(entry.resolved) }) }]
  })
  return {
    packageJson: json(movedAll(manifest)),
    packageLock: json({ ...lock, packages: Object.fromEntries(entries) as unknown }),
    packages,
  }
}

function linked(lockFile: string, path: string): MillraceError {
  return new MillraceError(
    'INVALID_CONFIG',
    `${lockFile}: ${basename(path)} is a folder on this machine, which an image does not have. Install it packed: npm pack, then npm install ./NAME.tgz`,
  )
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
