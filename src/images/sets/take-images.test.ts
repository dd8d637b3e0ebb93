/** Some images of a set, wherever its pixels are. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeIdxPair, writePictureFolder } from '../../../test/image-files.ts'
import { imageAt, imageDataset, type ImageSet, readIdxImages, readImageFolder, takeImages } from '../index.ts'

let folder: string
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'millrace-take-'))))
afterEach(async () => await rm(folder, { recursive: true, force: true }))

async function setsOf(): Promise<Readonly<Record<string, ImageSet>>> {
  const { images, labels } = await writeIdxPair(join(folder, 'idx'), { packed: false })
  const pictures = join(folder, 'pictures')
  await writePictureFolder(pictures)
  return {
    memory: await readIdxImages(images, labels),
    slices: await readIdxImages(images, labels, { memoryLimit: 10 }),
    files: await readImageFolder(pictures, { memoryLimit: 10 }),
  }
}

async function batch(set: ImageSet): Promise<Float32Array> {
  const pixels = new Float32Array(2 * 20)
  const dataset = imageDataset(takeImages(set, [5, 3]), { preprocessing: { channels: 1, transforms: [] } })
  await dataset.fill(Uint32Array.of(0, 1), { inputs: [pixels], target: new BigInt64Array(2) })
  return pixels
}

describe('takeImages', () => {
  it('gives the images that were asked for, in that order, with their labels', async () => {
    for (const [kind, set] of Object.entries(await setsOf())) {
      expect(set.storage.kind).toBe(kind)
      const taken = takeImages(set, [4, 1, 4], { name: 'three' })
      expect(taken).toMatchObject({ name: 'three', count: 3, classes: set.classes, channels: set.channels })
      expect([...taken.labels]).toEqual([4, 1, 4].map((index) => set.labels[index]))
      expect(taken.files).toEqual(set.files && [4, 1, 4].map((index) => set.files![index]))
      for (const [i, index] of [4, 1, 4].entries()) expect(await imageAt(taken, i)).toEqual(await imageAt(set, index))
      const [first, second] = [takeImages(taken, [1]), takeImages(set, [1])]
      expect(await imageAt(first, 0)).toEqual(await imageAt(second, 0))
      expect(await first.digest()).toBe(await second.digest())
    }
  })

  it('has the digest of what it holds', async () => {
    const { memory, slices, files } = await setsOf()
    expect(await takeImages(memory!, [1, 2]).digest()).toBe(await takeImages(slices!, [1, 2]).digest())
    for (const set of [memory!, files!]) {
      const all = Array.from({ length: set.count }, (_, i) => i)
      expect(await takeImages(set, all).digest()).toBe(await set.digest())
      expect(await takeImages(set, [1, 2]).digest()).not.toBe(await takeImages(set, [2, 1]).digest())
    }
  })

  it('is learned from like any set', async () => {
    const { memory, slices } = await setsOf()
    expect(await batch(memory!)).toEqual(await batch(slices!))
  })

  it.each([6, -1, 0.5])('refuses the index %s, which the set does not have', async (index) => {
    const { memory } = await setsOf()
    expect(() => takeImages(memory!, [0, index])).toThrow(`images 0 to 5, found ${index}`)
  })
})
