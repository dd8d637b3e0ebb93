/** An image set as a trainer's dataset. */
import { MillraceError } from '../../core/index.ts'
import type { Batch, Dataset, DatasetReader } from '../../nn/index.ts'
import type { ImageSet } from '../sets/image-set.ts'
import { preprocessedSize } from '../transforms/preprocessing.ts'
import type { ImagePreprocessing } from '../transforms/transform.ts'
import { batchPreparer, type Preparation } from './prepare-batch.ts'
import { ThreadedReader } from './threaded-reader.ts'

export interface ImageDatasetOptions {
  readonly preprocessing: ImagePreprocessing
  /** Fixes what random transforms do. Default 0. */
  readonly seed?: number
  /** Threads that prepare batches ahead of the training; 0 prepares them in between. Default 0. */
  readonly workers?: number
  /** Batches that each worker prepares ahead at most. Default 2. */
  readonly prefetch?: number
}

/**
 * Training data of an image set: one input [channels, height, width] float32, and the class as an int64 target.
 *
 * The same seed gives the same bytes for any number of workers: what is random about an image depends on seed, epoch and
 * its place in the set. `fill` called by hand gives the images of epoch 0.
 *
 * @throws MillraceError INVALID_ARGUMENT when images differ in size and no transform makes them alike
 */
export function imageDataset(set: ImageSet, options: ImageDatasetOptions): Dataset {
  const { preprocessing, workers = 0, prefetch = 2 } = options
  requireCount('workers', workers, 0)
  requireCount('prefetch', prefetch, 1)
  const preparation = preparationOf(set, options)
  const { channels } = preprocessing
  const { height, width } = preparation.size
  const fillTarget = (rows: Uint32Array, batch: Batch): void => {
    for (let i = 0; i < rows.length; i++) batch.target[i] = BigInt(set.labels[rows[i]!]!)
  }
  const prepare = batchPreparer(preparation)
  const fill = async (rows: Uint32Array, epoch: number, batch: Batch): Promise<void> => {
    fillTarget(rows, batch)
    await prepare(rows, epoch, batch.inputs[0] as Float32Array)
  }
  return {
    rowCount: set.count,
    inputs: [{ dtype: 'float32', shape: [channels, height, width] }],
    target: { dtype: 'int64', shape: [] },
    origin: { name: set.name, source: set.source },
    parameters: { preprocessing: JSON.stringify(preprocessing), augmentation_seed: preparation.seed },
    digest: () => set.digest(),
    fill: (rows, batch) => fill(rows, 0, batch),
    open: () => (workers > 0 ? new ThreadedReader(preparation, { workers, prefetch, fillTarget }) : directReader(fill)),
  }
}

function directReader(fill: (rows: Uint32Array, epoch: number, batch: Batch) => Promise<void>): DatasetReader {
  let epoch = 0
  return {
    begin: (plan) => {
      epoch = plan.epoch
    },
    fill: (rows, batch) => fill(rows, epoch, batch),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

function preparationOf(set: ImageSet, { preprocessing, seed = 0 }: ImageDatasetOptions): Preparation {
  const size = preprocessedSize(preprocessing, set.size)
  if (size === undefined) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `imageDataset: the images of ${set.name} differ in size, a network needs one. Add a transform that gives all one size: resize to [height, width], center-crop or random-resized-crop.`,
    )
  }
  return { storage: set.storage, preprocessing, size, seed, files: set.files ?? set.source }
}

function requireCount(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return
  throw new MillraceError(
    'INVALID_ARGUMENT',
    `imageDataset: ${name} must be a whole number of at least ${least}, found ${value}.`,
  )
}
