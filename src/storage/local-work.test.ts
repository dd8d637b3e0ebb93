/** Work on places that may be elsewhere: a folder of this machine and a bucket. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type S3Server, startS3 } from '../../test/s3-server.ts'
import { openStorage, readLocally, writeLocally } from './index.ts'

let server: S3Server
let folder: string

beforeAll(async () => {
  server = await startS3()
  const { AWS_ENDPOINT_URL_S3: endpoint, ...credentials } = server.env
  for (const [name, value] of Object.entries(credentials)) vi.stubEnv(name, value)
  vi.stubEnv('S3_ENDPOINT_URL', endpoint)
  folder = await mkdtemp(join(tmpdir(), 'millrace-local-'))
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

describe.each([
  ['a folder', () => join(folder, 'deep', 'er')],
  ['a bucket', () => 's3://models/deep/er'],
])('in %s', (kind, place) => {
  it('files and folders are written and read', async () => {
    const file = `${place()}/a.txt`
    await writeLocally(file, async (path) => {
      await mkdir(join(path, '..'), { recursive: true })
      await writeFile(path, 'one')
    })
    expect(await readLocally(file, async (path) => await readFile(path, 'utf8'))).toBe('one')
    await writeLocally(`${place()}/model`, async (path) => {
      await mkdir(path)
      await writeFile(join(path, 'weights'), 'w')
    })
    expect(await readLocally(`${place()}/model/`, async (path) => await readdir(path))).toEqual(['weights'])
  })

  it('the path of a copy is there only while it is worked with, and that of a file always', async () => {
    const used = await readLocally(`${place()}/a.txt`, (path) => Promise.resolve(path))
    expect(existsSync(used)).toBe(kind === 'a folder')
  })

  it('what failed is not kept', async () => {
    const failing = writeLocally(`${place()}/b.txt`, () => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
    expect(await openStorage(place()).exists('b.txt')).toBe(false)
  })
})

it('a place elsewhere has a name, and something is there', async () => {
  await expect(readLocally('s3://models', (path) => readFile(path))).rejects.toThrow(
    /such as s3:\/\/bucket\/name, found/,
  )
  const missing = readLocally('s3://models/nothing', (path) => readFile(path))
  await expect(missing).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
})
