/** Finding a known data set on this machine. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DataError, MillraceError } from '../../core/index.ts'
import { problemOf, sizeOf } from './check-file.ts'
import type { KnownDataset, KnownFile } from './known-datasets.ts'

export interface FindDatasetOptions {
  /** A folder that has the files. Default: those of `datasetFolders`. */
  readonly from?: string
}

/** Where a data set is put when no other folder is named. */
export function defaultFolder({ name }: KnownDataset): string {
  return join('datasets', name)
}

/**
 * Folders where a data set is looked for: `datasets/<name>` of the current one, the folder that the environment variable
 * MILLRACE_DATASETS names or `<name>` in it, `/usr/share/datasets/<name>`.
 */
export function datasetFolders(dataset: KnownDataset): readonly string[] {
  const named = process.env['MILLRACE_DATASETS'] ?? ''
  const fromEnvironment = named === '' ? [] : [join(named, dataset.name), named]
  return [defaultFolder(dataset), ...fromEnvironment, join('/usr/share/datasets', dataset.name)]
}

/**
 * The folder of a data set on this machine, its files checked against the published sums.
 *
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST when it is nowhere, with the places and the command that gets it
 * @throws DataError naming a file that is missing or not as published
 */
export async function findDataset(dataset: KnownDataset, { from }: FindDatasetOptions = {}): Promise<string> {
  const folder = from ?? folderWith(dataset)
  if (folder === undefined) {
    throw new MillraceError(
      'RESOURCE_DOES_NOT_EXIST',
      `The data set ${dataset.name} is not on this machine. Get it: millrace data onboard ${dataset.name}. Looked in ${datasetFolders(dataset).join(', ')}.`,
    )
  }
  for (const file of dataset.files) {
    const problem = await problemOf(join(folder, file.name), file)
    if (problem !== undefined) throw notAsPublished(join(folder, file.name), problem, dataset)
  }
  return folder
}

/** The first folder that has all files, else the first with any of them: what is missing is worth a message. */
export function folderWith(dataset: KnownDataset): string | undefined {
  const folders = datasetFolders(dataset)
  return (
    folders.find((folder) => dataset.files.every(isIn(folder))) ??
    folders.find((folder) => dataset.files.some(isIn(folder)))
  )
}

function isIn(folder: string): (file: KnownFile) => boolean {
  return ({ name }) => existsSync(join(folder, name))
}

/** Whether a folder has all files of a data set, going by their names and sizes. */
export async function hasFilesOf({ files }: KnownDataset, folder: string): Promise<boolean> {
  const sizes = await Promise.all(files.map(({ name }) => sizeOf(join(folder, name))))
  return files.every(({ sizeBytes }, i) => sizes[i] === sizeBytes)
}

export function notAsPublished(path: string, problem: string, { name }: KnownDataset): DataError {
  const found = problem === 'missing' ? 'found no such file' : `found ${problem}`
  return new DataError(
    { file: path },
    `Expected the file as ${name} was published, ${found}. Name another folder, or download it: millrace data onboard ${name}.`,
  )
}
