/** Sets from IDX files, right ones and wrong ones. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { idx, writeIdxPair } from '../../../test/image-files.ts'
import { imageAt, readIdxImages } from '../index.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-idx-'))
})
afterEach(async () => await rm(folder, { recursive: true, force: true }))

describe('readIdxImages', () => {
  it.each([true, false])('reads images and labels, packed: %s', async (packed) => {
    const { images, labels, pixels } = await writeIdxPair(folder, { packed })
    const set = await readIdxImages(images, labels, { classes: ['shirt', 'bag', 'boot'] })
    expect(set).toMatchObject({ count: 6, channels: 1, size: { height: 5, width: 4 }, name: 'train-images-idx3-ubyte' })
    expect([...set.labels]).toEqual([0, 1, 2, 0, 1, 2])
    expect(await imageAt(set, 4)).toEqual({ height: 5, width: 4, channels: 1, data: pixels.slice(80, 100) })
  })

  it('numbers the classes where they have no names', async () => {
    const { images, labels } = await writeIdxPair(folder)
    expect((await readIdxImages(images, labels)).classes).toEqual(['0', '1', '2'])
  })

  it('reads a set beyond the limit of memory piece by piece, with the same images and digest', async () => {
    const { images, labels } = await writeIdxPair(folder, { packed: false })
    const inMemory = await readIdxImages(images, labels)
    const onDisk = await readIdxImages(images, labels, { memoryLimit: 100 })
    expect([inMemory.storage.kind, onDisk.storage.kind]).toEqual(['memory', 'slices'])
    for (let i = 0; i < 6; i++) expect(await imageAt(onDisk, i)).toEqual(await imageAt(inMemory, i))
    expect(await onDisk.digest()).toBe(await inMemory.digest())
  })

  it('has a digest of pixels, labels and classes, whether packed or not', async () => {
    const packed = await writeIdxPair(join(folder, 'a'), { packed: true })
    const plain = await writeIdxPair(join(folder, 'b'), { packed: false })
    const digest = await (await readIdxImages(packed.images, packed.labels)).digest()
    expect(digest).toMatch(/^[0-9a-f]{8}$/)
    expect(await (await readIdxImages(plain.images, plain.labels)).digest()).toBe(digest)
    const named = await readIdxImages(plain.images, plain.labels, { classes: ['x', 'y', 'z'] })
    expect(await named.digest()).not.toBe(digest)
    await writeFile(plain.labels, idx([6], Uint8Array.of(0, 1, 2, 0, 1, 1)))
    expect(await (await readIdxImages(plain.images, plain.labels)).digest()).not.toBe(digest)
  })
})

describe('IDX files that are wrong are refused by name', () => {
  const broken: readonly [string, (files: { images: string; labels: string }) => Promise<void>, RegExp][] = [
    ['another magic number', ({ images }) => writeFile(images, idx([6, 5, 4], new Uint8Array(120), 2050)), /train-images.*magic number 2051, found 2050/],
    ['labels in place of images', ({ images }) => writeFile(images, idx([6], new Uint8Array(6))), /found 2049\. These are labels/],
    ['images in place of labels', ({ labels }) => writeFile(labels, idx([6, 5, 4], new Uint8Array(120))), /train-labels.*2049, found 2051\. These are images/],
    ['another number of labels', ({ labels }) => writeFile(labels, idx([5], new Uint8Array(5))), /train-labels.*Expected 6 labels.*found 5/],
    ['a file that is cut off', ({ images }) => writeFile(images, idx([6, 5, 4], new Uint8Array(100))), /Expected 120 bytes for 6 × 5 × 4 numbers, 100 are there: the file is cut off/],
    ['a file that is too long', ({ images }) => writeFile(images, idx([6, 5, 4], new Uint8Array(121))), /Expected 120 bytes.*more are there: the file is damaged/],
    ['a header that is cut off', ({ images }) => writeFile(images, idx([6, 5, 4], new Uint8Array(0)).subarray(0, 10)), /header is cut off/],
    ['an empty file', ({ images }) => writeFile(images, ''), /found a file of less than 4 bytes/],
    ['a packed file that is cut off', ({ images }) => writeFile(images, gzipSync(idx([6, 5, 4], new Uint8Array(120))).subarray(0, 35)), /train-images.*cut off or damaged/],
    ['no file', ({ images }) => rm(images), /train-images.*there is no such file/],
    ['no images', ({ images, labels }) => writeFile(images, idx([0, 5, 4], new Uint8Array(0))).then(() => writeFile(labels, idx([0], new Uint8Array(0)))), /Expected images, found none/],
  ] // prettier-ignore

  it.each(broken)('%s', async (_, damage, message) => {
    const files = await writeIdxPair(folder)
    await damage(files)
    const reading = readIdxImages(files.images, files.labels)
    await expect(reading).rejects.toMatchObject({ name: 'DataError', code: 'INVALID_DATA' })
    await expect(reading).rejects.toThrow(message)
  })

  it('a label that is no class', async () => {
    const { images, labels } = await writeIdxPair(folder)
    await expect(readIdxImages(images, labels, { classes: ['a', 'b'] })).rejects.toThrow(
      /the label of image 3 is 2, but there are 2 classes/,
    )
  })

  it('a packed file that needs more memory than allowed, without unpacking it', async () => {
    const { images, labels } = await writeIdxPair(folder)
    await expect(readIdxImages(images, labels, { memoryLimit: 100 })).rejects.toThrow(
      /Needs 120 bytes of memory, more than the 100 that are allowed.*gunzip/,
    )
    const claims = idx([60_000, 5000, 5000], new Uint8Array(0))
    await writeFile(images, gzipSync(claims))
    await writeFile(labels, idx([60_000], new Uint8Array(60_000)))
    await expect(readIdxImages(images, labels)).rejects.toThrow(/Needs 1500000000000 bytes/)
  })

  it('is not fooled by a file that changes while it is read piece by piece', async () => {
    const { images, labels } = await writeIdxPair(folder, { packed: false })
    const set = await readIdxImages(images, labels, { memoryLimit: 100 })
    await writeFile(images, (await readFile(images)).subarray(0, 100))
    await expect(imageAt(set, 5)).rejects.toThrow(/Image 6 is cut off: the file has become shorter/)
  })
})
