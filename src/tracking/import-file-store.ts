/** From MLflow's old file store, a folder such as `./mlruns`, to a database. */
import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { sql } from 'kysely'
import { hasCode, MillraceError } from '../core/index.ts'
import { fileUriOf, localPathOf, openStorage } from '../storage/index.ts'
import { type CopiedStore } from './copy-store.ts'
import { foldersIn, readTexts } from './file-store/files.ts'
import { type ExperimentFolder, findExperiments, registry } from './file-store/find-experiments.ts'
import { importRegisteredModel } from './file-store/import-registry.ts'
import { artifactPlaces, ownLocation, type Places } from './file-store/places.ts'
import { readLoggedModel, readRun, runIdsIn } from './file-store/read-runs.ts'
import { writeExperiment, writeLoggedModel, writeRun } from './file-store/write-rows.ts'
import { checkEmpty } from './sql/copy-tables.ts'
import { openDatabase } from './sql/open-database.ts'
import { type StoreContext } from './sql/store-context.ts'

type Database = StoreContext['db']

export interface ImportFileStoreOptions {
  /** Whether the new store points to the artifacts where they are (default), or they are copied to its own place. */
  readonly artifacts?: 'reference' | 'copy'
  /** Where copies go. Default: as in openTracking. */
  readonly artifactRoot?: string
  readonly onProgress?: (progress: { readonly runs: number; readonly of: number }) => void
}

export interface ImportedFileStore extends CopiedStore {
  readonly loggedModels: number
  /** Experiments that have another number now; their old one is in the tag `millrace.fileStoreId`. */
  readonly renumbered: number
  /** Traces, which stay where they are. */
  readonly tracesLeftOut: number
}

/** Whether a source of an import is a folder, and so a file store. */
export function isFolder(place: string): boolean {
  const path = localPathOf(place)
  return path !== undefined && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/**
 * Brings everything in a file store but its traces into a new database: ids, times and numbers as they are, deleted things
 * included, in one transaction. Artifacts that lie in the folder are found where it is now, though it says where it was.
 *
 * @throws MillraceError INVALID_ARGUMENT when the folder is no file store or the target holds anything, STORE_CORRUPT
 *   naming every file that is not what it should be; then nothing is imported. As openTracking besides
 */
export async function importFileStore(
  folder: string,
  targetUri: string,
  options: ImportFileStoreOptions = {},
): Promise<ImportedFileStore> {
  const { artifacts = 'reference', artifactRoot, onProgress = () => {} } = options
  const root = resolve(localPathOf(folder) ?? folder)
  const experiments = await findExperiments(root)
  const target = await openDatabase(targetUri, { artifactRoot })
  try {
    await checkEmpty(target)
    const copies = artifacts === 'copy'
    const placeOf = ({ folder, newId }: ExperimentFolder): string =>
      copies ? `${target.artifactRoot}/${newId}` : fileUriOf(folder)
    const places = artifactPlaces(experiments, placeOf)
    return await target.db.transaction().execute(async (tx) => {
      const work = new Import(tx, places, copies ? placeOf : undefined, onProgress)
      return await work.run(root, experiments, target.dialect.resetCounter)
    })
  } finally {
    await target.close()
  }
}

/** Problems are gathered, so that one attempt names all files that want mending. */
class Import {
  readonly #tx: Database
  readonly #places: Places
  readonly #copyTo: ((experiment: ExperimentFolder) => string) | undefined
  readonly #onProgress: NonNullable<ImportFileStoreOptions['onProgress']>
  readonly #problems: MillraceError[] = []
  readonly #runIds = new Set<string>()
  readonly #counts = { runs: 0, metricPoints: 0, loggedModels: 0, registeredModels: 0, tracesLeftOut: 0 }

  constructor(
    tx: Database,
    places: Places,
    copyTo: ((experiment: ExperimentFolder) => string) | undefined,
    onProgress: NonNullable<ImportFileStoreOptions['onProgress']>,
  ) {
    this.#tx = tx
    this.#places = places
    this.#copyTo = copyTo
    this.#onProgress = onProgress
  }

  async run(
    root: string,
    experiments: readonly ExperimentFolder[],
    resetCounter: string | undefined,
  ): Promise<ImportedFileStore> {
    if (experiments.some(({ newId, meta }) => newId === 0 || meta.name === 'Default')) {
      await sql`delete from experiments`.execute(this.#tx)
    }
    const runIds = new Map<ExperimentFolder, readonly string[]>()
    for (const experiment of experiments) runIds.set(experiment, await runIdsIn(experiment.folder))
    const of = [...runIds.values()].reduce((sum, ids) => sum + ids.length, 0)
    for (const [experiment, ids] of runIds) await this.#experiment(experiment, ids, of)
    // Models come after all runs: any may have measured them.
    for (const experiment of experiments) await this.#loggedModels(experiment)
    for (const name of await foldersIn(join(root, registry))) {
      await this.#attempt(async () => {
        await importRegisteredModel(this.#tx, join(root, registry, name), this.#places)
        this.#counts.registeredModels++
      })
    }
    this.#refuseProblems(root)
    if (resetCounter !== undefined) await sql.raw(resetCounter).execute(this.#tx)
    const renumbered = experiments.filter(({ id, newId }) => id !== String(newId)).length
    return { experiments: experiments.length, renumbered, ...this.#counts }
  }

  async #experiment(experiment: ExperimentFolder, runIds: readonly string[], of: number): Promise<void> {
    const { folder, newId } = experiment
    await writeExperiment(this.#tx, experiment, await readTexts(join(folder, 'tags')), this.#places)
    this.#counts.tracesLeftOut += (await foldersIn(join(folder, 'traces'))).length
    for (const id of runIds) {
      await this.#attempt(async () => {
        const run = await readRun(folder, id)
        await writeRun(this.#tx, newId, id, run, this.#places)
        await this.#copyArtifacts(experiment, id)
        this.#runIds.add(id)
        this.#counts.runs++
        this.#counts.metricPoints += run.metrics.length
      })
      this.#onProgress({ runs: this.#counts.runs, of })
    }
  }

  async #loggedModels(experiment: ExperimentFolder): Promise<void> {
    const folder = join(experiment.folder, 'models')
    for (const id of await foldersIn(folder)) {
      await this.#attempt(async () => {
        const model = await readLoggedModel(join(folder, id))
        // The database has no place for what was measured by a run that is gone.
        const metrics = model.metrics.filter(({ runId }) => this.#runIds.has(runId))
        await writeLoggedModel(this.#tx, experiment.newId, id, { ...model, metrics }, this.#places)
        await this.#copyArtifacts(experiment, `models/${id}`)
        this.#counts.loggedModels++
      })
    }
  }

  async #copyArtifacts(experiment: ExperimentFolder, inside: string): Promise<void> {
    const local = join(experiment.folder, inside, 'artifacts')
    if (this.#copyTo === undefined || ownLocation(experiment) === undefined || !isFolder(local)) return
    await openStorage(this.#copyTo(experiment)).upload(local, `${inside}/artifacts`)
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!hasCode(error, 'STORE_CORRUPT')) throw error
      this.#problems.push(error)
    }
  }

  #refuseProblems(root: string): void {
    if (this.#problems.length === 0) return
    const shown = this.#problems.slice(0, 20).map(({ message }) => `  ${message}`)
    const more = this.#problems.length > shown.length ? `\n  … and ${this.#problems.length - shown.length} more` : ''
    throw new MillraceError(
      'STORE_CORRUPT',
      `Cannot import ${root}: some of its files are not what they should be. Mend them or move them away; nothing was imported.\n${shown.join('\n')}${more}`,
    )
  }
}
