import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { brotliDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HttpReply } from '../tracking/server/index.ts'
import { type WebPages, webPages } from './web-pages.ts'

let folder: string
let pages: WebPages
const script = `console.log(${JSON.stringify('much '.repeat(500))})`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-pages-'))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), '<title>app</title>')
  await writeFile(join(folder, 'assets', 'main-abc.js'), script)
  pages = await webPages(folder)
})

afterAll(async () => await rm(folder, { recursive: true, force: true }))

async function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<HttpReply | undefined> {
  const header = (name: string): string | undefined => headers[name]
  return await pages({ method: 'GET', path, query: new URLSearchParams(), header, body: Readable.from([]) })
}

test('serves the page at the root, to be asked for again each time', async () => {
  const { headers, body } = (await get('/'))!
  expect(await text(body as Readable)).toBe('<title>app</title>')
  expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' })
  expect(headers['content-security-policy']).toContain("default-src 'self'")
})

test('compresses what gains by it, and says that a name with a hash never changes', async () => {
  const { headers, body } = (await get('/assets/main-abc.js', { 'accept-encoding': 'gzip, br' }))!
  expect(headers).toMatchObject({ 'content-encoding': 'br', 'cache-control': expect.stringContaining('immutable') })
  const pieces = await (body as Readable).toArray()
  expect(brotliDecompressSync(Buffer.concat(pieces as Buffer[])).toString()).toBe(script)
})

test('answers 304 to who has the file already', async () => {
  const { headers } = (await get('/assets/main-abc.js'))!
  expect(await get('/assets/main-abc.js', { 'if-none-match': headers['etag']! })).toMatchObject({
    status: 304,
    body: '',
  })
})

test.each(['/assets/../../secret', '/assets/', '/index.html/', '/api/2.0/mlflow/runs/get', '/assets/other.js'])(
  'leaves %s to others',
  async (path) => expect(await get(path)).toBeUndefined(),
)
