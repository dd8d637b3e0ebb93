/** Getting a known data set: from folders of this machine, and from mirrors that do what mirrors do. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Mirror, openMirror } from '../../../test/mirror.ts'
import { findDataset, type KnownDataset, knownDataset, knownDatasets, onboardDataset } from '../index.ts'

const files = {
  'images.gz': Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7919 + (i >> 8)) % 256),
  'labels.gz': Uint8Array.of(1, 2, 3),
}
const sum = (kind: 'sha256' | 'md5', bytes: Uint8Array): string => createHash(kind).update(bytes).digest('hex')

/** A data set of these two files, which `mirrors` have. */
function clothes(...mirrors: readonly (Mirror | string)[]): KnownDataset {
  return {
    name: 'clothes',
    description: 'made for a test',
    licence: 'MIT',
    homepage: 'http://127.0.0.1/',
    citation: '',
    files: Object.entries(files).map(([name, bytes]) => ({
      name,
      sizeBytes: bytes.length,
      sha256: sum('sha256', bytes),
      md5: sum('md5', bytes),
    })),
    mirrors: mirrors.map((mirror) => (typeof mirror === 'string' ? mirror : mirror.url)),
  }
}

let folder: string
let to: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-onboard-'))
  to = join(folder, 'clothes')
  vi.stubEnv('MILLRACE_DATASETS', '')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

async function expectComplete(place = to): Promise<void> {
  expect((await readdir(place)).toSorted()).toEqual(Object.keys(files))
  for (const [name, bytes] of Object.entries(files)) {
    expect(sum('sha256', await readFile(join(place, name))), name).toBe(sum('sha256', bytes))
  }
}

async function writeFiles(place: string, given: Readonly<Record<string, Uint8Array>> = files): Promise<string> {
  await mkdir(place, { recursive: true })
  for (const [name, bytes] of Object.entries(given)) await writeFile(join(place, name), bytes)
  return place
}

/** An address where nothing answers. */
const NOWHERE = 'http://127.0.0.1:9/'

describe('a download', () => {
  it('gets all files, tells how far it is, and has nothing to do the second time', async () => {
    await using mirror = await openMirror(files, 'whole')
    const progress: number[] = []
    const onProgress = ({ receivedBytes }: { receivedBytes: number }): void => void progress.push(receivedBytes)
    const first = await onboardDataset(clothes(mirror), { to, onProgress })
    expect(first).toEqual({
      folder: to,
      files: Object.keys(files).map((name) => ({ name, came: 'downloaded' })),
    })
    await expectComplete()
    expect(progress).toContain(200_000)
    const second = await onboardDataset(clothes(mirror), { to })
    expect(second.files.map(({ came }) => came)).toEqual(['present', 'present'])
    expect(mirror.requests).toEqual(['/images.gz', '/labels.gz'])
  })

  it('goes on where the connection broke off', async () => {
    await using mirror = await openMirror(files, 'stall', 'stall', 'ranges')
    await onboardDataset(clothes(mirror), { to, onProgress: () => mirror.breakOff() })
    await expectComplete()
    expect(mirror.requests[0]).toBe('/images.gz')
    expect(mirror.requests[1]).toMatch(/^\/images\.gz bytes=[1-9]\d*-$/)
  })

  it('goes on in a later call, at another mirror', async () => {
    await using breaking = await openMirror(files, 'stall', 'missing')
    const onProgress = (): void => breaking.breakOff()
    await expect(onboardDataset(clothes(breaking), { to, onProgress })).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('What has arrived is kept: run it again'),
    })
    expect(await readdir(to)).toEqual(['images.gz.part'])
    await using mirror = await openMirror(files, 'ranges')
    await onboardDataset(clothes(NOWHERE, mirror), { to })
    await expectComplete()
    expect(mirror.requests[0]).toMatch(/^\/images\.gz bytes=[1-9]\d*-$/)
  })

  it('starts anew where a mirror cannot go on, or the part was of another file', async () => {
    for (const manner of ['whole', 'refuse-range', 'ranges'] as const) {
      await writeFiles(to, { 'images.gz.part': new Uint8Array(1000) })
      await using mirror = await openMirror(files, manner)
      await onboardDataset(clothes(mirror, mirror), { to })
      await expectComplete()
      await rm(to, { recursive: true })
    }
  })

  it('follows a redirect', async () => {
    await using mirror = await openMirror(files, 'redirect', 'whole', 'whole')
    await onboardDataset(clothes(mirror), { to })
    await expectComplete()
    expect(mirror.requests).toContain('/moved/images.gz')
  })

  it('takes the next mirror when one lacks the file, has another one, or falls silent', async () => {
    await using missing = await openMirror(files, 'missing')
    await using other = await openMirror({ ...files, 'images.gz': files['images.gz'].toReversed() }, 'whole')
    await using shorter = await openMirror({ 'images.gz': Uint8Array.of(1), 'labels.gz': Uint8Array.of(1) }, 'whole')
    await using silent = await openMirror(files, 'stall')
    await using right = await openMirror(files, 'ranges')
    await onboardDataset(clothes(missing, other, shorter, silent, right), { to, stallMs: 50 })
    await expectComplete()
  })

  it('says what each mirror answered, and leaves no file under its name', async () => {
    await using missing = await openMirror(files, 'missing')
    await using other = await openMirror({ ...files, 'images.gz': files['images.gz'].toReversed() }, 'whole')
    await using shorter = await openMirror({ 'images.gz': Uint8Array.of(1) }, 'whole')
    const failing = onboardDataset(clothes(missing, other, shorter, NOWHERE), { to })
    await expect(failing).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' })
    const message = await failing.catch((error: Error) => error.message)
    expect(message).toMatch(/^Cannot download images\.gz\. Tried 127\.0\.0\.1:\d+ \(answered 404\), /)
    expect(message).toContain('(sent another file: its SHA-256 is not the published one)')
    expect(message).toContain('(has another file, of 1 bytes instead of 200000)')
    expect(message).toMatch(/127\.0\.0\.1:9 \(.+\)/)
    expect(message).toContain('. Run it again once there is a connection.')
    expect(message).toContain('put its 2 files into a folder and name it: millrace data onboard clothes --from FOLDER')
    expect(existsSync(join(to, 'images.gz'))).toBe(false)
  })

  it('takes addresses with and without a slash at their end, and refuses what is none', async () => {
    await using mirror = await openMirror(files, 'whole')
    await onboardDataset(clothes(), { to, mirrors: [mirror.url.replace(/\/$/, '')] })
    await expectComplete()
    for (const wrong of ['mirror', 'ftp://127.0.0.1/', '']) {
      await expect(onboardDataset(clothes(), { to, mirrors: [wrong] })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: `"${wrong}" is no address to download from. Write one such as https://mirror.example/fashion-mnist/.`,
      })
    }
  })

  it('can be interrupted, and goes on later', async () => {
    await using silent = await openMirror(files, 'stall')
    const controller = new AbortController()
    const stopping = onboardDataset(clothes(silent), {
      to,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    await expect(stopping).rejects.toMatchObject({ name: 'AbortError' })
    await using mirror = await openMirror(files, 'ranges')
    await onboardDataset(clothes(mirror), { to })
    await expectComplete()
    expect(mirror.requests[0]).toMatch(/bytes=/)
  })
})

describe('without a network', () => {
  it('copies from a folder that is named', async () => {
    const from = await writeFiles(join(folder, 'stick'))
    const { files: came } = await onboardDataset(clothes(), { from, to })
    expect(came.map(({ came }) => came)).toEqual(['copied', 'copied'])
    await expectComplete()
  })

  it('refuses a folder that lacks a file, or has another of that name', async () => {
    const from = await writeFiles(join(folder, 'stick'), { 'images.gz': files['images.gz'] })
    await expect(onboardDataset(clothes(), { from, to })).rejects.toThrow(/labels\.gz: Expected .* found no such file/)
    await writeFiles(from, { 'labels.gz': Uint8Array.of(1, 2, 4) })
    await expect(onboardDataset(clothes(), { from, to })).rejects.toThrow(/labels\.gz: .* its SHA-256 is not/)
    await writeFiles(from, { 'labels.gz': Uint8Array.of(1) })
    await expect(onboardDataset(clothes(), { from, to })).rejects.toThrow(/found 1 bytes, not 3/)
  })

  it('finds it by MILLRACE_DATASETS, the folder itself or one of its name in it, and leaves it there', async () => {
    for (const place of [join(folder, 'shelf', 'clothes'), join(folder, 'other')]) {
      await writeFiles(place)
      vi.stubEnv('MILLRACE_DATASETS', place.replace(/.clothes$/, ''))
      const found = await onboardDataset(clothes())
      expect(found.folder).toBe(place)
      expect(await findDataset(clothes())).toBe(place)
    }
  })
})

describe('findDataset', () => {
  it('says how to get a data set that is not there, and where it looked', async () => {
    vi.stubEnv('MILLRACE_DATASETS', folder)
    const finding = findDataset(clothes())
    await expect(finding).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    await expect(finding).rejects.toThrow(
      /Get it: millrace data onboard clothes\. Looked in datasets.clothes, .*usr.share.datasets.clothes/,
    )
  })

  it('names a file that is not as published', async () => {
    const from = await writeFiles(join(folder, 'stick'), { ...files, 'images.gz': files['images.gz'].toReversed() })
    await expect(findDataset(clothes(), { from })).rejects.toThrow(/images\.gz: Expected the file as clothes was/)
  })
})

describe('the data sets that are known', () => {
  it('say all that is needed to get, check and cite them', () => {
    for (const dataset of knownDatasets()) {
      expect(knownDataset(dataset.name)).toBe(dataset)
      expect(dataset.licence.length * dataset.citation.length * dataset.mirrors.length).toBeGreaterThan(0)
      for (const { sizeBytes, sha256, md5 } of dataset.files) {
        expect(sizeBytes).toBeGreaterThan(0)
        expect([sha256, md5].join(' ')).toMatch(/^[0-9a-f]{64} [0-9a-f]{32}$/)
      }
      for (const mirror of dataset.mirrors) expect(mirror).toMatch(/^https?:\/\/.*\/$/)
    }
  })

  it('are suggested for a name that is not among them', () => {
    expect(() => knownDataset('fashion_mnist')).toThrow(/no data set "fashion_mnist" .* Did you mean "fashion-mnist"/)
  })
})
