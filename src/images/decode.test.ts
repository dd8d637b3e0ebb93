/** Decoding of images that these tests make, right ones and wrong ones. */
import { crc32 } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import { describe, expect, it } from 'vitest'
import { pngPromising } from '../../test/png-header.ts'
import animatedAvif from '../../test/reference/animated-avif.json' with { type: 'json' }
import { decodeImage, type DecodeOptions } from './index.ts'

/** 3 wide, 2 high: red on the left, blue on the right. */
function picture(): Sharp {
  const [red, blue] = [[255, 0, 0], [0, 0, 255]] // prettier-ignore
  const pixels = [red, blue, blue, red, blue, blue].flat()
  return sharp(Uint8Array.from(pixels), { raw: { width: 3, height: 2, channels: 3 } })
}

function decode(bytes: Uint8Array, options?: DecodeOptions): ReturnType<typeof decodeImage> {
  return decodeImage(bytes, 'picture.png', options)
}

async function moving(): Promise<Buffer> {
  const frames = [await picture().png().toBuffer(), await picture().flop().png().toBuffer()]
  return await sharp(frames, { join: { animated: true } })
    .gif()
    .toBuffer()
}

describe('decodeImage', () => {
  it.each(['png', 'webp', 'tiff', 'gif', 'avif'] as const)('reads %s', async (format) => {
    const bytes = await picture().toFormat(format, { lossless: true, quality: 100 }).toBuffer()
    const image = await decode(bytes)
    expect(image).toMatchObject({ width: 3, height: 2, channels: 3 })
    expect(image.data[0]!).toBeGreaterThan(200)
    expect(image.data[1]!).toBeLessThan(60)
  })

  it('keeps grey in one channel, and gives it or colour as asked for', async () => {
    const grey = await sharp(Uint8Array.of(0, 100, 200, 255), { raw: { width: 2, height: 2, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer()
    expect([...(await decode(grey)).data]).toEqual([0, 100, 200, 255])
    expect([...(await decode(grey, { channels: 3 })).data.subarray(3, 6)]).toEqual([100, 100, 100])
    const colour = await picture().png().toBuffer()
    // 255 × 0.299 and 255 × 0.114, as Pillow rounds them.
    expect([...(await decode(colour, { channels: 1 })).data.subarray(0, 2)]).toEqual([76, 29])
  })

  it('cuts 16 bits down to 8', async () => {
    const deep = await sharp(Uint16Array.of(0, 0x1234, 0x8000, 0xffff), { raw: { width: 2, height: 2, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer()
    expect((await sharp(deep).metadata()).depth).toBe('ushort')
    expect([...(await decode(deep)).data]).toEqual([0, 0x12, 0x80, 0xff])
  })

  it('converts CMYK to red, green and blue', async () => {
    const cmyk = await picture()
      .resize(16, 16, { kernel: 'nearest' })
      .toColourspace('cmyk')
      .jpeg({ quality: 100 })
      .toBuffer()
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk')
    const { channels, data } = await decode(cmyk)
    expect(channels).toBe(3)
    expect(data[0]! - data[2]!).toBeGreaterThan(100)
  })

  it('lays transparent parts on white', async () => {
    const clear = await sharp({
      create: { width: 1, height: 1, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer()
    expect([...(await decode(clear)).data]).toEqual([255, 255, 255])
  })

  it('turns an image upright, as its EXIF orientation says', async () => {
    const sideways = await picture().withMetadata({ orientation: 6 }).png().toBuffer()
    const { width, height, data } = await decode(sideways)
    expect({ width, height }).toEqual({ width: 2, height: 3 })
    expect([...data.subarray(0, 6)]).toEqual([255, 0, 0, 255, 0, 0])
  })

  it('refuses images that move, unless the first frame will do', async () => {
    await expect(decode(await moving())).rejects.toThrow(/picture\.png: Expected one picture, found 2 frames/)
    expect(await decode(await moving(), { frames: 'first' })).toMatchObject({ width: 3, height: 2 })
  })

  it('refuses an animated PNG, which decoders take for a still one', async () => {
    const still = await picture().png().toBuffer()
    await expect(decode(withFrames(still, 3))).rejects.toThrow(/picture\.png: Expected one picture, found 3 frames/)
    expect(await decode(withFrames(still, 3), { frames: 'first' })).toMatchObject({ width: 3, height: 2 })
    expect(await decode(withFrames(still, 1))).toMatchObject({ width: 3, height: 2 })
  })

  it('refuses an AVIF file that moves, of which no frame can be read', async () => {
    const avif = Buffer.from(animatedAvif.base64, 'base64')
    await expect(decode(avif)).rejects.toThrow(/picture\.png: Expected one picture, found an animated AVIF file/)
    await expect(decode(avif, { frames: 'first' })).rejects.toThrow(/Save one frame of it/)
  })

  it('advises whoever sent an image only what a sender can do', async () => {
    const still = await picture().png().toBuffer()
    const [caller, sender] = [{ maxPixels: 5 }, { maxPixels: 5, advise: 'sender' }] as const
    await expect(decode(still, caller)).rejects.toThrow(/allowed\. Make it smaller, or raise maxPixels\.$/)
    await expect(decode(still, sender)).rejects.toThrow(/allowed\. Make it smaller\.$/)
    await expect(decode(await moving())).rejects.toThrow(/2 frames or pages\. Keep one, or set frames: 'first'\.$/)
    await expect(decode(await moving(), { advise: 'sender' })).rejects.toThrow(/or pages\. Send one of them\.$/)
  })

  it('decodes few large images at once, for a hundred small files can claim gigabytes', async () => {
    const large = await sharp({ create: { width: 1001, height: 1000, channels: 3, background: '#00f' } })
      .png()
      .toBuffer()
    let waiting = 0
    const decoding = Array.from({ length: 20 }, async () => {
      const { data } = await decode(large)
      // All headers have been read by now: only images wait for a thread.
      waiting = Math.max(waiting, sharp.counters().queue)
      return data.length
    })
    expect(await Promise.all(decoding)).toEqual(Array(20).fill(3_003_000))
    expect(waiting).toBeLessThanOrEqual(4)
  })

  it('refuses an image of too many pixels by its header', async () => {
    await expect(decode(await pngPromising(9000, 9000))).rejects.toThrow(
      /is 9000×9000, more than the 50000000 pixels that are allowed/,
    )
    await expect(decode(await picture().png().toBuffer(), { maxPixels: 5 })).rejects.toThrow(/3×2, more than the 5/)
  })

  it.each([
    ['an empty file', async () => Promise.resolve(Buffer.alloc(0)), /found an empty file/],
    [
      'text',
      async () => Promise.resolve(Buffer.from('a,b\n1,2\n')),
      /cannot be decoded: it is none of PNG, JPEG, WebP/,
    ],
    [
      'nothing but a signature',
      async () => (await noise().png().toBuffer()).subarray(0, 8),
      /corrupt header\. It may be/,
    ],
    ['a picture cut off', async () => half(await noise().png().toBuffer()), /picture\.png: .*cannot be decoded/],
    ['a JPEG cut off', async () => half(await noise().jpeg().toBuffer()), /picture\.png: .*cannot be decoded/],
    [
      'a drawing',
      async () =>
        Promise.resolve(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="5" height="5">&x;</svg>')),
      /cannot be decoded: it is none of PNG/,
    ],
  ])('refuses %s, with its name', async (_, make, message) => {
    const bytes = await make()
    await expect(decode(bytes)).rejects.toMatchObject({ code: 'INVALID_DATA', location: { file: 'picture.png' } })
    await expect(decode(bytes)).rejects.toThrow(message)
  })
})

/** The PNG file with a chunk before its pixels that says how many frames it has. */
function withFrames(png: Buffer, frames: number): Buffer {
  const chunk = Buffer.alloc(20)
  chunk.writeUInt32BE(8)
  chunk.write('acTL', 4)
  chunk.writeUInt32BE(frames, 8)
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 16)), 16)
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)])
}

function half(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length / 2)
}

function noise(): Sharp {
  const pixels = Uint8Array.from({ length: 40 * 40 * 3 }, (_, i) => (i * 7919) % 256)
  return sharp(pixels, { raw: { width: 40, height: 40, channels: 3 } })
}
