/** The transforms beside Pillow 13 and torchvision 0.29: the same bytes. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { cases, sources, tensors } from '../../../test/reference/image-transforms.ts'
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  centerCrop,
  cropImage,
  flipHorizontally,
  flipVertically,
  type Image,
  imagePreprocessing,
  invertImage,
  preprocessImage,
  resizeImage,
  rotateImage,
  withChannels,
} from '../index.ts'

const size = z.object({ height: z.number(), width: z.number() })
const resize = size.extend({ filter: z.enum(['nearest', 'bilinear', 'lanczos']) })
const rotate = z.object({ degrees: z.number(), filter: z.enum(['nearest', 'bilinear']), fill: z.number() })
const crop = size.extend({ top: z.number(), left: z.number(), fill: z.number() })
const factor = z.object({ factor: z.number() })
const channels = z.object({ channels: z.union([z.literal(1), z.literal(3)]) })

/** What each operation of the reference is here. */
const operations: Readonly<Record<string, (image: Image, parameters: unknown) => Image>> = {
  resize: (image, given) => resizeImage(image, resize.parse(given), resize.parse(given).filter),
  rotate: (image, given) => {
    const { degrees, filter, fill } = rotate.parse(given)
    return rotateImage(image, degrees, filter, fill)
  },
  centerCrop: (image, given) => centerCrop(image, size.parse(given)),
  crop: (image, given) => cropImage(image, crop.parse(given), crop.parse(given).fill),
  hflip: flipHorizontally,
  vflip: flipVertically,
  invert: invertImage,
  brightness: (image, given) => adjustBrightness(image, factor.parse(given).factor),
  contrast: (image, given) => adjustContrast(image, factor.parse(given).factor),
  saturation: (image, given) => adjustSaturation(image, factor.parse(given).factor),
  hue: (image, given) => adjustHue(image, z.object({ shift: z.number() }).parse(given).shift),
  channels: (image, given) => withChannels(image, channels.parse(given).channels),
}

describe('transforms give what Pillow gives', () => {
  it.each(Object.keys(operations))('%s', (operation) => {
    const ours = cases.filter(({ op }) => op === operation)
    expect(ours.length).toBeGreaterThan(3)
    for (const { source, parameters, expected } of ours) {
      const result = operations[operation]!(sources[source]!, parameters)
      expect(result, `${source} ${JSON.stringify(parameters)}`).toEqual(expected)
    }
  })

  it('has an operation for each case', () => {
    expect(cases.filter(({ op }) => operations[op] === undefined)).toEqual([])
  })
})

it.each(tensors)('normalises $source to the bits of ToTensor and Normalize', ({ source, mean, std, expected }) => {
  const image = sources[source]!
  const preprocessing = imagePreprocessing({ channels: image.channels, normalize: { mean, std } })
  expect(preprocessImage(preprocessing, image)).toEqual(new Float32Array(expected.buffer))
})
