/** From the bytes of a PNG, JPEG, WebP, GIF, TIFF or AVIF file to pixels, by sharp, which is loaded with the first image that needs it. */
import type sharpModule from 'sharp'
import type { Metadata } from 'sharp'
import { asError, DataError, limiter, MillraceError } from '../core/index.ts'
import { type Channels, formatSize, type Image, type Size, withChannels } from './image.ts'
import { isKnownFormat, isMovingAvif, pngFrames } from './image-format.ts'
import { decodePlainPng } from './plain-png.ts'

export interface DecodeOptions {
  /** Default: 1 for a grey image, 3 for another. */
  readonly channels?: Channels
  /** More are refused before any is decoded: a small file can claim to be very large. Default 50 million. */
  readonly maxPixels?: number
  /** What to do with an image that moves, or has pages. Default 'refuse'. */
  readonly frames?: 'refuse' | 'first'
  /** Whom errors give advice: the `'caller'`, who can set these options (default), or the `'sender'` of the image. */
  readonly advise?: Advised
}

/** Who reads an error of an image: whoever calls, and can do so otherwise, or who can only send another image. */
export type Advised = 'caller' | 'sender'

const advice = {
  caller: { tooLarge: 'Make it smaller, or raise maxPixels.', moving: "Keep one, or set frames: 'first'." },
  sender: { tooLarge: 'Make it smaller.', moving: 'Send one of them.' },
} as const satisfies Record<Advised, object>

/** What an image is by its header: its size once it is upright, and whether it is grey or coloured. */
export interface ImageHeader extends Size {
  readonly channels: Channels
}

const DEFAULT_MAX_PIXELS = 50_000_000

/** The endings of the files that can be decoded. */
export const imageEndings: readonly string[] = ['.png', '.jpg', '.jpeg', '.webp', '.gif', '.tif', '.tiff', '.avif']

/** A hundred small files can claim gigabytes together: those of many pixels are decoded as few at once as there are threads. */
const MANY_PIXELS = 1_000_000
const few = limiter(4)

/**
 * The pixels of an image, 8 bits for each of 1 or 3 channels, upright as its EXIF orientation says. Transparent parts
 * become white, 16 bits are cut down to the upper 8, CMYK and other colour spaces are converted to sRGB.
 *
 * @param name of the image in errors, such as its path
 * @throws DataError when it is damaged, of no known format, moving, of floating point, or has more pixels than allowed
 * @throws MillraceError RUNTIME_UNAVAILABLE when sharp cannot be loaded on this machine
 */
export async function decodeImage(bytes: Uint8Array, name: string, options: DecodeOptions = {}): Promise<Image> {
  const plain = decodePlainPng(bytes)
  if (plain !== undefined && plain.width * plain.height <= (options.maxPixels ?? DEFAULT_MAX_PIXELS)) {
    return withChannels(plain, options.channels ?? plain.channels)
  }
  const header = await readImageHeader(bytes, name, options)
  const decode = async (): Promise<Image> => await decodeBySharp(bytes, name, header.channels)
  const image = header.width * header.height > MANY_PIXELS ? await few(decode) : await decode()
  return withChannels(image, options.channels ?? header.channels)
}

async function decodeBySharp(bytes: Uint8Array, name: string, channels: Channels): Promise<Image> {
  const sharp = await loadSharp()
  const { data, info } = await sharp(bytes, { limitInputPixels: false })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => damaged(name, cause))
  const { width, height } = info
  return { width, height, channels, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) }
}

/** Reads the header only. @throws DataError as `decodeImage` does, but for damage behind the header */
export async function readImageHeader(
  bytes: Uint8Array,
  name: string,
  options: DecodeOptions = {},
): Promise<ImageHeader> {
  if (bytes.length === 0) throw new DataError({ file: name }, 'Expected an image, found an empty file.')
  if (!isKnownFormat(bytes)) damaged(name, new Error('it is none of PNG, JPEG, WebP, GIF, TIFF and AVIF'))
  if (isMovingAvif(bytes)) {
    throw new DataError({ file: name }, 'Expected one picture, found an animated AVIF file. Save one frame of it.')
  }
  const sharp = await loadSharp()
  const metadata = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => damaged(name, cause))
  checkHeader({ pages: pngFrames(bytes), ...metadata }, name, options)
  const { width, height } = metadata.autoOrient
  return { width, height, channels: metadata.space === 'b-w' || metadata.space === 'grey16' ? 1 : 3 }
}

function checkHeader(
  { width, height, pages = 1, depth }: Metadata,
  name: string,
  { maxPixels = DEFAULT_MAX_PIXELS, frames = 'refuse', advise = 'caller' }: DecodeOptions,
): void {
  const refuse = (problem: string): never => {
    throw new DataError({ file: name }, problem)
  }
  if (width * height > maxPixels) {
    refuse(
      `The image is ${formatSize({ width, height })}, more than the ${maxPixels} pixels that are allowed. ${advice[advise].tooLarge}`,
    )
  }
  if (pages > 1 && frames === 'refuse') {
    refuse(`Expected one picture, found ${pages} frames or pages. ${advice[advise].moving}`)
  }
  if (depth !== 'uchar' && depth !== 'ushort') {
    refuse(`Expected 8 or 16 bits a channel, found numbers of type ${depth}. Convert it first.`)
  }
}

function damaged(name: string, cause: unknown): never {
  const reason = asError(cause).message.split('\n', 1)[0]!.replace(/:\s*$/, '')
  // Sharp's own sentence for damage that a reader of images would pass over.
  const shown = reason.includes('failOn') ? 'its data are not complete' : reason
  throw new DataError(
    { file: name },
    `The image cannot be decoded: ${shown}. It may be damaged, cut off or no image.`,
    {
      cause,
    },
  )
}

let loading: Promise<typeof sharpModule> | undefined

function loadSharp(): Promise<typeof sharpModule> {
  loading ??= import('sharp').then(
    (module) => module.default,
    (cause: unknown) => {
      throw new MillraceError(
        'RUNTIME_UNAVAILABLE',
        `Cannot load sharp on ${process.platform}-${process.arch}, which decodes images: ${asError(cause).message.split('\n', 1)[0]}. Run "npm install" again in this folder, with optional dependencies.`,
        { cause },
      )
    },
  )
  return loading
}
