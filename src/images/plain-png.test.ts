import * as fc from 'fast-check'
import sharp, { type Sharp } from 'sharp'
import { expect, test } from 'vitest'
import { decodeImage } from './decode.ts'
import { decodePlainPng, encodePlainPng } from './plain-png.ts'

const pictures = fc
  .record({
    width: fc.integer({ min: 1, max: 20 }),
    height: fc.integer({ min: 1, max: 20 }),
    channels: fc.constantFrom(1, 3),
  })
  .chain(({ width, height, channels }) => {
    const length = width * height * channels
    // Noise is packed without a filter, gradual changes with each of them.
    const noise = fc.uint8Array({ minLength: length, maxLength: length })
    const slope = fc.integer({ min: 1, max: 40 }).map((step) => Uint8Array.from({ length }, (_, i) => (i * step) >> 2))
    return fc.record({ raw: fc.constant({ width, height, channels }), data: fc.oneof(noise, slope) })
  })

test('plain files have the pixels they were made of', async () => {
  await fc.assert(
    fc.asyncProperty(pictures, fc.boolean(), async ({ raw, data }, adaptiveFiltering) => {
      const file = sharp(data, { raw }).toColourspace(raw.channels === 1 ? 'b-w' : 'srgb')
      const bytes = await file.png({ adaptiveFiltering }).toBuffer()
      expect(decodePlainPng(bytes)).toEqual({ ...raw, data: new Uint8Array(data) })
    }),
    { numRuns: 60 },
  )
})

test('images are written as plain files, which sharp reads too', async () => {
  await fc.assert(
    fc.asyncProperty(pictures, async ({ raw, data }) => {
      const image = { ...raw, channels: raw.channels === 1 ? 1 : 3, data: new Uint8Array(data) } as const
      const file = encodePlainPng(image)
      expect(decodePlainPng(file)).toEqual(image)
      const pixels = await sharp(file)
        .toColourspace(raw.channels === 1 ? 'b-w' : 'srgb')
        .raw()
        .toBuffer()
      expect(Buffer.compare(pixels, image.data)).toBe(0)
    }),
    { numRuns: 30 },
  )
})

test('any damaged byte, and any missing one, leaves the file to sharp', async () => {
  const bytes = await sharp(
    Uint8Array.from({ length: 64 }, (_, i) => i * 3),
    { raw: { width: 8, height: 8, channels: 1 } },
  )
    .toColourspace('b-w')
    .png()
    .toBuffer()
  // The last twelve are the chunk that ends the file, whose length nobody needs.
  for (let at = 0; at < bytes.length - 12; at++) {
    const damaged = Buffer.from(bytes)
    damaged[at]! ^= 0x10
    expect(decodePlainPng(damaged), `byte ${at}`).toBeUndefined()
    expect(decodePlainPng(bytes.subarray(0, at))).toBeUndefined()
  }
})

test('transparency, palettes, 16 bits and large files are left to sharp', async () => {
  const files = [image(4, 4).png(), image(4, 3).png({ palette: true }), image(9000, 3).png()]
  files.push(image(4, 3).toColourspace('rgb16').png(), image(4, 3).withMetadata({ orientation: 6 }).png())
  for (const file of files) {
    const bytes = await file.toBuffer()
    expect(decodePlainPng(bytes)).toBeUndefined()
    await expect(decodeImage(bytes, 'image')).resolves.toMatchObject({ channels: 3 })
  }
})

function image(width: number, channels: 3 | 4): Sharp {
  return sharp({ create: { width, height: 4, channels, background: { r: 9, g: 8, b: 7, alpha: 0.5 } } })
}
