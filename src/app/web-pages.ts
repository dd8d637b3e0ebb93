/** The web app's files, as they were built: each is read once, and compressed once for each way of doing so. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { HttpReply, HttpRequest } from '../tracking/server/index.ts'

/** Answers the paths of the web app, and gives undefined for all others. */
export type WebPages = (request: HttpRequest) => Promise<HttpReply | undefined>

/** Where the build is: beside this file in the package, in dist/ in the repository. */
const places = ['../web', '../../dist/web'].map((place) => fileURLToPath(new URL(place, import.meta.url)))

/**
 * The pages of the web app; where it is not built, one page that says how.
 *
 * @param folder where the build is. Default: where the package has it
 */
export async function webPages(
  folder = places.find((place) => existsSync(join(place, 'index.html'))),
): Promise<WebPages> {
  if (folder === undefined) return async ({ path }) => await Promise.resolve(path === '/' ? notBuilt : undefined)
  const files = new Map<string, () => Promise<WebFile>>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const address = `/${relative(folder, path).split(sep).join('/')}`
    files.set(
      address === '/index.html' ? '/' : address,
      once(async () => await readWebFile(path)),
    )
  }
  return async (request) => {
    const file = request.method === 'GET' || request.method === 'HEAD' ? files.get(request.path) : undefined
    return file === undefined ? undefined : await replyWith(await file(), request)
  }
}

type Encoding = 'br' | 'gzip' | 'identity'

/** A file in each encoding it can be sent in; small ones and pictures have only themselves. */
interface WebFile {
  readonly type: string
  readonly tag: string
  /** Names with a hash of their content never change. */
  readonly isHashed: boolean
  readonly encoded: Readonly<Partial<Record<Encoding, () => Promise<Buffer>>>>
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
}

/** Scripts and connections of this server alone. Styles may stand in the page: the component library writes them. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "frame-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'self'",
].join('; ')

async function readWebFile(path: string): Promise<WebFile> {
  const content = await readFile(path)
  const type = types[extname(path)] ?? 'application/octet-stream'
  const tag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`
  const isHashed = path.includes(`${sep}assets${sep}`)
  const identity = async (): Promise<Buffer> => await Promise.resolve(content)
  if (content.length < 1024 || type === 'font/woff2') return { type, tag, isHashed, encoded: { identity } }
  const br = once(async () => await promisify(brotliCompress)(content, brotliOptions))
  return { type, tag, isHashed, encoded: { br, gzip: once(async () => await promisify(gzip)(content)), identity } }
}

/** The highest quality saves a tenth and takes forty times as long, which the first to look would wait for. */
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }

async function replyWith({ type, tag, isHashed, encoded }: WebFile, request: HttpRequest): Promise<HttpReply> {
  const accepted = request.header('accept-encoding') ?? ''
  const encoding = (['br', 'gzip'] as const).find((name) => accepted.includes(name) && encoded[name]) ?? 'identity'
  const headers = {
    'content-type': type,
    'cache-control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    'content-security-policy': contentSecurityPolicy,
    'referrer-policy': 'no-referrer',
    etag: tag,
    vary: 'accept-encoding',
  }
  if (request.header('if-none-match') === tag) return { status: 304, headers, body: '' }
  const body = await encoded[encoding]!()
  const length = { 'content-length': String(body.length) }
  const coding = encoding === 'identity' ? {} : { 'content-encoding': encoding }
  return { status: 200, headers: { ...headers, ...length, ...coding }, body: Readable.from([body]) }
}

const notBuilt: HttpReply = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'" },
  body: `<!doctype html><html lang="en"><title>Millrace</title><h1>Millrace</h1>
<p>The server answers MLflow's clients. Its web app is not built yet: run <code>npm run build:web</code> and start it again.</p></html>`,
}

/** Calls `make` when it is first asked for, and keeps what came of it. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return async () => await (made ??= make())
}
