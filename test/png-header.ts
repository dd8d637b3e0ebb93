/** A small PNG file whose header promises a large image: as cheap to make as it should be to refuse. */
import { crc32 } from 'node:zlib'
import sharp from 'sharp'

export async function pngPromising(width: number, height: number): Promise<Buffer> {
  const file = await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
  // The chunk IHDR: its name at 12, then width and height, and its checksum at 29.
  file.writeUInt32BE(width, 16)
  file.writeUInt32BE(height, 20)
  file.writeUInt32BE(crc32(file.subarray(12, 29)), 29)
  return file
}
