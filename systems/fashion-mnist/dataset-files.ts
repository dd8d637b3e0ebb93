/**
 * Image sets as the files that one job leaves for the next: `train.safetensors` with the pixels as they are, since the model's
 * own graph normalises them, and `train_dataset.pt` with what PyTorch trains on.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DataError, MillraceError } from 'millrace/core'
import {
  imageAt,
  type ImageSet,
  imagesInMemory,
  preprocessImage,
  readIdxImages,
  resizeImage,
  withChannels,
} from 'millrace/images'
import { loadSafetensors, saveSafetensors, saveTorchFile } from 'millrace/nn'
import { CLASSES, preprocessing } from './images.ts'

export type Part = 'train' | 'test'

const SIZE = { height: 28, width: 28 }
const PIXELS = SIZE.height * SIZE.width
const idxNames = { train: 'train', test: 't10k' } as const

/**
 * One part of Fashion-MNIST, or of a set with the same classes, from its pair of IDX files, packed or not.
 *
 * @throws DataError naming the file that is missing or damaged
 */
export async function readIdxPart(folder: string, part: Part): Promise<ImageSet> {
  const file = (kind: string): string => {
    const packed = join(folder, `${idxNames[part]}-${kind}-ubyte.gz`)
    const plain = packed.slice(0, -'.gz'.length)
    return existsSync(plain) ? plain : packed
  }
  return await readIdxImages(file('images-idx3'), file('labels-idx1'), { name: part, classes: CLASSES })
}

/** Writes both files of a part, its images in grey and 28×28. */
export async function writePart(folder: string, part: Part, set: ImageSet): Promise<void> {
  const settings = preprocessing({ invert: 'never' })
  const pixels = new Uint8Array(set.count * PIXELS)
  const normalized = new Float32Array(set.count * PIXELS)
  for (let i = 0; i < set.count; i++) {
    const image = withChannels(resizeImage(await imageAt(set, i), SIZE, 'bilinear'), 1)
    pixels.set(image.data, i * PIXELS)
    normalized.set(preprocessImage(settings, image), i * PIXELS)
  }
  const grey = [set.count, SIZE.height, SIZE.width]
  const labels = { shape: [set.count], data: Uint8Array.from(set.labels) }
  await saveSafetensors(join(folder, `${part}.safetensors`), {
    tensors: new Map([
      ['images', { shape: grey, data: pixels }],
      ['labels', labels],
    ]),
    metadata: { classes: JSON.stringify(CLASSES) },
  })
  await saveTorchFile(
    join(folder, `${part}_dataset.pt`),
    new Map([
      ['images', { shape: [set.count, 1, SIZE.height, SIZE.width], data: normalized }],
      ['labels', { ...labels, data: BigInt64Array.from(set.labels, BigInt) }],
    ]),
  )
}

/** Whether `writePart` has been here. */
export function holdsPart(folder: string, part: Part): boolean {
  return existsSync(join(folder, `${part}.safetensors`))
}

/**
 * A part that `writePart` wrote.
 *
 * @throws MillraceError RESOURCE_DOES_NOT_EXIST when it is not there, DataError when the file holds something else
 */
export async function readPart(folder: string, part: Part): Promise<ImageSet> {
  const file = join(folder, `${part}.safetensors`)
  if (!holdsPart(folder, part)) {
    throw new MillraceError(
      'RESOURCE_DOES_NOT_EXIST',
      `There is no ${file}. Preprocess the images first: preprocess.ts`,
    )
  }
  const { tensors } = await loadSafetensors(file)
  const [images, labels] = [tensors.get('images'), tensors.get('labels')]
  const count = labels?.shape[0] ?? 0
  if (images === undefined || labels === undefined || images.data.length !== count * PIXELS) {
    throw new DataError({ file }, 'Expected "images" [n, 28, 28] and "labels" [n]. Preprocess the images again.')
  }
  return imagesInMemory({
    name: part,
    source: file,
    pixels: Uint8Array.from(images.data),
    size: SIZE,
    channels: 1,
    classes: CLASSES,
    labels: labels.data,
  })
}
