/** Some images of a set as a set of their own. */
import { MillraceError } from '../../core/index.ts'
import { digestOfFiles, digestOfPixels } from './image-digest.ts'
import { type ImageSet, once } from './image-set.ts'
import { type ImageStorage, readImage } from './image-storage.ts'

/**
 * The images of `set` at `indices`, in that order, under the name of the set unless another is given. Pixels are shared,
 * not copied. The digest is of these images alone.
 *
 * @throws MillraceError INVALID_ARGUMENT for an index the set does not have
 */
export function takeImages(
  set: ImageSet,
  indices: ArrayLike<number>,
  { name = set.name }: { readonly name?: string } = {},
): ImageSet {
  const chosen = Uint32Array.from(indices)
  const wrong = Array.from(indices).find((index, i) => index !== chosen[i] || index >= set.count)
  if (wrong !== undefined) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `takeImages: ${set.name} has images 0 to ${set.count - 1}, found ${wrong}.`,
    )
  }
  const { channels, classes, size } = set
  const labels = chosen.map((index) => set.labels[index]!)
  const files = set.files && Array.from(chosen, (index) => set.files![index]!)
  const storage = chosenStorage(set.storage, chosen)
  const labelled = { channels, classes, labels }
  return {
    ...set,
    name,
    count: chosen.length,
    labels,
    ...(files && { files }),
    storage,
    digest: once(async () =>
      files === undefined
        ? // Images without files of their own have one size.
          await digestOfPixels(pixelsOf(storage, chosen.length), { ...labelled, size: size! })
        : await digestOfFiles(files, labelled),
    ),
  }
}

function chosenStorage(storage: ImageStorage, indices: Uint32Array): ImageStorage {
  if (storage.kind !== 'memory') return { kind: 'chosen', from: storage, indices }
  const places = new Float64Array(new SharedArrayBuffer(indices.length * 3 * Float64Array.BYTES_PER_ELEMENT))
  indices.forEach((index, i) => places.set(storage.places.subarray(3 * index, 3 * index + 3), 3 * i))
  return { ...storage, places }
}

async function* pixelsOf(storage: ImageStorage, count: number): AsyncIterable<Uint8Array> {
  for (let i = 0; i < count; i++) yield (await readImage(storage, i)).data
}
