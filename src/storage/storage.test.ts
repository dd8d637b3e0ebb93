import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text as readText } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import * as fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type S3Server, startS3 } from '../../test/s3-server.ts'
import { MillraceError } from '../core/index.ts'
import { fileUriOf, localPathOf, type ObjectStorage, openStorage } from './index.ts'

let folder: string
let storage: ObjectStorage

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-storage-'))
  storage = openStorage(join(folder, 'root'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const pieces = (...texts: string[]): Readable => Readable.from(texts.map((piece) => Buffer.from(piece)))

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')

/** What every storage does, on a root that `open` makes. */
function storageContract(open: (name: string) => ObjectStorage): void {
  let storage: ObjectStorage

  beforeEach(() => {
    storage = open(randomUUID())
  })

  it('gives back what was written, under names with odd characters too', async () => {
    for (const path of ['a.txt', 'deep/er/b c.txt', '100%.txt', 'ünï#?.txt']) {
      await storage.write(path, `content of ${path}`)
      expect(text(await storage.read(path))).toBe(`content of ${path}`)
      expect(await storage.exists(path)).toBe(true)
    }
  })

  it('writes and reads what is empty, without a word', async () => {
    using warn = vi.spyOn(console, 'warn')
    await storage.write('empty.txt', '')
    await storage.write('empty.bin', new Uint8Array(0))
    expect(await storage.read('empty.txt')).toHaveLength(0)
    expect(await storage.read('empty.bin')).toHaveLength(0)
    expect(warn).not.toHaveBeenCalled()
  })

  it('reads and writes as the content comes, and keeps what was there when the source fails', async () => {
    await storage.writeFrom('deep/a b.txt', pieces('one, ', 'two'))
    const { sizeBytes, pieces: read } = await storage.openRead('deep/a b.txt')
    expect([sizeBytes, await readText(read)]).toEqual([8, 'one, two'])
    const broken = pieces('three').map(() => Promise.reject(new Error('the client has gone')))
    await expect(storage.writeFrom('deep/a b.txt', broken)).rejects.toThrow('the client has gone')
    expect(text(await storage.read('deep/a b.txt'))).toBe('one, two')
    expect(await storage.list('deep')).toHaveLength(1)
    await expect(storage.openRead('deep/none')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
  })

  it('shows nothing of what is still being written', async () => {
    const seen: unknown[] = []
    const pieces = async function* (): AsyncIterable<Uint8Array> {
      yield new Uint8Array(100_000)
      await storage.download('a', join(folder, 'meanwhile'))
      seen.push(await storage.list('a'), await readdir(join(folder, 'meanwhile')))
      yield new Uint8Array(1)
    }
    await storage.write('a/old', new Uint8Array(1))
    await storage.writeFrom('a/new', pieces())
    expect(seen).toEqual([[{ path: 'a/old', isFolder: false, sizeBytes: 1 }], ['old']])
    expect((await storage.list('a')).map(({ path }) => path)).toEqual(['a/new', 'a/old'])
  })

  it('reads a range of bytes, and tells size and tag, which is another for other content', async () => {
    await storage.write('deep/a.txt', '0123456789')
    const info = await storage.stat('deep/a.txt')
    const { pieces: middle, ...about } = await storage.openRead('deep/a.txt', { first: 2, last: 5 })
    expect([about, await readText(middle)]).toEqual([{ ...info, range: { first: 2, last: 5 } }, '2345'])
    const whole = await storage.openRead('deep/a.txt')
    expect([whole.etag, await readText(whole.pieces)]).toEqual([info.etag, '0123456789'])
    await storage.write('deep/a.txt', 'other')
    const other = await storage.stat('deep/a.txt')
    expect([info.sizeBytes, other.sizeBytes]).toEqual([10, 5])
    expect(other.etag).not.toBe(info.etag)
    await expect(storage.stat('deep/none')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
  })

  it('lists one level, sorted, with paths from the root and sizes of files', async () => {
    await storage.write('model/MLmodel', '12345')
    await storage.write('model/data/weights.bin', new Uint8Array(3))
    await storage.write('b.txt', '')
    expect(await storage.list()).toEqual([
      { path: 'b.txt', isFolder: false, sizeBytes: 0 },
      { path: 'model', isFolder: true },
    ])
    expect(await storage.list('model')).toEqual([
      { path: 'model/MLmodel', isFolder: false, sizeBytes: 5 },
      { path: 'model/data', isFolder: true },
    ])
    expect(await storage.list('nothing/here')).toEqual([])
  })

  it('uploads a folder as a whole and merges into one that is there', async () => {
    const local = join(folder, 'local')
    await mkdir(join(local, 'sub'), { recursive: true })
    await writeFile(join(local, 'sub', 'a.txt'), 'new')
    await storage.upload(local, 'out')
    await storage.write('out/kept.txt', 'kept')
    await writeFile(join(local, 'sub', 'a.txt'), 'newer')
    await storage.upload(local, 'out')
    expect(text(await storage.read('out/sub/a.txt'))).toBe('newer')
    expect(text(await storage.read('out/kept.txt'))).toBe('kept')
    expect((await storage.list('out')).map((entry) => entry.path)).toEqual(['out/kept.txt', 'out/sub'])
  })

  it('downloads a folder to this machine', async () => {
    await storage.write('model/a/b.txt', 'b')
    await storage.download('model', join(folder, 'copy'))
    expect(await readFile(join(folder, 'copy', 'a', 'b.txt'), 'utf8')).toBe('b')
  })

  it('deletes files and folders, and does not mind what is gone already', async () => {
    await storage.write('model/a.txt', 'a')
    await storage.delete('model')
    await storage.delete('model')
    expect(await storage.exists('model/a.txt')).toBe(false)
  })

  it('names the file that is not there', async () => {
    await expect(storage.read('missing.txt')).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
      message: expect.stringContaining(`${storage.uri}/missing.txt`) as string,
    })
    await expect(storage.upload(join(folder, 'nothing'), 'x')).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
    })
  })

  it('refuses to copy a folder over a file, or a file over a folder', async () => {
    await storage.write('a/file', 'x')
    await mkdir(join(folder, 'other'))
    await writeFile(join(folder, 'other', 'inside'), 'x')
    await expect(storage.upload(join(folder, 'other'), 'a/file')).rejects.toThrow(/folder .* over the file/)
    await expect(storage.upload(join(folder, 'other', 'inside'), 'a')).rejects.toThrow(/file .* over the folder/)
  })

  it('never deletes or overwrites its root', async () => {
    await storage.write('a.txt', 'a')
    await expect(storage.delete('')).rejects.toThrow(/names the root/)
    await expect(storage.write('./', 'x')).rejects.toThrow(/names the root/)
    expect(await storage.exists('a.txt')).toBe(true)
  })
}

describe('object storage in a folder', () => {
  storageContract((name) => openStorage(join(folder, name)))

  it('refuses to copy a folder into itself', async () => {
    await storage.write('a/file', 'x')
    await expect(storage.upload(join(folder, 'root', 'a'), 'a/file')).rejects.toThrow(/into itself/)
  })
})

describe('object storage in a bucket', () => {
  let server: S3Server

  beforeAll(async () => {
    server = await startS3()
    for (const [name, value] of Object.entries(server.env)) vi.stubEnv(name, value)
  })

  afterAll(async () => {
    vi.unstubAllEnvs()
    await server[Symbol.asyncDispose]()
  })

  storageContract((name) => openStorage(`s3://models/deep/${name}`))

  it('lists and deletes more objects than fit into one answer', async () => {
    const many = openStorage(`s3://models/${randomUUID()}`)
    const names = Array.from({ length: 1100 }, (_, i) => `all/${String(i).padStart(4, '0')}`)
    await Promise.all(names.map(async (name) => await many.write(name, '')))
    expect((await many.list('all')).map(({ path }) => path)).toEqual(names)
    await many.delete('all')
    expect(await many.list()).toEqual([])
  })

  it('streams large files both ways', async () => {
    const large = openStorage(`s3://models/${randomUUID()}`)
    const content = Buffer.alloc(12_000_000, 'what is uploaded in parts ')
    await writeFile(join(folder, 'large'), content)
    await large.upload(join(folder, 'large'), 'large')
    await large.download('large', join(folder, 'copy'))
    expect(content.equals(await readFile(join(folder, 'copy')))).toBe(true)
  })

  it('uses a bucket as it is, without a prefix', async () => {
    const whole = openStorage('s3://models')
    await whole.write('top.txt', 'x')
    expect((await whole.list()).map(({ path }) => path)).toContain('top.txt')
    expect(whole).toMatchObject({ uri: 's3://models' })
    expect(whole.localPath('top.txt')).toBeUndefined()
  })

  it('says that there is no such bucket', async () => {
    await expect(openStorage('s3://nothing/here').write('a', 'x')).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      message: 'Cannot use s3://nothing/here/a: there is no such bucket. Create it, or correct the name.',
    })
  })

  it.each(['../a', '%2e%2e/a', '/a', 'a\\b'])('refuses the path %j', async (path) => {
    await expect(openStorage('s3://models/x').read(path)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it.each(['s3://', 's3:///models', 's3://models/../other'])('refuses %j', (uri) => {
    expect(() => openStorage(uri)).toThrow(MillraceError)
  })
})

describe('paths that would leave the root', () => {
  const escapes = [
    '../secret',
    'a/../../secret',
    '%2e%2e/secret',
    '%252e%252e%252fsecret',
    'a%2f..%2f..%2fsecret',
    '..\\secret',
    '/etc/passwd',
    '%2fetc/passwd',
    'C:/windows',
    'c%3a/windows',
    'file:///etc/passwd',
    'a\0b',
    'a%00b',
  ]

  it.each(escapes)('refuses %j in every method', async (path) => {
    await writeFile(join(folder, 'secret'), 'secret')
    const attempts = [
      storage.read(path),
      storage.stat(path),
      storage.openRead(path),
      storage.write(path, 'x'),
      storage.list(path),
      storage.delete(path),
      storage.exists(path),
      storage.upload(folder, path),
      storage.download(path, join(folder, 'copy')),
    ]
    for (const attempt of attempts) {
      await expect(attempt).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    }
    expect(() => storage.localPath(path)).toThrow(MillraceError)
    expect(await readFile(join(folder, 'secret'), 'utf8')).toBe('secret')
  })

  it('refuses what is encoded a hundred thousand times over, rather than decode it', async () => {
    await expect(storage.read(`%${'25'.repeat(100_000)}`)).rejects.toThrow(/more than 4096 characters/)
  })

  it('finds nothing under a name that is too long for the system', async () => {
    const name = 'x'.repeat(300)
    await expect(storage.read(name)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    expect([await storage.list(name), await storage.exists(name)]).toEqual([[], false])
    await storage.delete(name)
  })

  it('refuses to go through a symbolic link, and does not list it', async () => {
    await mkdir(join(folder, 'outside'))
    await writeFile(join(folder, 'outside', 'secret'), 'secret')
    await storage.write('a.txt', 'a')
    await symlink(join(folder, 'outside'), join(folder, 'root', 'link'))
    await expect(storage.read('link/secret')).rejects.toThrow(/symbolic link/)
    await expect(storage.write('link/new', 'x')).rejects.toThrow(/symbolic link/)
    await expect(storage.delete('link')).rejects.toThrow(/symbolic link/)
    expect((await storage.list()).map((entry) => entry.path)).toEqual(['a.txt'])
  })

  it('neither uploads through a link in the root nor downloads what one points to', async () => {
    await mkdir(join(folder, 'outside'))
    await writeFile(join(folder, 'outside', 'secret'), 'secret')
    await storage.write('model/a.txt', 'a')
    await symlink(join(folder, 'outside'), join(folder, 'root', 'model', 'link'))
    await mkdir(join(folder, 'local', 'link'), { recursive: true })
    await writeFile(join(folder, 'local', 'link', 'planted'), 'x')
    await expect(storage.upload(join(folder, 'local'), 'model')).rejects.toThrow(/symbolic link/)
    expect(await openStorage(join(folder, 'outside')).exists('planted')).toBe(false)
    await storage.download('model', join(folder, 'copy'))
    expect((await openStorage(join(folder, 'copy')).list()).map((entry) => entry.path)).toEqual(['a.txt'])
  })

  it('writes below its root whatever the path says, or refuses it', async () => {
    const parts = fc.constantFrom('..', '.', '', 'a', '%2e%2e', '%2f', '/', '\\', 'C:', '%', '%41')
    await fc.assert(
      fc.asyncProperty(fc.array(parts, { maxLength: 5 }), async (chosen) => {
        const path = chosen.join('/')
        try {
          const place = storage.localPath(path)
          expect(`${place}/`.startsWith(`${join(folder, 'root')}/`)).toBe(true)
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' })
        }
      }),
    )
  })
})

describe('locations', () => {
  it('reads plain paths and file URIs, escaped ones too', () => {
    expect(localPathOf('/data/x', false)).toBe('/data/x')
    expect(localPathOf('models', false)).toBe(join(process.cwd(), 'models'))
    expect(localPathOf('file:///data/a%20b', false)).toBe('/data/a b')
    expect(localPathOf('file:/data/x', false)).toBe('/data/x')
    expect(localPathOf('file://localhost/data/x', false)).toBe('/data/x')
  })

  it('reads Windows forms by the rules of Windows', () => {
    expect(localPathOf('file:///C:/data/x', true)).toBe('C:\\data\\x')
    expect(localPathOf('C:\\data\\x', true)).toBe('C:\\data\\x')
    expect(localPathOf('c:/data', true)).toBe('c:/data')
    expect(localPathOf('\\\\server\\share', true)).toBe('\\\\server\\share')
  })

  it('refuses what cannot be a place on this system', () => {
    for (const uri of [
      '',
      'C:\\data',
      'file:relative/x',
      'file://server/share',
      '\\\\server\\share',
      'file:///a%2fb',
    ]) {
      expect(() => localPathOf(uri, false), uri).toThrow(/Cannot use ".*" as a location/)
    }
  })

  it('names the scheme that is not supported', () => {
    expect(localPathOf('s3://bucket/key')).toBeUndefined()
    expect(() => openStorage('gs://bucket/key')).toThrow(/kind "gs" is not supported/)
  })

  it('survives the way from a path to a URI and back', () => {
    const segment = fc.string({ unit: 'grapheme', minLength: 1 }).filter((s) => !/[/\\\0]/.test(s) && !/^\.+$/.test(s))
    fc.assert(
      fc.property(segment, (name) => {
        expect(localPathOf(fileUriOf(`/data/${name}`), false)).toBe(`/data/${name}`)
      }),
    )
    expect(openStorage(folder).uri).toBe(pathToFileURL(folder).href)
  })
})
