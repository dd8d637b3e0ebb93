/** The data of the Fashion-MNIST system, on the published files where they are. */
import { join } from 'node:path'
import { loadKnownImages, imageAt } from 'millrace/images'
import type { Dataset } from 'millrace/nn'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { sharedDataset } from '../../test/shared-datasets.ts'
import { CLASSES, loadFashionMnist, readPicture } from './images.ts'

const from = sharedDataset('fashion-mnist')

async function read(dataset: Dataset, rows: Uint32Array): Promise<{ pixels: Float32Array; labels: BigInt64Array }> {
  const pixels = new Float32Array(rows.length * 784)
  const labels = new BigInt64Array(rows.length)
  await dataset.fill(rows, { inputs: [pixels], target: labels })
  return { pixels, labels }
}

async function classCounts(dataset: Dataset): Promise<number[]> {
  const { labels } = await read(
    dataset,
    Uint32Array.from({ length: dataset.rowCount }, (_, i) => i),
  )
  return CLASSES.map((_, label) => labels.filter((each) => each === BigInt(label)).length)
}

describe.skipIf(from === undefined)('Fashion-MNIST (skipped where its files are not)', () => {
  it('is divided with the same share of each class, whatever the limit', async () => {
    const { training, validation, test } = await loadFashionMnist({ from: from!, limit: 2000 })
    expect(await classCounts(training)).toEqual(CLASSES.map(() => 180))
    expect(await classCounts(validation)).toEqual(CLASSES.map(() => 20))
    expect(test.rowCount).toBe(10_000)
    const whole = await loadFashionMnist({ from: from! })
    expect([whole.training.rowCount, whole.validation.rowCount]).toEqual([54_000, 6000])
  })

  it('lies between -1 and 1, augmented only for training', async () => {
    const { training, test } = await loadFashionMnist({ from: from!, limit: 500 })
    const still = await loadFashionMnist({ from: from!, limit: 500, augment: false })
    const rows = Uint32Array.from({ length: 50 }, (_, i) => i)
    const [augmented, plain] = [await read(training, rows), await read(still.training, rows)]
    expect(augmented.labels).toEqual(plain.labels)
    expect(augmented.pixels).not.toEqual(plain.pixels)
    for (const { pixels } of [augmented, plain, await read(test, rows)]) {
      expect([Math.min(...pixels), Math.max(...pixels)]).toEqual([-1, 1])
    }
  })

  it('reads a picture of the set as the set itself, and its photograph inverted', async () => {
    const { data } = await imageAt(await loadKnownImages('fashion-mnist', { part: 'test', from: from! }), 0)
    const { test } = await loadFashionMnist({ from: from!, limit: 500 })
    const { pixels } = await read(test, Uint32Array.of(0))
    const raw = { raw: { width: 28, height: 28, channels: 1 } } as const
    const png = await sharp(data, raw).toColourspace('b-w').png().toBuffer()
    const photograph = await sharp(
      data.map((value) => 255 - value),
      raw,
    )
      .toColourspace('b-w')
      .png()
      .toBuffer()
    expect(await readPicture(png, 'boot.png', 'never')).toEqual(pixels)
    expect(await readPicture(png, 'boot.png', 'light-border')).toEqual(pixels)
    expect(await readPicture(photograph, 'boot.png', 'light-border')).toEqual(pixels)
    expect(await readPicture(photograph, 'boot.png', 'always')).toEqual(pixels)
  })
})

it('refuses what is no picture, by its name', async () => {
  await expect(readPicture(Buffer.from('boot'), join('uploads', 'boot.png'), 'always')).rejects.toThrow(
    /boot\.png: The image cannot be decoded/,
  )
})
