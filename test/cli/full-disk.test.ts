/** A disk that is full, then read-only. It is a small one made for this, where the tests may mount one. */
import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { PENGUINS, runMillrace, temporaryFolder } from './run-millrace.ts'

const folder = await temporaryFolder()
const disk = join(folder.path, 'disk')
await mkdir(disk)
const canMount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', disk]).status === 0

afterAll(async () => {
  if (canMount) spawnSync('umount', [disk])
  await folder[Symbol.asyncDispose]()
})

describe.skipIf(!canMount)('a disk of 200 KB (skipped where mounting is not allowed)', () => {
  it('too small for a store is named, and told to be full', async () => {
    const { code, stderr } = await runMillrace(
      ['train', '../penguins.csv', '--target', 'species', '--epochs', '1', '--folds', '0'],
      { cwd: disk },
    )
    expect(code).toBe(1)
    expect(stderr).toMatch(/mlflow\.db.*the disk is full.*\[STORAGE_FAILED\]/)
  })

  it('full keeps a file from being written, with nothing half-written left', async () => {
    await copyFile(PENGUINS, join(disk, 'penguins.csv'))
    await expect(writeFile(join(disk, 'fill'), Buffer.alloc(300_000))).rejects.toThrow('ENOSPC')
    const before = await readdir(disk)
    const { code, stderr } = await runMillrace(['data', 'describe', 'penguins.csv', '--write-schema'], { cwd: disk })
    expect(code).toBe(1)
    expect(stderr).toMatch(/penguins\.csv\.schema\.json: the disk is full.*\[STORAGE_FAILED\]/)
    expect(await readdir(disk)).toEqual(before)
  })

  it('read-only can be read from, and writing to it names the file', async () => {
    expect(spawnSync('mount', ['-o', 'remount,ro', disk]).status).toBe(0)
    expect((await runMillrace(['data', 'describe', 'penguins.csv'], { cwd: disk })).code).toBe(0)
    const { code, stderr } = await runMillrace(['data', 'describe', 'penguins.csv', '--write-schema'], { cwd: disk })
    expect(code).toBe(1)
    expect(stderr).toMatch(/penguins\.csv\.schema\.json: .*read-only.*\[STORAGE_FAILED\]/)
  })
})
