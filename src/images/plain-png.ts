/**
 * Small PNG files of the plainest kind, decoded at once. Handing one to sharp's threads and back takes several times as
 * long as its pixels do, which a server of small images would mostly be busy with. Whatever is not plain or not right in
 * every byte is left to sharp, and so are all errors.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib'
import type { Image } from './image.ts'

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
/** More are quicker decoded by sharp, and in another thread. */
const MAX_PIXELS = 128 * 128
/** Chunks that say nothing about colours or orientation: resolution and time of change. */
const HARMLESS: ReadonlySet<string> = new Set(['pHYs', 'tIME'])

/** The pixels of a small PNG of 8 bits, grey or RGB, not interlaced; undefined for any other file. */
export function decodePlainPng(bytes: Uint8Array): Image | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // The header is the first chunk, and its length is fixed.
  if (file.length < 57 || !file.subarray(0, 8).equals(SIGNATURE) || file.toString('latin1', 12, 16) !== 'IHDR') return
  const [width, height, colour] = [file.readUInt32BE(16), file.readUInt32BE(20), file[25]]
  const plain = file[24] === 8 && (colour === 0 || colour === 2) && file.readUIntBE(26, 3) === 0
  if (!plain || width === 0 || height === 0 || width * height > MAX_PIXELS) return
  const channels = colour === 0 ? 1 : 3
  const packed = packedPixels(file)
  const size = height * (width * channels + 1)
  const lines = packed && unpack(packed, size)
  if (lines?.length !== size) return
  const data = unfilter(lines, width * channels, channels)
  return data && { width, height, channels, data }
}

/** The joined contents of the IDAT chunks; undefined where a chunk is damaged, missing, or has a say in the pixels. */
function packedPixels(file: Buffer): Buffer | undefined {
  const parts: Buffer[] = []
  for (let at = 8; at + 12 <= file.length;) {
    const end = at + 8 + file.readUInt32BE(at)
    if (end + 4 > file.length || crc32(file.subarray(at + 4, end)) !== file.readUInt32BE(end)) return
    const type = file.toString('latin1', at + 4, at + 8)
    if (type === 'IEND') return parts.length === 1 ? parts[0] : Buffer.concat(parts)
    if (type === 'IDAT') parts.push(file.subarray(at + 8, end))
    else if (!HARMLESS.has(type) && at > 8) return
    at = end + 4
  }
  return
}

/** Undefined where the stream is damaged, or holds more than `maxOutputLength` bytes. */
function unpack(packed: Buffer, maxOutputLength: number): Uint8Array | undefined {
  try {
    // One buffer of the right size, instead of the 16 KiB that it begins with.
    return inflateSync(packed, { maxOutputLength, chunkSize: Math.max(64, maxOutputLength) })
  } catch {
    return undefined
  }
}

/** Undoes the filter that the first byte of each line names (PNG specification, section 9). */
function unfilter(lines: Uint8Array, lineBytes: number, pixelBytes: number): Uint8Array | undefined {
  const height = lines.length / (lineBytes + 1)
  const data = new Uint8Array(height * lineBytes)
  // Lines have a line of zeros above them, which is what the filters want for the first.
  let above = new Uint8Array(lineBytes)
  for (let y = 0; y < height; y++) {
    const start = y * (lineBytes + 1)
    const undo = filters[lines[start]!]
    if (undo === undefined) return
    const line = data.subarray(y * lineBytes, (y + 1) * lineBytes)
    line.set(lines.subarray(start + 1, start + 1 + lineBytes))
    undo(line, above, pixelBytes)
    above = line
  }
  return data
}

/** By the number of the filter: changes `line` into its pixels, from the line above and the pixel to the left. */
const filters: readonly ((line: Uint8Array, above: Uint8Array, pixelBytes: number) => void)[] = [
  () => undefined,
  (line, _, step) => {
    for (let x = step; x < line.length; x++) line[x]! += line[x - step]!
  },
  (line, above) => {
    for (let x = 0; x < line.length; x++) line[x]! += above[x]!
  },
  (line, above, step) => {
    for (let x = 0; x < step; x++) line[x]! += above[x]! >> 1
    for (let x = step; x < line.length; x++) line[x]! += (line[x - step]! + above[x]!) >> 1
  },
  (line, above, step) => {
    for (let x = 0; x < step; x++) line[x]! += above[x]!
    for (let x = step; x < line.length; x++) line[x]! += paeth(line[x - step]!, above[x]!, above[x - step]!)
  },
]

/** Whichever of three neighbours is nearest to left + up − corner. */
function paeth(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner)
  const toUp = Math.abs(left - corner)
  const toCorner = Math.abs(left + up - 2 * corner)
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}

/** The file of an image as `decodePlainPng` takes it, without filters: small for images of one colour. */
export function encodePlainPng({ width, height, channels, data }: Image): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  header.writeUInt16BE(0x0800 + (channels === 1 ? 0 : 2), 8)
  const lineBytes = width * channels
  const lines = Buffer.alloc(height * (lineBytes + 1))
  for (let y = 0; y < height; y++) lines.set(data.subarray(y * lineBytes, (y + 1) * lineBytes), y * (lineBytes + 1) + 1)
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(lines)), chunk('IEND', Buffer.alloc(0))]
  return Buffer.concat([SIGNATURE, ...chunks])
}

function chunk(type: string, content: Buffer): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(type), content, Buffer.alloc(4)])
  bytes.writeUInt32BE(content.length)
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), bytes.length - 4)
  return bytes
}
