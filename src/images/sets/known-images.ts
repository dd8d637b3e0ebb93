/** Image sets that can be had by name, once `millrace data onboard` has got their files. */
import { join } from 'node:path'
import { findDataset, hasFilesOf, knownDataset } from '../../data/index.ts'
import { type IdxOptions, readIdxImages } from './idx.ts'
import type { ImageSet } from './image-set.ts'

interface KnownImages {
  readonly classes: readonly string[]
  /** Files of images and labels. */
  readonly parts: { readonly [P in Part]: { readonly images: string; readonly labels: string } }
}

type Part = 'train' | 'test'

const knownImages = {
  'fashion-mnist': {
    classes: ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
    parts: {
      train: { images: 'train-images-idx3-ubyte.gz', labels: 'train-labels-idx1-ubyte.gz' },
      test: { images: 't10k-images-idx3-ubyte.gz', labels: 't10k-labels-idx1-ubyte.gz' },
    },
  },
} as const satisfies Readonly<Record<string, KnownImages>>

export type KnownImageSet = keyof typeof knownImages

export interface KnownImagesOptions extends Pick<IdxOptions, 'memoryLimit'> {
  /** Default 'train'. */
  readonly part?: Part
  /** The folder of the files. Default: where `findDataset` finds them. */
  readonly from?: string
}

/**
 * A published image set, its files checked against the published sums.
 *
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST when it is not on this machine, with the command that gets it
 * @throws DataError naming a file that is not as published
 */
export async function loadKnownImages(
  name: KnownImageSet,
  { part = 'train', from, memoryLimit }: KnownImagesOptions = {},
): Promise<ImageSet> {
  const folder = await findDataset(knownDataset(name), from === undefined ? {} : { from })
  const { classes, parts } = knownImages[name]
  const { images, labels } = parts[part]
  return await readIdxImages(join(folder, images), join(folder, labels), {
    name: `${name}-${part}`,
    classes,
    ...(memoryLimit !== undefined && { memoryLimit }),
  })
}

/** All parts of the published set whose files are in `folder`; undefined when they are of none. */
export async function knownImagesIn(folder: string): Promise<ImageSet[] | undefined> {
  for (const name of Object.keys(knownImages) as KnownImageSet[]) {
    if (!(await hasFilesOf(knownDataset(name), folder))) continue
    return await Promise.all((['train', 'test'] as const).map((part) => loadKnownImages(name, { part, from: folder })))
  }
  return undefined
}

/** The names of the classes, in the order of labels. */
export function classesOf(name: KnownImageSet): readonly string[] {
  return knownImages[name].classes
}
