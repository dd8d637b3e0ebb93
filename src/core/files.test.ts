import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appendLines, makeFolders, replaceAtomic, writeFileAtomic, writeSmallFile } from './files.ts'

function writeFolder(path: string, text: string): Promise<void> {
  return replaceAtomic(path, async (temporary) => {
    await mkdir(temporary)
    await writeFile(join(temporary, 'content'), text)
  })
}

describe('writing in one step', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-files-'))
  })
  afterEach(async () => await rm(folder, { recursive: true, force: true }))

  it('replaces a file by a file and a folder by a folder, and leaves nothing else', async () => {
    await writeFileAtomic(join(folder, 'a'), 'old')
    await writeFileAtomic(join(folder, 'a'), 'new')
    await writeFolder(join(folder, 'b'), 'old')
    await writeFolder(join(folder, 'b'), 'new')
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('new')
    expect(await readFile(join(folder, 'b', 'content'), 'utf8')).toBe('new')
    expect((await readdir(folder)).toSorted()).toEqual(['a', 'b'])
  })

  it('keeps a folder where a file was to be written, and a file where a folder was', async () => {
    await writeFolder(join(folder, 'out.csv'), 'work')
    await expect(writeFileAtomic(join(folder, 'out.csv'), 'x')).rejects.toThrow(/there is a folder of that name/)
    expect(await readFile(join(folder, 'out.csv', 'content'), 'utf8')).toBe('work')
    await writeFileAtomic(join(folder, 'model'), 'work')
    await expect(writeFolder(join(folder, 'model'), 'x')).rejects.toThrow(/there is a file of that name/)
    expect(await readFile(join(folder, 'model'), 'utf8')).toBe('work')
  })

  it('leaves what was there when writing fails', async () => {
    await writeFileAtomic(join(folder, 'a'), 'old')
    const failing = replaceAtomic(join(folder, 'a'), async (temporary) => {
      await writeFile(temporary, 'half')
      throw new Error('cut off')
    })
    await expect(failing).rejects.toThrow('cut off')
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['a'])
  })

  it('says so when a file stands where a folder is needed', async () => {
    await writeFileAtomic(join(folder, 'a'), 'file')
    await expect(writeFileAtomic(join(folder, 'a', 'b'), 'x')).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
    expect(() => writeSmallFile(join(folder, 'a', 'b'), 'x')).toThrow(/a part of the path is a file/)
  })

  it('makes the folders of a small file, replaces it, and leaves nothing else', async () => {
    const path = join(folder, 'x', 'y', 'small.json')
    writeSmallFile(path, 'old')
    writeSmallFile(path, 'new')
    expect(await readFile(path, 'utf8')).toBe('new')
    expect(await readdir(join(folder, 'x', 'y'))).toEqual(['small.json'])
  })

  it('says so when a name is too long, and leaves errors of reading elsewhere as they are', async () => {
    await expect(writeFileAtomic(join(folder, 'x'.repeat(300)), '')).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      message: expect.stringContaining('the name is too long') as string,
    })
    const copying = replaceAtomic(join(folder, 'sub', 'copy'), async () => {
      await readFile(join(tmpdir(), 'millrace-no-such-file'))
    })
    await expect(copying).rejects.toMatchObject({ code: 'ENOENT' })
  })

  // Node's own recursive mkdir never comes back there.
  it.skipIf(process.platform !== 'linux')('says so where the system makes no folders', async () => {
    expect(() => makeFolders('/proc/none/below')).toThrow(
      /Cannot make the folder \/proc\/none\/below: .*Choose another/,
    )
    await expect(writeFileAtomic('/proc/none/file', 'x')).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
    await expect(writeFileAtomic('/proc/file', 'x')).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
    await expect(appendLines('/proc/file', 'x\n')).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
  })
})
