/** What is in an image set. */
import { formatSize, type Size } from './image.ts'
import { readImage } from './sets/image-storage.ts'
import type { ImageSet, SkippedImage } from './sets/image-set.ts'

export interface ImageSetDescription {
  readonly name: string
  readonly count: number
  readonly channels: 1 | 3
  /** How many images there are of each class, in the order of labels. */
  readonly classes: readonly { readonly name: string; readonly count: number }[]
  /** How many images there are of each size, such as `28×28`, the most frequent first. */
  readonly sizes: readonly { readonly size: string; readonly count: number }[]
  /** Of each channel over all pixels, values scaled to 0…1: what `normalize` takes. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
  readonly digest: string
  readonly skipped: readonly SkippedImage[]
}

/** Counts by class and size, and the mean and deviation of pixels. Reads every image once. */
export async function describeImages(set: ImageSet): Promise<ImageSetDescription> {
  const { name, count, channels, skipped } = set
  const perClass = new Uint32Array(set.classes.length)
  for (const label of set.labels) perClass[label]! += 1
  const perSize = new Map<string, number>()
  const histograms = Array.from({ length: channels }, () => new Float64Array(256))
  for (let i = 0; i < count; i++) {
    const image = await readImage(set.storage, i)
    addTo(perSize, image)
    for (let at = 0; at < image.data.length; at++) histograms[at % channels]![image.data[at]!]! += 1
  }
  const moments = histograms.map(momentsOf)
  return {
    name,
    count,
    channels,
    classes: set.classes.map((name, label) => ({ name, count: perClass[label]! })),
    sizes: [...perSize].map(([size, count]) => ({ size, count })).sort((a, b) => b.count - a.count),
    mean: moments.map(({ mean }) => mean),
    std: moments.map(({ std }) => std),
    digest: await set.digest(),
    skipped,
  }
}

function addTo(counts: Map<string, number>, size: Size): void {
  const key = formatSize(size)
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** Exact, since there are but 256 values. */
function momentsOf(histogram: Float64Array): { readonly mean: number; readonly std: number } {
  let [count, sum, squares] = [0, 0, 0]
  for (const [value, times] of histogram.entries()) {
    count += times
    sum += times * value
    squares += times * value * value
  }
  const mean = sum / count
  return { mean: mean / 255, std: Math.sqrt(squares / count - mean * mean) / 255 }
}
