/** A short fingerprint of an image set, for naming what a run was trained on. */
import { createHash, type Hash } from 'node:crypto'
import type { Channels, Size } from '../image.ts'
import { readImageFile } from './image-storage.ts'

interface Labelled {
  readonly channels: Channels
  readonly classes: readonly string[]
  readonly labels: Uint32Array
}

/** Of images of one size, by their pixels. The start of an MD5, as the digests of tables are. */
export async function digestOfPixels(
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { size, ...labelled }: Labelled & { readonly size: Size },
): Promise<string> {
  const hash = startHash(labelled)
  hash.update(`${size.height} ${size.width}\n`)
  for await (const part of parts) hash.update(part)
  return hash.digest('hex').slice(0, 8)
}

/** Of images in files, by the bytes of the files; their names and places are of no matter. */
export async function digestOfFiles(files: readonly string[], labelled: Labelled): Promise<string> {
  const hash = startHash(labelled)
  for (const file of files) {
    hash.update(
      createHash('md5')
        .update(await readImageFile(file))
        .digest(),
    )
  }
  return hash.digest('hex').slice(0, 8)
}

function startHash({ channels, classes, labels }: Labelled): Hash {
  return createHash('md5')
    .update(`millrace images 1\n${labels.length} ${channels}\n${JSON.stringify(classes)}\n`)
    .update(new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength))
}
