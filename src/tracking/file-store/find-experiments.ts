/** The experiments of a file store, and the numbers they get in a database. */
import { join } from 'node:path'
import type { z } from 'zod'
import { MillraceError } from '../../core/index.ts'
import { badFile, foldersIn, readMeta } from './files.ts'
import { experimentMeta } from './meta.ts'

export interface ExperimentFolder {
  readonly folder: string
  /** The name of the folder. */
  readonly id: string
  /** Its number in the database. */
  readonly newId: number
  readonly meta: z.output<typeof experimentMeta>
}

/** Deleted experiments are moved here. */
const trash = '.trash'
/** Registered models. */
export const registry = 'models'

/** The greatest number of an experiment that every database keeps. */
const greatestId = 2 ** 31 - 1

/**
 * All experiments, those that keep their number first. New file stores give random numbers of 18 digits, which are too
 * large: those get the next ones there are, in the order in which they were made.
 *
 * @throws MillraceError INVALID_ARGUMENT when the folder holds no file store, STORE_CORRUPT for one that cannot be read
 */
export async function findExperiments(root: string): Promise<readonly ExperimentFolder[]> {
  const found = [...(await read(root)), ...(await read(join(root, trash)))]
  if (found.length === 0 && (await foldersIn(join(root, registry))).length === 0) {
    const message = `${root} holds no experiments of MLflow's file store. Name the folder itself, such as ./mlruns.`
    throw new MillraceError('INVALID_ARGUMENT', message)
  }
  checkNames(found)
  const kept = found.flatMap((experiment) => {
    const newId = /^\d+$/.test(experiment.id) ? Number(experiment.id) : NaN
    return newId <= greatestId ? [{ ...experiment, newId }] : []
  })
  const first = Math.max(0, ...kept.map(({ newId }) => newId)) + 1
  const keptFolders = new Set(kept.map(({ folder }) => folder))
  const renumbered = found
    .filter(({ folder }) => !keptFolders.has(folder))
    .sort((a, b) => (a.meta.creation_time ?? 0) - (b.meta.creation_time ?? 0))
    .map((experiment, i) => ({ ...experiment, newId: first + i }))
  return [...kept, ...renumbered]
}

type Found = Omit<ExperimentFolder, 'newId'>

async function read(parent: string): Promise<readonly Found[]> {
  const ids = (await foldersIn(parent)).filter((name) => name !== registry)
  return await Promise.all(
    ids.map(async (id) => {
      const folder = join(parent, id)
      return { folder, id, meta: await readMeta(folder, experimentMeta) }
    }),
  )
}

function checkNames(experiments: readonly Found[]): void {
  for (const [name, same] of Map.groupBy(experiments, ({ meta }) => meta.name)) {
    const [first, second] = same
    if (second !== undefined) throw badFile(second.folder, `it has the name of ${first!.folder}, "${name}"`)
  }
}
