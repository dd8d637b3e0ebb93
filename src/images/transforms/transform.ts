/** The transforms of images as plain data, so that a configuration can hold them and a server can read them again. */
import { z } from 'zod'
import { MillraceError, parseWith } from '../../core/index.ts'

const pixels = z.number().int().min(1).max(65_535)
const size = z.union([pixels, z.tuple([pixels, pixels])])
const probability = z.number().min(0).max(1)
const byte = z.number().int().min(0).max(255)
const positive = z.number().positive()
const range = z
  .tuple([positive, positive])
  .refine(([low, high]) => low <= high, 'The first number must not be above the second.')
const amount = z.number().min(0)
const rotationFilter = z.enum(['nearest', 'bilinear'])
const filter = z.enum(['nearest', 'bilinear', 'lanczos'])

/** Every transform of pixels. Sizes are one number or `[height, width]`; fills are 0 to 255. */
const pixelTransformSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('resize'), size, filter: filter.default('bilinear') }),
  z.strictObject({ kind: z.literal('center-crop'), size }),
  z.strictObject({
    kind: z.literal('random-crop'),
    size,
    padding: z.number().int().min(0).default(0),
    fill: byte.default(0),
  }),
  z.strictObject({
    kind: z.literal('random-resized-crop'),
    size,
    scale: range.default([0.08, 1]),
    ratio: range.default([3 / 4, 4 / 3]),
    filter: filter.default('bilinear'),
  }),
  z.strictObject({ kind: z.literal('horizontal-flip'), probability: probability.default(0.5) }),
  z.strictObject({ kind: z.literal('vertical-flip'), probability: probability.default(0.5) }),
  z.strictObject({
    kind: z.literal('rotate'),
    degrees: amount.max(180),
    filter: rotationFilter.default('nearest'),
    fill: byte.default(0),
  }),
  z.strictObject({
    kind: z.literal('color-jitter'),
    brightness: amount.default(0),
    contrast: amount.default(0),
    saturation: amount.default(0),
    hue: amount.max(0.5).default(0),
  }),
  z.strictObject({ kind: z.literal('invert'), when: z.enum(['always', 'light-border']).default('always') }),
])

export type PixelTransform = z.output<typeof pixelTransformSchema>
export type TransformKind = PixelTransform['kind']
export type TransformOf<K extends TransformKind> = Extract<PixelTransform, { kind: K }>

const erasingSchema = z.strictObject({
  probability: probability.default(0.5),
  scale: range.default([0.02, 0.33]),
  ratio: range.default([0.3, 3.3]),
  value: z.union([z.number(), z.literal('random')]).default(0),
})

const preprocessingSchema = z.strictObject({
  channels: z.union([z.literal(1), z.literal(3)]),
  transforms: z.array(pixelTransformSchema).default([]),
  normalize: z.strictObject({ mean: z.array(z.number()), std: z.array(positive) }).optional(),
  erasing: erasingSchema.optional(),
})

/**
 * What becomes of an image before a network sees it: made grey or coloured, transformed, scaled to 0…1, normalised by
 * `(x - mean) / std` for each channel, and a rectangle of it erased. Plain data: JSON keeps it.
 */
export type ImagePreprocessing = z.output<typeof preprocessingSchema>

/** The same with what has a default left out. */
export type ImagePreprocessingOptions = z.input<typeof preprocessingSchema>

/**
 * Checks settings and fills in defaults. What comes from a file is checked alike: `imagePreprocessing(JSON.parse(text))`.
 *
 * @throws MillraceError INVALID_CONFIG naming the key that is not right
 */
export function imagePreprocessing(options: ImagePreprocessingOptions): ImagePreprocessing {
  const preprocessing = parseWith(preprocessingSchema, options, 'The preprocessing of images')
  const { channels, normalize } = preprocessing
  const lengths = normalize === undefined ? [] : [normalize.mean.length, normalize.std.length]
  if (lengths.some((length) => length !== channels)) {
    throw new MillraceError(
      'INVALID_CONFIG',
      `The preprocessing of images is not valid. "normalize": expected ${channels} means and deviations, one for each channel, found ${lengths.join(' and ')}.`,
    )
  }
  return preprocessing
}
