/** Opening whatever image sets are at a place: pairs of IDX files, or a folder of classes. */
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type ImageFilesOptions, readImageFolder } from './image-files.ts'
import { readIdxImages } from './idx.ts'
import { knownImagesIn } from './known-images.ts'
import type { ImageSet } from './image-set.ts'

const idxImages = /[-.]?images[-.]idx3[-.]ubyte(\.gz)?$/

/** Whether a path is that of images rather than of a table: a folder, or an IDX file of images. */
export async function holdsImages(path: string): Promise<boolean> {
  if (idxImages.test(path)) return true
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/**
 * The sets at `path`: one of a folder with a folder for each class; one of an IDX file of images, whose labels are beside
 * it under the usual name; all of a folder with such files, with the names of their classes if it is a published set.
 *
 * @throws DataError naming what is missing or damaged
 */
export async function openImageSets(path: string, options: ImageFilesOptions = {}): Promise<ImageSet[]> {
  if (idxImages.test(path)) return [await openIdxPair(path, options)]
  const known = await knownImagesIn(path)
  if (known !== undefined) return known
  const names = await readdir(path).catch((): string[] => [])
  const pairs = names.filter((name) => idxImages.test(name)).sort()
  if (pairs.length === 0) return [await readImageFolder(path, options)]
  const sets: ImageSet[] = []
  for (const name of pairs) sets.push(await openIdxPair(join(path, name), options))
  return sets
}

async function openIdxPair(images: string, options: ImageFilesOptions): Promise<ImageSet> {
  const labels = basename(images).replace('images', 'labels').replace('idx3', 'idx1')
  return await readIdxImages(images, join(dirname(images), labels), options)
}
