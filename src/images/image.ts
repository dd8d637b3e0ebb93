/** An image in memory, and the few numbers that everything about images speaks in. */

/** Pixels of 8 bits, row by row, the channels of a pixel side by side: 1 for grey, 3 for red, green and blue. */
export interface Image {
  readonly width: number
  readonly height: number
  readonly channels: Channels
  /** `height × width × channels` bytes. */
  readonly data: Uint8Array
}

export type Channels = 1 | 3

export interface Size {
  readonly height: number
  readonly width: number
}

/** An image whose pixels are still to be written. */
export function blankImage({ height, width }: Size, channels: Channels): Image {
  return { height, width, channels, data: new Uint8Array(height * width * channels) }
}

/** `28×28`: width first, as of pictures. */
export function formatSize({ height, width }: Size): string {
  return `${width}×${height}`
}

/**
 * The image in grey or in colour.
 *
 * Grey is the luma of ITU-R 601 in fixed point, which is what Pillow's `convert("L")` gives; colour of grey repeats it.
 */
export function withChannels(image: Image, channels: Channels): Image {
  if (image.channels === channels) return image
  const converted = blankImage(image, channels)
  const [from, into] = [image.data, converted.data]
  const pixels = image.width * image.height
  if (channels === 3) {
    for (let i = 0; i < pixels; i++) into.fill(from[i]!, 3 * i, 3 * i + 3)
  } else {
    for (let i = 0; i < pixels; i++) into[i] = luma(from[3 * i]!, from[3 * i + 1]!, from[3 * i + 2]!)
  }
  return converted
}

/** Grey of a colour, 0 to 255. */
export function luma(red: number, green: number, blue: number): number {
  return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16
}
