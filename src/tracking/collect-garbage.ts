/** Deleting for good what was marked as deleted: rows, files, and with them the names of experiments. */
import { MillraceError } from '../core/index.ts'
import { openStorage } from '../storage/index.ts'
import { sweepOwnTables } from './sql/own-tables.ts'
import { openDatabase } from './sql/open-database.ts'
import {
  eraseExperiments,
  eraseModels,
  eraseRuns,
  findGarbage,
  type Garbage,
  stillDeleted,
  stillGarbage,
} from './sql/garbage.ts'
import { inTransaction } from './sql/store-context.ts'

export interface CollectGarbageOptions {
  /** A SQLite file or a PostgreSQL database; a server is collected from where its database is. */
  readonly trackingUri: string
  /** Only what was deleted at least so many milliseconds ago. Default: 0. */
  readonly olderThanMs?: number | undefined
  /** Only these experiments and runs, all by default; each has to be deleted. */
  readonly experimentIds?: readonly string[] | undefined
  readonly runIds?: readonly string[] | undefined
  /** Where `mlflow-artifacts:/` really is: the server's --artifacts-destination. */
  readonly artifactsDestination?: string | undefined
  /** Only say what would be deleted. */
  readonly dryRun?: boolean | undefined
}

/** The ids of what was deleted, or would be. */
export interface CollectedGarbage {
  readonly experiments: readonly string[]
  readonly runs: readonly string[]
  readonly loggedModels: readonly string[]
}

/**
 * Erases deleted experiments, runs and logged models with their artifacts. Files go first: what is interrupted is still
 * marked as deleted, and done by the next call. What is restored meanwhile stays, but for files that are gone already.
 *
 * @throws MillraceError INVALID_ARGUMENT when artifacts are kept by a server and `artifactsDestination` is not given,
 *   INVALID_PARAMETER_VALUE for an id of something that is not deleted; as openTracking besides
 */
export async function collectGarbage(options: CollectGarbageOptions): Promise<CollectedGarbage> {
  const { trackingUri, olderThanMs = 0, artifactsDestination, dryRun = false } = options
  const database = await openDatabase(trackingUri, { create: false })
  try {
    const { experimentIds, runIds } = options
    const deletedBefore = database.clock() - olderThanMs
    const garbage = await findGarbage(database.db, { deletedBefore, experimentIds, runIds })
    const folders = (['runs', 'loggedModels', 'traces'] as const).flatMap((kind) =>
      garbage[kind]
        .filter(({ uri }) => uri !== '')
        .map((thing) => ({ kind, thing, ...folderOf(thing, artifactsDestination) })),
    )
    if (dryRun) return collected(garbage)
    for (const { kind, thing, parent, name } of folders) {
      const [deleted] = await stillDeleted(database.db, kind, [thing])
      if (deleted !== undefined) await openStorage(parent).delete(name)
    }
    return await inTransaction(database, async (tx) => {
      const erased = await stillGarbage(tx, garbage)
      await eraseModels(tx, idsOf(erased.loggedModels))
      await eraseRuns(tx, idsOf(erased.runs))
      await eraseExperiments(tx, erased.experiments)
      await sweepOwnTables(tx, database.dialect)
      return collected(erased)
    })
  } finally {
    await database.close()
  }
}

function collected({ experiments, runs, loggedModels }: Garbage): CollectedGarbage {
  return { experiments: experiments.map(String), runs: idsOf(runs), loggedModels: idsOf(loggedModels) }
}

function idsOf(things: Garbage['runs']): readonly string[] {
  return things.map(({ id }) => id)
}

interface Folder {
  readonly parent: string
  readonly name: string
}

/** The folder of a thing: `…/<id>` where its artifacts are in `…/<id>/artifacts`, else that of the artifacts alone. */
function folderOf({ id, uri }: Garbage['runs'][number], destination: string | undefined): Folder {
  const served = /^mlflow-artifacts:(?:\/\/[^/]*)?\/*/i.exec(uri)
  if (served !== null && destination === undefined) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `The artifacts in ${uri} are kept by a server. Say where it has them: --artifacts-destination FOLDER`,
    )
  }
  const real = served === null ? uri : `${destination?.replace(/\/+$/, '')}/${uri.slice(served[0].length)}`
  const folder = real.replace(/\/+$/, '')
  const whole = folder.endsWith(`/${id}/artifacts`) ? folder.slice(0, -'/artifacts'.length) : folder
  const cut = whole.lastIndexOf('/')
  const name = whole.slice(cut + 1)
  return { parent: whole.slice(0, cut), name: whole.startsWith('file:') ? decodeURIComponent(name) : name }
}
