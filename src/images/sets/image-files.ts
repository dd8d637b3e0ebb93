/** Image sets of which each image is a file of its own: in folders named after classes, or listed in a table. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { DataError, MillraceError, systemErrorCode } from '../../core/index.ts'
import { readTable, type Table } from '../../data/index.ts'
import { type DecodeOptions, imageEndings, readImageHeader } from '../decode.ts'
import { fewAtOnce } from '../few-at-once.ts'
import type { Channels, Size } from '../image.ts'
import { digestOfFiles } from './image-digest.ts'
import { DEFAULT_MEMORY_LIMIT, type ImageSet, type ImageSetOptions, once, type SkippedImage } from './image-set.ts'
import { decodeFile, imageInMemory, type ImageStorage, memoryFor, readImageFile } from './image-storage.ts'

export interface ImageFilesOptions extends ImageSetOptions, DecodeOptions {
  /** Default: the names found, sorted. Give them to keep the order of a model. */
  readonly classes?: readonly string[]
  /**
   * 'fail' (default) throws at an image that cannot be decoded, 'skip' leaves it out and lists it in `skipped`. To find
   * them, 'skip' decodes every image once as the set is opened.
   */
  readonly corrupt?: 'fail' | 'skip'
}

export interface ImageTableOptions extends ImageFilesOptions {
  /** Column of paths. Default `path`. */
  readonly pathColumn?: string
  /** Column of classes. Default `label`. */
  readonly labelColumn?: string
  /** What relative paths start from. Default: the folder of the file, or the current one for a table in memory. */
  readonly folder?: string
}

/**
 * Images from a folder that has a folder for each class, with images at any depth below. Files of other endings and
 * names that start with a dot do not count.
 *
 * @throws DataError naming the folder that is missing or empty, or the image that cannot be decoded
 */
export async function readImageFolder(folder: string, options: ImageFilesOptions = {}): Promise<ImageSet> {
  const found = await foldersIn(folder)
  const classes = options.classes ?? found
  if (classes.length === 0) {
    throw new DataError({ file: folder }, 'Expected a folder for each class, found none. Sort the images into folders.')
  }
  const stranger = found.find((name) => !classes.includes(name))
  if (stranger !== undefined) {
    throw new DataError(
      { file: join(folder, stranger) },
      `Expected one of the classes ${classes.join(', ')}. Add it to the option classes, or move the folder.`,
    )
  }
  const images: LabelledFile[] = []
  for (const name of found) {
    const files = await imagesBelow(join(folder, name))
    if (files.length === 0)
      throw new DataError({ file: join(folder, name) }, `Expected images, found none. ${endingsHint}`)
    images.push(...files.map((file) => ({ file, label: classes.indexOf(name) })))
  }
  return await openFiles(images, classes, folder, options)
}

/**
 * Images listed in a table, or in a CSV, JSONL or Parquet file, with a column of paths and one of classes.
 *
 * @throws DataError naming the row whose path or class is missing, or the image that is not there or cannot be decoded
 */
export async function readImageTable(table: string | Table, options: ImageTableOptions = {}): Promise<ImageSet> {
  const { pathColumn = 'path', labelColumn = 'label' } = options
  const file = typeof table === 'string' ? table : undefined
  const types = { [pathColumn]: 'string', [labelColumn]: 'string' } as const
  const rows = typeof table === 'string' ? await readTable(table, { columns: types }) : table
  const folder = options.folder ?? (file === undefined ? '.' : dirname(file))
  const paths = textsOf(rows, pathColumn, file)
  const names = textsOf(rows, labelColumn, file)
  const classes = options.classes ?? [...new Set(names)].sort()
  const images = paths.map((path, i) => {
    const label = classes.indexOf(names[i]!)
    if (label < 0) {
      throw new DataError(
        location(file, i, labelColumn),
        `Expected one of the classes ${classes.join(', ')}, found "${names[i]}".`,
      )
    }
    const place = resolve(folder, path)
    if (!existsSync(place)) {
      throw new DataError(
        location(file, i, pathColumn),
        `There is no file ${place}. Correct the path or the option folder.`,
      )
    }
    return { file: place, label }
  })
  if (images.length === 0) throw new DataError(file === undefined ? {} : { file }, 'Expected images, found no rows.')
  return await openFiles(images, classes, file ?? 'table', options)
}

interface LabelledFile {
  readonly file: string
  readonly label: number
}

const endingsHint = `Images end in ${imageEndings.join(', ')}.`

function location(file: string | undefined, index: number, column: string): DataError['location'] {
  return { ...(file === undefined ? {} : { file }), row: index + 1, column }
}

function textsOf(table: Table, column: string, file: string | undefined): string[] {
  if (!table.columnNames.includes(column)) {
    throw new MillraceError(
      'SCHEMA_MISMATCH',
      `${file ?? 'The table'} has no column "${column}". It has ${table.columnNames.join(', ')}; name the right one by pathColumn or labelColumn.`,
    )
  }
  return table.toRecords().map((record, i) => {
    const value = record[column]
    if (value === null || value === undefined || value === '') {
      throw new DataError(location(file, i, column), 'Expected a value, found none.')
    }
    return String(value)
  })
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort()
  } catch (cause) {
    const code = systemErrorCode(cause)
    const reason = code === 'ENOENT' ? 'there is none' : code === 'ENOTDIR' ? 'it is a file' : `found ${code}`
    throw new DataError({ file: folder }, `Expected a folder with a folder for each class: ${reason}.`, { cause })
  }
}

async function imagesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter(({ name }) => imageEndings.includes(extname(name).toLowerCase()))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (file) =>
        !relative(folder, file)
          .split(/[\\/]/)
          .some((part) => part.startsWith('.')),
    )
    .sort()
}

async function openFiles(
  images: readonly LabelledFile[],
  classes: readonly string[],
  source: string,
  options: ImageFilesOptions,
): Promise<ImageSet> {
  const skipped: SkippedImage[] = []
  const survey = await fewAtOnce(images, async (image) => {
    try {
      return { ...image, ...(await surveyFile(image.file, options)) }
    } catch (error) {
      if (options.corrupt !== 'skip' || !(error instanceof DataError)) throw error
      skipped.push({ file: image.file, reason: error.detail })
      return undefined
    }
  })
  const kept = survey.filter((image) => image !== undefined)
  if (kept.length === 0) {
    throw new DataError({ file: source }, `None of ${images.length} images can be decoded. ${skipped[0]?.reason ?? ''}`)
  }
  const channels = options.channels ?? (kept.some((image) => image.channels === 3) ? 3 : 1)
  const files = kept.map(({ file }) => file)
  const labels = Uint32Array.from(kept, ({ label }) => label)
  return {
    name: options.name ?? basename(resolve(source)),
    source,
    count: kept.length,
    channels,
    size: commonSize(kept),
    classes,
    labels,
    skipped: skipped.sort((a, b) => (a.file < b.file ? -1 : 1)),
    files,
    storage: await storageOf(kept, channels, options),
    digest: once(() => digestOfFiles(files, { channels, classes, labels })),
  }
}

/** An image's header, and with 'skip' whether the rest of it can be decoded. */
async function surveyFile(file: string, options: ImageFilesOptions): Promise<Size & { readonly channels: Channels }> {
  if (options.corrupt !== 'skip') return await readImageHeader(await readImageFile(file), file, options)
  const { height, width, channels } = await decodeFile(file, options)
  return { height, width, channels }
}

async function storageOf(
  images: readonly (LabelledFile & Size)[],
  channels: Channels,
  { memoryLimit = DEFAULT_MEMORY_LIMIT, maxPixels, frames }: ImageFilesOptions,
): Promise<ImageStorage> {
  const decoding: DecodeOptions = {
    channels,
    ...(maxPixels === undefined ? {} : { maxPixels }),
    ...(frames === undefined ? {} : { frames }),
  }
  const byteCount = images.reduce((sum, { height, width }) => sum + height * width * channels, 0)
  if (byteCount > memoryLimit) return { kind: 'files', files: images.map(({ file }) => file), decoding }
  const memory = memoryFor(images, channels)
  await fewAtOnce(images, async ({ file }, i) => {
    const { data } = await decodeFile(file, decoding)
    imageInMemory(memory, i).data.set(data)
  })
  return memory
}

function commonSize(sizes: readonly Size[]): Size | undefined {
  const { height, width } = sizes[0]!
  return sizes.every((size) => size.height === height && size.width === width) ? { height, width } : undefined
}
