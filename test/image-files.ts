/** Image files that tests of several rooms make: IDX files and folders of small pictures. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import sharp from 'sharp'

/** An IDX file of bytes: magic number, sizes, numbers, all big-endian. */
export function idx(shape: readonly number[], numbers: Uint8Array, magic = 0x0800 + shape.length): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header.writeUInt32BE(magic)
  shape.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis))
  return Buffer.concat([header, numbers])
}

/** Writes `count` grey images of random-looking pixels and their labels, 0 to 2; gives the two paths. */
export async function writeIdxPair(
  folder: string,
  { count = 6, height = 5, width = 4, packed = true } = {},
): Promise<{ readonly images: string; readonly labels: string; readonly pixels: Uint8Array }> {
  const pixels = Uint8Array.from({ length: count * height * width }, (_, i) => (i * 7919 + (i >> 3) * 31) % 256)
  const files = {
    images: join(folder, `train-images-idx3-ubyte${packed ? '.gz' : ''}`),
    labels: join(folder, `train-labels-idx1-ubyte${packed ? '.gz' : ''}`),
  }
  const pack = (bytes: Buffer): Buffer => (packed ? gzipSync(bytes) : bytes)
  await mkdir(folder, { recursive: true })
  await writeFile(files.images, pack(idx([count, height, width], pixels)))
  await writeFile(
    files.labels,
    pack(
      idx(
        [count],
        Uint8Array.from({ length: count }, (_, i) => i % 3),
      ),
    ),
  )
  return { ...files, pixels }
}

/** Writes a PNG of random-looking pixels. */
export async function writePicture(
  file: string,
  {
    height = 6,
    width = 6,
    channels = 3,
    seed = 1,
  }: { height?: number; width?: number; channels?: 1 | 3; seed?: number },
): Promise<void> {
  const pixels = Uint8Array.from({ length: height * width * channels }, (_, i) => (i * 7919 + seed * 104_729) % 256)
  await mkdir(dirname(file), { recursive: true })
  const picture = sharp(pixels, { raw: { width, height, channels } })
  await (channels === 1 ? picture.toColourspace('b-w') : picture).png().toFile(file)
}

/** Writes a folder of two classes, cat and dog, with three pictures each. */
export async function writePictureFolder(folder: string, picture: { channels?: 1 | 3 } = {}): Promise<void> {
  for (const [i, name] of [
    'cat/1.png',
    'cat/2.png',
    'cat/old/3.png',
    'dog/1.png',
    'dog/2.PNG',
    'dog/3.png',
  ].entries()) {
    await writePicture(join(folder, name), { ...picture, seed: i })
  }
}
