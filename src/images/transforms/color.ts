/** Brightness, contrast, saturation and hue, to the very bytes of torchvision's functions on Pillow images. */
import { blankImage, type Image, luma, withChannels } from '../image.ts'

const { fround } = Math

/** Scales all values. @param factor 0 gives black, 1 the image, above 1 a lighter one */
export function adjustBrightness(image: Image, factor: number): Image {
  return mapValues(image, blendTable(0, factor))
}

/** Moves values away from the mean grey of the image, or towards it. @param factor 0 gives that grey, 1 the image */
export function adjustContrast(image: Image, factor: number): Image {
  return mapValues(image, blendTable(meanGrey(image), factor))
}

/** Moves colours away from their grey, or towards it. A grey image stays as it is. @param factor 0 gives grey, 1 the image */
export function adjustSaturation(image: Image, factor: number): Image {
  if (image.channels === 1) return image
  const adjusted = blankImage(image, 3)
  const { data } = image
  for (let i = 0; i < data.length; i += 3) {
    const grey = luma(data[i]!, data[i + 1]!, data[i + 2]!)
    for (let c = i; c < i + 3; c++) adjusted.data[c] = blend(grey, data[c]!, factor)
  }
  return adjusted
}

/** Turns the colour circle. A grey image stays as it is. @param shift in turns, -0.5 to 0.5 */
export function adjustHue(image: Image, shift: number): Image {
  if (image.channels === 1) return image
  const adjusted = blankImage(image, 3)
  const turn = Math.trunc(shift * 255)
  const { data } = image
  for (let i = 0; i < data.length; i += 3) turnHue(data, adjusted.data, i, turn)
  return adjusted
}

function turnHue(from: Uint8Array, into: Uint8Array, at: number, turn: number): void {
  const [red, green, blue] = [from[at]!, from[at + 1]!, from[at + 2]!]
  const value = Math.max(red, green, blue)
  const range = value - Math.min(red, green, blue)
  if (range === 0) {
    into.fill(value, at, at + 3)
    return
  }
  const saturation = Math.trunc(fround(fround(range / value) * 255))
  const hue = (hueOf(red, green, blue, value, range) + turn) & 255
  writeColour(into, at, hue, saturation, value)
}

/** 0 to 255, in the mixture of single and double precision that Pillow computes it in. */
function hueOf(red: number, green: number, blue: number, value: number, range: number): number {
  const fromRed = fround((value - red) / range)
  const fromGreen = fround((value - green) / range)
  const fromBlue = fround((value - blue) / range)
  let sixth: number
  if (red === value) sixth = fround(fromBlue - fromGreen)
  else if (green === value) sixth = fround(2 + fromRed - fromBlue)
  else sixth = fround(4 + fromGreen - fromRed)
  return Math.trunc(fround((sixth / 6 + 1) % 1) * 255)
}

function writeColour(into: Uint8Array, at: number, hue: number, saturation: number, value: number): void {
  const sixths = fround((hue * 6) / 255)
  const share = fround(saturation / 255)
  const sector = Math.floor(sixths)
  const rest = fround(sixths - sector)
  const low = Math.round(value * (1 - share))
  const falling = Math.round(value * (1 - fround(share * rest)))
  const rising = Math.round(value * (1 - share * (1 - rest)))
  const colour = [
    [value, rising, low],
    [falling, value, low],
    [low, value, rising],
    [low, falling, value],
    [rising, low, value],
    [value, low, falling],
  ][sector % 6]!
  for (let c = 0; c < 3; c++) into[at + c] = colour[c]!
}

function meanGrey(image: Image): number {
  const grey = withChannels(image, 1).data
  let sum = 0
  for (const value of grey) sum += value
  return Math.trunc(sum / grey.length + 0.5)
}

function blendTable(ground: number, factor: number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, value) => blend(ground, value, factor))
}

function mapValues(image: Image, table: Uint8Array): Image {
  const mapped = blankImage(image, image.channels)
  const { data } = image
  for (let i = 0; i < data.length; i++) mapped.data[i] = table[data[i]!]!
  return mapped
}

/** From `ground` (factor 0) to `value` (factor 1) and beyond, cut off at 0 and 255; single precision, as in Pillow. */
function blend(ground: number, value: number, factor: number): number {
  const blended = fround(ground + fround(fround(factor) * (value - ground)))
  return blended <= 0 ? 0 : blended >= 255 ? 255 : Math.trunc(blended)
}
