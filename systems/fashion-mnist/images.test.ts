/** The data of the Fashion-MNIST system, on the published files where they are. */
import { hasRandomness, imageAt, imageDataset, type ImageSet, preprocessImage } from 'millrace/images'
import { describe, expect, it } from 'vitest'
import { sharedDataset } from '../../test/shared-datasets.ts'
import { augmentation, CLASSES, loadTestImages, loadTrainingImages, preprocessing } from './images.ts'

const from = sharedDataset('fashion-mnist')

function classCounts({ labels }: ImageSet): number[] {
  return CLASSES.map((_, label) => labels.filter((each) => each === label).length)
}

describe.skipIf(from === undefined)('Fashion-MNIST (skipped where its files are not)', () => {
  it('is divided with the same share of each class, the same images for the same seed', async () => {
    const { training, validation } = await loadTrainingImages({ from, limit: 2000 })
    expect(classCounts(training)).toEqual(CLASSES.map(() => 180))
    expect(classCounts(validation)).toEqual(CLASSES.map(() => 20))
    const again = await loadTrainingImages({ from, limit: 2000 })
    expect(await again.validation.digest()).toBe(await validation.digest())
    const other = await loadTrainingImages({ from, limit: 2000, seed: 7 })
    expect(await other.validation.digest()).not.toBe(await validation.digest())
  })

  it('is whole without a limit', async () => {
    const { training, validation } = await loadTrainingImages({ from })
    expect([training.count, validation.count, (await loadTestImages({ from })).count]).toEqual([54_000, 6000, 10_000])
  })

  it('is only normalised by the preprocessing for pictures', async () => {
    const test = await loadTestImages({ from })
    for (let i = 0; i < 1000; i++) {
      const image = await imageAt(test, i)
      expect(preprocessImage(preprocessing(), image)).toEqual(
        preprocessImage(preprocessing({ invert: 'never' }), image),
      )
    }
  })

  it('lies between -1 and 1', async () => {
    const { training } = await loadTrainingImages({ from, limit: 500 })
    const rows = Uint32Array.from({ length: 450 }, (_, i) => i)
    const pixels = new Float32Array(450 * 784)
    const dataset = imageDataset(training, { preprocessing: augmentation(1) })
    await dataset.fill(rows, { inputs: [pixels], target: new BigInt64Array(450) })
    expect(pixels.reduce((a, b) => Math.min(a, b))).toBe(-1)
    expect(pixels.reduce((a, b) => Math.max(a, b))).toBe(1)
  })
})

/** A dark square on white, as on a photograph, or a light one on black. */
function square(background: number): { height: number; width: number; channels: 1; data: Uint8Array } {
  const data = new Uint8Array(56 * 56).fill(background)
  for (let y = 14; y < 42; y++) data.fill(255 - background, y * 56 + 14, y * 56 + 42)
  return { height: 56, width: 56, channels: 1, data }
}

describe('a picture that somebody sends', () => {
  it.each([
    ['light-border', 255, 0],
    ['always', 255, 0],
    ['light-border', 0, 0],
    ['never', 0, 0],
    ['never', 255, 255],
    ['always', 0, 255],
  ] as const)('is inverted by "%s" from a border of %i to one of %i', (invert, background, border) => {
    const pixels = preprocessImage(preprocessing({ invert }), square(background))
    expect(pixels).toHaveLength(784)
    expect(pixels[0]).toBe(border === 0 ? -1 : 1)
    expect(pixels[14 * 28 + 14]).toBe(border === 0 ? 1 : -1)
  })

  it('is moved and mirrored at random for training only', () => {
    expect([hasRandomness(preprocessing()), hasRandomness(augmentation(1))]).toEqual([false, true])
  })
})
