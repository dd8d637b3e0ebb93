/** Sets of image files: folders named after classes, and tables of paths. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writePicture, writePictureFolder } from '../../../test/image-files.ts'
import { Table } from '../../data/index.ts'
import { imageAt, imageDataset, imagePreprocessing, readImageFolder, readImageTable } from '../index.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-images-'))
  await writePictureFolder(folder)
})
afterEach(async () => await rm(folder, { recursive: true, force: true }))

async function damage(file: string): Promise<void> {
  const bytes = await readFile(join(folder, file))
  await writeFile(join(folder, file), bytes.subarray(0, bytes.length - 30))
}

describe('readImageFolder', () => {
  it('takes classes from folders, and images at any depth in the order of their paths', async () => {
    await writeFile(join(folder, 'cat', 'notes.txt'), 'no image')
    await writePicture(join(folder, 'cat', '.thumbnails', '1.png'), {})
    const set = await readImageFolder(folder)
    expect(set).toMatchObject({ count: 6, channels: 3, size: { height: 6, width: 6 }, classes: ['cat', 'dog'] })
    expect([...set.labels]).toEqual([0, 0, 0, 1, 1, 1])
    expect(set.files!.map((file) => file.slice(folder.length + 1))).toEqual(
      ['cat/1.png', 'cat/2.png', 'cat/old/3.png', 'dog/1.png', 'dog/2.PNG', 'dog/3.png'].map((path) => join(path)),
    )
    // Pixels of the picture made with seed 3.
    const { data } = await imageAt(set, 3)
    expect([...data.subarray(0, 2)]).toEqual([(3 * 104_729) % 256, (7919 + 3 * 104_729) % 256])
  })

  it('decodes a set beyond the limit of memory as needed, with the same images and digest', async () => {
    const inMemory = await readImageFolder(folder)
    const onDisk = await readImageFolder(folder, { memoryLimit: 500 })
    expect([inMemory.storage.kind, onDisk.storage.kind]).toEqual(['memory', 'files'])
    for (let i = 0; i < 6; i++) expect(await imageAt(onDisk, i)).toEqual(await imageAt(inMemory, i))
    expect(await onDisk.digest()).toBe(await inMemory.digest())
  })

  it('has a digest of what the files hold and how they are labelled, wherever they are', async () => {
    const digest = await (await readImageFolder(folder)).digest()
    const copy = join(folder, 'copy')
    await mkdir(copy)
    for (const name of ['cat', 'dog']) await cp(join(folder, name), join(copy, name), { recursive: true })
    expect(await (await readImageFolder(copy)).digest()).toBe(digest)
    await writePicture(join(copy, 'dog', '1.png'), { seed: 77 })
    expect(await (await readImageFolder(copy)).digest()).not.toBe(digest)
  })

  it('is grey when all images are, and in colour when one is', async () => {
    await rm(folder, { recursive: true })
    await writePictureFolder(folder, { channels: 1 })
    expect((await readImageFolder(folder)).channels).toBe(1)
    await writePicture(join(folder, 'cat', '9.png'), { channels: 3 })
    expect((await readImageFolder(folder)).channels).toBe(3)
    expect((await readImageFolder(folder, { channels: 1 })).channels).toBe(1)
  })

  it('may hold images of several sizes, which a transform has to make alike', async () => {
    await writePicture(join(folder, 'dog', '4.png'), { height: 9, width: 7 })
    const set = await readImageFolder(folder)
    expect(set.size).toBeUndefined()
    expect(() => imageDataset(set, { preprocessing: imagePreprocessing({ channels: 3 }) })).toThrow(
      /differ in size, a network needs one\. Add a transform/,
    )
    const preprocessing = imagePreprocessing({ channels: 3, transforms: [{ kind: 'resize', size: [8, 8] }] })
    expect(imageDataset(set, { preprocessing }).inputs).toEqual([{ dtype: 'float32', shape: [3, 8, 8] }])
  })

  it('keeps the order of classes that it is given', async () => {
    const set = await readImageFolder(folder, { classes: ['dog', 'fox', 'cat'] })
    expect([...set.labels]).toEqual([2, 2, 2, 0, 0, 0])
  })

  it('fails at a damaged image by name, or leaves it out and lists it', async () => {
    await damage('cat/2.png')
    await damage('dog/3.png')
    await expect(readImageFolder(folder)).rejects.toThrow(/cat.2\.png: The image cannot be decoded/)
    const set = await readImageFolder(folder, { corrupt: 'skip' })
    expect([...set.labels]).toEqual([0, 0, 1, 1])
    expect(set.skipped.map(({ file }) => file.slice(folder.length + 1))).toEqual([join('cat/2.png'), join('dog/3.png')])
    expect(set.skipped[0]!.reason).toMatch(/cannot be decoded/)
    const onDisk = await readImageFolder(folder, { corrupt: 'skip', memoryLimit: 10 })
    expect(onDisk.count).toBe(4)
  })

  it.each<[string, (folder: string) => Promise<unknown>, RegExp]>([
    [
      'no folder',
      (place) => rm(place, { recursive: true }),
      /Expected a folder with a folder for each class: there is none/,
    ],
    [
      'a class without images',
      (place) => mkdir(join(place, 'fox')),
      /fox: Expected images, found none\. Images end in \.png/,
    ],
    [
      'no classes',
      async (place) => {
        await rm(place, { recursive: true })
        await mkdir(place)
      },
      /Expected a folder for each class, found none/,
    ],
  ])('refuses %s', async (_, change, message) => {
    await change(folder)
    await expect(readImageFolder(folder)).rejects.toThrow(message)
  })

  it('refuses a class that is not among those given, and a set of which nothing can be decoded', async () => {
    await expect(readImageFolder(folder, { classes: ['cat'] })).rejects.toThrow(/dog: Expected one of the classes cat/)
    await expect(readImageFolder(folder, { corrupt: 'skip', maxPixels: 3 })).rejects.toThrow(
      /None of 6 images can be decoded\. The image is 6×6, more than the 3 pixels/,
    )
  })
})

describe('readImageTable', () => {
  it('takes paths and classes from columns of a file, relative to it', async () => {
    await writeFile(join(folder, 'list.csv'), 'file,animal,age\ndog/1.png,dog,3\ncat/1.png,cat,4\ndog/2.PNG,dog,5\n')
    const set = await readImageTable(join(folder, 'list.csv'), { pathColumn: 'file', labelColumn: 'animal' })
    expect(set).toMatchObject({ count: 3, classes: ['cat', 'dog'], name: 'list.csv' })
    expect([...set.labels]).toEqual([1, 0, 1])
    const byFolder = await readImageFolder(folder)
    expect(await imageAt(set, 0)).toEqual(await imageAt(byFolder, 3))
  })

  it('takes a table in memory, whose classes may be numbers', async () => {
    const table = Table.fromRecords([
      { path: 'cat/1.png', label: 7 },
      { path: 'dog/1.png', label: 3 },
    ])
    const set = await readImageTable(table, { folder })
    expect([set.classes, [...set.labels]]).toEqual([
      ['3', '7'],
      [1, 0],
    ])
  })

  it.each([
    ['path,label\ncat/1.png,cat\ncat/8.png,cat\n', /list\.csv, row 2, column "path": There is no file .*8\.png/],
    ['path,label\ncat/1.png,\n', /list\.csv, row 1, column "label": Expected a value, found none/],
    ['path,label\n,cat\n', /row 1, column "path": Expected a value, found none/],
    ['path,label\n', /found no rows/],
    ['file,label\ncat/1.png,cat\n', /column "path"/],
  ])('refuses %j', async (text, message) => {
    await writeFile(join(folder, 'list.csv'), text)
    await expect(readImageTable(join(folder, 'list.csv'))).rejects.toThrow(message)
  })
})
