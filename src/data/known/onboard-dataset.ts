/** Getting a known data set onto this machine: it is found here, copied from a folder, or downloaded. */
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MillraceError, replaceAtomic } from '../../core/index.ts'
import { problemOf } from './check-file.ts'
import { downloadFile, type DownloadOptions } from './download.ts'
import { datasetFolders, defaultFolder, folderWith, notAsPublished } from './find-dataset.ts'
import type { KnownDataset, KnownFile } from './known-datasets.ts'

export interface OnboardOptions extends Pick<DownloadOptions, 'signal' | 'stallMs'> {
  /** A folder that has the files; they are copied, and nothing is downloaded. */
  readonly from?: string
  /** Where the files shall be. Default: where they are already, else `datasets/<name>`. */
  readonly to?: string
  /** Addresses of folders to download from in place of those that are known. */
  readonly mirrors?: readonly string[]
  readonly onProgress?: (progress: OnboardProgress) => void
}

export interface OnboardProgress {
  readonly file: string
  readonly receivedBytes: number
  readonly sizeBytes: number
}

export interface OnboardedFile {
  readonly name: string
  /** Whether it was there already, or how it came. */
  readonly came: 'present' | 'copied' | 'downloaded'
}

export interface OnboardedDataset {
  readonly folder: string
  readonly files: readonly OnboardedFile[]
}

/**
 * Sees to it that all files of a data set are in one folder, as published. Run again, it goes on where it was interrupted.
 *
 * @throws MillraceError INVALID_ARGUMENT for a mirror that is no address
 * @throws DataError naming the file that `from` does not have as published
 * @throws MillraceError DOWNLOAD_FAILED with the hosts that were tried, and what to do without a network
 */
export async function onboardDataset(dataset: KnownDataset, options: OnboardOptions = {}): Promise<OnboardedDataset> {
  const mirrors = (options.mirrors ?? dataset.mirrors).map(folderAddress)
  const found = options.from === undefined ? folderWith(dataset) : undefined
  const folder = options.to ?? ((await isComplete(dataset, found)) ? found! : defaultFolder(dataset))
  const files: OnboardedFile[] = []
  for (const file of dataset.files)
    files.push({ name: file.name, came: await onboardFile(dataset, file, folder, { ...options, mirrors }) })
  return { folder, files }
}

async function onboardFile(
  dataset: KnownDataset,
  file: KnownFile,
  folder: string,
  { from, mirrors, onProgress, signal, stallMs }: OnboardOptions & { readonly mirrors: readonly string[] },
): Promise<OnboardedFile['came']> {
  const path = join(folder, file.name)
  if ((await problemOf(path, file)) === undefined) return 'present'
  const source = await localSource(dataset, file, from)
  if (source !== undefined) {
    await replaceAtomic(path, (temporary) => copyFile(source, temporary))
    return 'copied'
  }
  await downloadFile(path, file, mirrors, {
    onProgress: (receivedBytes) => onProgress?.({ file: file.name, receivedBytes, sizeBytes: file.sizeBytes }),
    ...(signal !== undefined && { signal }),
    ...(stallMs !== undefined && { stallMs }),
  }).catch((error: unknown) => Promise.reject(withAdvice(error, dataset)))
  return 'downloaded'
}

/** An address that the names of files are put after. */
function folderAddress(mirror: string): string {
  if (!URL.canParse(mirror) || !/^https?:$/.test(new URL(mirror).protocol)) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `"${mirror}" is no address to download from. Write one such as https://mirror.example/fashion-mnist/.`,
    )
  }
  return mirror.endsWith('/') ? mirror : `${mirror}/`
}

/** The file somewhere on this machine. @throws DataError when a folder was named and does not have it */
async function localSource(dataset: KnownDataset, file: KnownFile, from?: string): Promise<string | undefined> {
  if (from !== undefined) {
    const path = join(from, file.name)
    const problem = await problemOf(path, file)
    if (problem !== undefined) throw notAsPublished(path, problem, dataset)
    return path
  }
  for (const folder of datasetFolders(dataset)) {
    const path = join(folder, file.name)
    if ((await problemOf(path, file)) === undefined) return path
  }
  return undefined
}

async function isComplete(dataset: KnownDataset, folder: string | undefined): Promise<boolean> {
  if (folder === undefined) return false
  const problems = await Promise.all(dataset.files.map((file) => problemOf(join(folder, file.name), file)))
  return problems.every((problem) => problem === undefined)
}

/** What to do without a network, added to a download that failed. */
function withAdvice(error: unknown, { name, files }: KnownDataset): unknown {
  if (!(error instanceof MillraceError)) return error
  const advice = `Without one, put its ${files.length === 1 ? 'file' : `${files.length} files`} into a folder and name it: millrace data onboard ${name} --from FOLDER.`
  return new MillraceError(error.code, `${error.message} ${advice}`, { cause: error })
}
