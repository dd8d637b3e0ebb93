/** Fashion-MNIST as training data, and a picture that somebody sends as the networks expect it. */
import { trainTestSplit } from 'millrace/data'
import {
  classesOf,
  decodeImage,
  imageDataset,
  type ImagePreprocessing,
  imagePreprocessing,
  type ImageSet,
  loadKnownImages,
  preprocessImage,
} from 'millrace/images'
import { type Dataset, subset } from 'millrace/nn'

/** Names of the classes, in the order of the networks' outputs. */
export const CLASSES: readonly string[] = classesOf('fashion-mnist')

const normalize = { mean: [0.5], std: [0.5] }

/** What images of the set are turned into: 28×28 grey, -1 to 1. */
const plain: ImagePreprocessing = imagePreprocessing({ channels: 1, normalize })

/** The same for training, moved by up to two pixels and mirrored at random. */
const augmented: ImagePreprocessing = imagePreprocessing({
  channels: 1,
  transforms: [{ kind: 'random-crop', size: 28, padding: 2 }, { kind: 'horizontal-flip' }],
  normalize,
})

/**
 * Whether a picture is inverted. The set has light clothes on black, photographs mostly dark ones on white: 'always' suits
 * photographs, 'never' pictures of the set, 'light-border' decides by the border of each.
 */
export type Inversion = 'always' | 'never' | 'light-border'

/** What a picture of any size is turned into before a network sees it. */
function picturePreprocessing(invert: Inversion): ImagePreprocessing {
  return imagePreprocessing({
    channels: 1,
    transforms: [
      { kind: 'resize', size: [28, 28], filter: 'lanczos' },
      ...(invert === 'never' ? [] : [{ kind: 'invert', when: invert } as const]),
    ],
    normalize,
  })
}

/** A picture as the input of a network, [1, 28, 28]. @throws DataError naming the picture that cannot be decoded */
export async function readPicture(bytes: Uint8Array, name: string, invert: Inversion): Promise<Float32Array> {
  return preprocessImage(picturePreprocessing(invert), await decodeImage(bytes, name))
}

export interface FashionOptions {
  /** The folder of the four files. Default: where they are found. */
  readonly from?: string
  /** Images to train and validate on, with the same share of each class; for quick tries. Default: all 60,000. */
  readonly limit?: number
  /** The share of training images to validate on. Default 0.1. */
  readonly validationFraction?: number
  /** Default true. */
  readonly augment?: boolean
  /** Fixes the split and the augmentation. Default 42. */
  readonly seed?: number
  /** Threads that prepare training batches ahead. Default 0. */
  readonly workers?: number
}

export interface FashionData {
  readonly training: Dataset
  readonly validation: Dataset
  /** The 10,000 images of the test set, whatever the limit. */
  readonly test: Dataset
}

/** @throws MillraceError RESOURCE_DOES_NOT_EXIST with the command that gets the files, when they are not here */
export async function loadFashionMnist(options: FashionOptions = {}): Promise<FashionData> {
  const { from, limit, validationFraction = 0.1, augment = true, seed = 42, workers = 0 } = options
  const place = from === undefined ? {} : { from }
  const set = await loadKnownImages('fashion-mnist', { part: 'train', ...place })
  const testSet = await loadKnownImages('fashion-mnist', { part: 'test', ...place })
  const chosen = chooseImages(set, limit, seed)
  const labels = Array.from(chosen, (image) => set.labels[image]!)
  const split = trainTestSplit(chosen.length, {
    seed,
    testFraction: validationFraction,
    strategy: { stratifyBy: labels },
  })
  const imagesOf = (rows: Uint32Array): Uint32Array => rows.map((row) => chosen[row]!)
  return {
    training: subset(
      imageDataset(set, { preprocessing: augment ? augmented : plain, seed, workers }),
      imagesOf(split.train),
    ),
    validation: subset(imageDataset(set, { preprocessing: plain }), imagesOf(split.test)),
    test: imageDataset(testSet, { preprocessing: plain }),
  }
}

function chooseImages({ count, labels }: ImageSet, limit: number | undefined, seed: number): Uint32Array {
  if (limit === undefined || limit >= count) return Uint32Array.from({ length: count }, (_, i) => i)
  return trainTestSplit(count, { seed, testFraction: limit / count, strategy: { stratifyBy: labels } }).test
}
