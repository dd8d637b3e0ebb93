/** Settings of preprocessing, and what chance does with them. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../../core/index.ts'
import { type Channels, type Image, imagePreprocessing, type ImagePreprocessingOptions } from '../index.ts'
import { cropImage, flipHorizontally, flipVertically, hasLightBorder, rotateImage } from './geometry.ts'
import { compilePreprocessing, hasRandomness, preprocessedSize, preprocessImage } from './preprocessing.ts'

const anyImage: fc.Arbitrary<Image> = fc
  .record({
    height: fc.integer({ min: 1, max: 12 }),
    width: fc.integer({ min: 1, max: 12 }),
    channels: fc.constantFrom<Channels>(1, 3),
  })
  .chain(({ height, width, channels }) => {
    const length = height * width * channels
    return fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((data): Image => ({ height, width, channels, data }))
  })

const everyRandomTransform: ImagePreprocessingOptions['transforms'] = [
  { kind: 'resize', size: [12, 14], filter: 'lanczos' },
  { kind: 'rotate', degrees: 20, filter: 'bilinear' },
  { kind: 'random-resized-crop', size: [10, 11] },
  { kind: 'color-jitter', brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0.1 },
  { kind: 'horizontal-flip' },
  { kind: 'vertical-flip' },
  { kind: 'random-crop', size: 8, padding: 1 },
]

/** One image, once for each of `draws` streams. */
function draw(options: ImagePreprocessingOptions, image: Image, draws: number): Float32Array[] {
  const preprocessing = imagePreprocessing(options)
  const size = preprocessedSize(preprocessing, image)!
  const preprocess = compilePreprocessing(preprocessing, size)
  return Array.from({ length: draws }, (_, i) => {
    const into = new Float32Array(size.height * size.width * preprocessing.channels)
    preprocess(image, new Random(i), into, 0)
    return into
  })
}

function ramp(height: number, width: number, channels: Channels = 1): Image {
  return { height, width, channels, data: Uint8Array.from({ length: height * width * channels }, (_, i) => i % 251) }
}

function sum(values: Float32Array): number {
  return values.reduce((total, value) => total + value, 0)
}

function sizeOf(transforms: ImagePreprocessingOptions['transforms']): unknown {
  return preprocessedSize(imagePreprocessing({ channels: 1, transforms }), undefined)
}

describe('settings', () => {
  it('are the same after a trip through JSON', () => {
    const settings = imagePreprocessing({
      channels: 3,
      transforms: everyRandomTransform,
      normalize: { mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] },
      erasing: { value: 'random' },
    })
    expect(imagePreprocessing(JSON.parse(JSON.stringify(settings)) as ImagePreprocessingOptions)).toEqual(settings)
  })

  it.each([
    [{ channels: 2 }, /"channels"/],
    [{ channels: 1, transforms: [{ kind: 'resise', size: 3 }] }, /"transforms\.0\.kind"/],
    [{ channels: 1, transforms: [{ kind: 'resize', size: 0 }] }, /"transforms\.0\.size"/],
    [{ channels: 1, transforms: [{ kind: 'horizontal-flip', p: 0.5 }] }, /Unrecognized key: "p"/],
    [{ channels: 1, erasing: { scale: [0.5, 0.1] } }, /must not be above the second/],
    [{ channels: 3, normalize: { mean: [0.5], std: [0.5] } }, /expected 3 means and deviations.*found 1 and 1/],
    [{ channels: 1, normalize: { mean: [0], std: [0] } }, /"normalize\.std\.0"/],
  ])('that are wrong are refused with the key: %j', (options, message) => {
    const parse = (): unknown => imagePreprocessing(options as ImagePreprocessingOptions)
    expect(parse).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG', message: expect.stringMatching(message) }))
  })

  it('say the size of the result, as far as it is known', () => {
    expect(sizeOf([])).toBeUndefined()
    expect(sizeOf([{ kind: 'resize', size: 8 }])).toBeUndefined()
    expect(
      sizeOf([{ kind: 'resize', size: 8 }, { kind: 'center-crop', size: 7 }, { kind: 'horizontal-flip' }]),
    ).toEqual({
      height: 7,
      width: 7,
    })
    const shorterSide = imagePreprocessing({ channels: 1, transforms: [{ kind: 'resize', size: 8 }] })
    expect(preprocessedSize(shorterSide, { height: 10, width: 25 })).toEqual({ height: 8, width: 20 })
  })
})

describe('what chance does', () => {
  it('is the same for the same stream and differs between streams', () => {
    const options: ImagePreprocessingOptions = { channels: 3, transforms: everyRandomTransform, erasing: {} }
    const image = ramp(16, 16, 3)
    const [first, second] = [draw(options, image, 20), draw(options, image, 20)]
    expect(first).toEqual(second)
    expect(new Set(first.map(String)).size).toBe(20)
  })

  it('gives the right size and values in 0…1 for any image', () => {
    fc.assert(
      fc.property(anyImage, (image) => {
        for (const values of draw({ channels: 3, transforms: everyRandomTransform }, image, 3)) {
          expect(values).toHaveLength(3 * 8 * 8)
          expect(values.every((value) => value >= 0 && value <= 1)).toBe(true)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('flips half of the images', () => {
    const image = ramp(2, 2)
    const still = preprocessImage(imagePreprocessing({ channels: 1 }), image)
    const draws = draw({ channels: 1, transforms: [{ kind: 'horizontal-flip' }] }, image, 400)
    const flipped = draws.filter((values) => values[0] !== still[0]).length
    expect(flipped).toBeGreaterThan(150)
    expect(flipped).toBeLessThan(250)
  })

  it('crops at every place that padding leaves room for, and fills what is beyond', () => {
    const image: Image = { height: 2, width: 2, channels: 1, data: new Uint8Array(4).fill(255) }
    const draws = draw({ channels: 1, transforms: [{ kind: 'random-crop', size: 2, padding: 1 }] }, image, 300)
    expect(new Set(draws.map(String)).size).toBe(9)
    expect(new Set(draws.map(sum))).toEqual(new Set([1, 2, 4]))
  })

  it('erases a rectangle of the share that is asked for', () => {
    const image: Image = { height: 20, width: 20, channels: 1, data: new Uint8Array(400).fill(255) }
    const erasing = { probability: 1, scale: [0.2, 0.25] as [number, number], ratio: [1, 1] as [number, number] }
    for (const values of draw({ channels: 1, erasing }, image, 50)) {
      const gone = values.filter((value) => value === 0).length
      expect(gone).toBeGreaterThanOrEqual(81)
      expect(gone).toBeLessThanOrEqual(100)
    }
  })

  it('is not asked for in settings that have nothing random, and refused where a prediction is due', () => {
    const still = imagePreprocessing({ channels: 1, transforms: [{ kind: 'resize', size: 4 }, { kind: 'invert' }] })
    const random = imagePreprocessing({ channels: 1, transforms: [{ kind: 'horizontal-flip' }] })
    expect([hasRandomness(still), hasRandomness(random)]).toEqual([false, true])
    expect(() => preprocessImage(random, ramp(4, 4))).toThrow(/random transforms, which are for training only/)
  })
})

describe('moving pixels', () => {
  it('comes back by doing it again', () => {
    fc.assert(
      fc.property(anyImage, (image) => {
        expect(flipHorizontally(flipHorizontally(image))).toEqual(image)
        expect(flipVertically(flipVertically(image))).toEqual(image)
        expect(rotateImage(rotateImage(image, 180, 'nearest'), 180, 'nearest')).toEqual(image)
        const { height, width } = image
        const wider = cropImage(image, { top: -2, left: -3, height: height + 5, width: width + 4 })
        expect(cropImage(wider, { top: 2, left: 3, height, width })).toEqual(image)
      }),
    )
  })

  it('says by how much an image is too small for a crop', () => {
    const options: ImagePreprocessingOptions = { channels: 1, transforms: [{ kind: 'random-crop', size: 28 }] }
    expect(() => draw(options, ramp(20, 30), 1)).toThrow(/an image of 30×20 with a padding of 0 is smaller .* 28×28/)
  })
})

describe('inverting', () => {
  it('can go by the border: paper is inverted, a dark ground is not', () => {
    const paper: Image = { height: 5, width: 4, channels: 1, data: new Uint8Array(20).fill(250) }
    paper.data[9] = 0
    const dark: Image = { ...paper, data: paper.data.map((value) => 255 - value) }
    expect([hasLightBorder(paper), hasLightBorder(dark)]).toEqual([true, false])
    const settings = imagePreprocessing({ channels: 1, transforms: [{ kind: 'invert', when: 'light-border' }] })
    expect(preprocessImage(settings, paper)).toEqual(preprocessImage(settings, dark))
    expect(preprocessImage(settings, dark)[0]).toBeCloseTo(5 / 255, 6)
  })
})
