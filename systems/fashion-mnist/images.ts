/** Fashion-MNIST as image sets, and what is done to its images and to pictures that somebody sends. */
import { trainTestSplit } from 'millrace/data'
import {
  classesOf,
  type ImagePreprocessing,
  imagePreprocessing,
  type ImageSet,
  loadKnownImages,
  takeImages,
} from 'millrace/images'

/** Names of the classes, in the order of the networks' outputs. */
export const CLASSES: readonly string[] = classesOf('fashion-mnist')

/**
 * Whether a picture is inverted. The set has light clothes on black, photographs mostly dark ones on white: 'always' suits
 * photographs, 'never' pictures of the set, 'light-border' decides by the border of each; no image of the set has a light
 * one.
 */
type Inversion = 'always' | 'never' | 'light-border'

/** Grey, from -1 to 1. */
const pixels = { channels: 1 as const, normalize: { mean: [0.5], std: [0.5] } }

/** What every picture goes through: 28×28, grey, light on dark, normalised. Images of the set are only normalised by it. */
export function preprocessing({ invert = 'light-border' }: { readonly invert?: Inversion } = {}): ImagePreprocessing {
  return imagePreprocessing({
    ...pixels,
    transforms: [
      { kind: 'resize', size: [28, 28] },
      ...(invert === 'never' ? [] : [{ kind: 'invert', when: invert } as const]),
    ],
  })
}

/** The same while training, moved by up to `shift` pixels and mirrored at random. */
export function augmentation(shift: number): ImagePreprocessing {
  return imagePreprocessing({
    ...pixels,
    transforms: [{ kind: 'random-crop', size: 28, padding: shift }, { kind: 'horizontal-flip' }],
  })
}

export interface FashionOptions {
  /** The folder of the four files. Default: where they are found. */
  readonly from?: string | undefined
  /** Images to train and validate on, with the same share of each class; for quick tries. Default: all 60,000. */
  readonly limit?: number | undefined
  /** The share of training images to validate on. Default 0.1. */
  readonly validationFraction?: number
  /** Fixes which images are taken and how they are divided. Default 42. */
  readonly seed?: number
}

/**
 * Images to train and to validate on, the same ones for the same seed.
 *
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST with the command that gets the files, when they are not here
 */
export async function loadTrainingImages({
  from,
  limit,
  validationFraction = 0.1,
  seed = 42,
}: FashionOptions = {}): Promise<{ readonly training: ImageSet; readonly validation: ImageSet }> {
  const set = await loadKnownImages('fashion-mnist', { part: 'train', ...(from !== undefined && { from }) })
  const chosen = limit === undefined || limit >= set.count ? set : someImages(set, limit, seed)
  return divideImages(chosen, { validationFraction, seed })
}

/** The 10,000 images of the test set. @throws as `loadTrainingImages` */
export async function loadTestImages({ from }: Pick<FashionOptions, 'from'> = {}): Promise<ImageSet> {
  return await loadKnownImages('fashion-mnist', { part: 'test', ...(from !== undefined && { from }) })
}

/** A set in two, with the same share of each class in both. */
function divideImages(
  set: ImageSet,
  { validationFraction, seed }: { readonly validationFraction: number; readonly seed: number },
): { readonly training: ImageSet; readonly validation: ImageSet } {
  const { train, test } = trainTestSplit(set.count, {
    seed,
    testFraction: validationFraction,
    strategy: { stratifyBy: Array.from(set.labels) },
  })
  return { training: takeImages(set, train), validation: takeImages(set, test, { name: `${set.name}-validation` }) }
}

function someImages(set: ImageSet, limit: number, seed: number): ImageSet {
  const strategy = { stratifyBy: Array.from(set.labels) }
  return takeImages(set, trainTestSplit(set.count, { seed, testFraction: limit / set.count, strategy }).test)
}
