/** Preparing the images of a batch: reading, transforming, writing the numbers. The same in threads and without. */
import { DataError, MillraceError, Random } from '../../core/index.ts'
import { fewAtOnce } from '../few-at-once.ts'
import type { Image, Size } from '../image.ts'
import { imageInMemory, type ImageStorage, readImage } from '../sets/image-storage.ts'
import { compilePreprocessing, hasRandomness } from '../transforms/preprocessing.ts'
import type { ImagePreprocessing } from '../transforms/transform.ts'

/** All that preparing needs; plain data, so that a thread can be handed it. */
export interface Preparation {
  readonly storage: ImageStorage
  readonly preprocessing: ImagePreprocessing
  /** Of the prepared images. */
  readonly size: Size
  readonly seed: number
  /** For errors: the file of all images, or one for each. */
  readonly files: string | readonly string[]
}

/**
 * Writes the images of `rows` one after the other into `into`; at once where they are in memory. What chance decides is
 * a function of seed, epoch and row, so that neither the order of batches nor the number of threads shows.
 */
export type BatchPreparer = (rows: Uint32Array, epoch: number, into: Float32Array) => void | Promise<void>

/** Numbers of one prepared image. */
export function preparedLength({ preprocessing, size }: Pick<Preparation, 'preprocessing' | 'size'>): number {
  return preprocessing.channels * size.height * size.width
}

export function batchPreparer(preparation: Preparation): BatchPreparer {
  const { storage, preprocessing, size, files } = preparation
  const preprocess = compilePreprocessing(preprocessing, size)
  const random = new Random(preparation.seed).fork('images')
  const isRandom = hasRandomness(preprocessing)
  const length = preparedLength(preparation)

  const write = (image: Image, row: number, epoch: number, into: Float32Array, position: number): void => {
    try {
      preprocess(image, isRandom ? random.fork(epoch, row) : random, into, position * length)
    } catch (error) {
      throw withPlace(error, files, row)
    }
  }
  return (rows, epoch, into) => {
    if (storage.kind === 'memory') {
      return rows.forEach((row, i) => write(imageInMemory(storage, row), row, epoch, into, i))
    }
    return fewAtOnce(rows, async (row, i) => write(await readImage(storage, row), row, epoch, into, i)).then(
      () => undefined,
    )
  }
}

/** The error with the image it is about, where it does not say so itself. */
function withPlace(error: unknown, files: Preparation['files'], row: number): unknown {
  if (!(error instanceof MillraceError)) return error
  const place = typeof files === 'string' ? { file: files, row: row + 1 } : { file: files[row]! }
  return new DataError(place, error instanceof DataError ? error.detail : error.message, { cause: error })
}
