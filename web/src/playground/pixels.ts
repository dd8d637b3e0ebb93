/** The pixels of a canvas as the graph of an image model takes them. */

/** Red, green, blue and opacity of each pixel, 0 to 255. */
export interface Pixels {
  readonly data: Uint8ClampedArray
  readonly width: number
  readonly height: number
}

/**
 * Numbers from 0 to 1, [channels, height, width].
 *
 * @param channels 1 is grey as Pillow makes it of colours (ITU-R 601-2), 3 is red, green and blue
 */
export function pixelsOf({ data, width, height }: Pixels, channels: number): Float32Array {
  const count = width * height
  const numbers = new Float32Array(channels * count)
  for (let pixel = 0; pixel < count; pixel++) {
    const [red = 0, green = 0, blue = 0] = data.subarray(4 * pixel, 4 * pixel + 3)
    const values = channels === 1 ? [(red * 19_595 + green * 38_470 + blue * 7471 + 32_768) >> 16] : [red, green, blue]
    for (let channel = 0; channel < channels; channel++) numbers[channel * count + pixel] = values[channel]! / 255
  }
  return numbers
}
