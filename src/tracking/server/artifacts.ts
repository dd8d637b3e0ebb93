/** The endpoints that list, give out and take artifacts: those of runs and model versions, and the proxy by path. */
import { basename } from 'node:path'
import { z } from 'zod'
import { MillraceError } from '../../core/index.ts'
import { normalizeObjectPath, type StorageEntry } from '../../storage/index.ts'
import type { Permission } from '../users/user.ts'
import { invalidParameter } from '../validation.ts'
import { contentTypeOf } from './content-type.ts'
import { type Endpoint, jsonEndpoint, type PathFields } from './endpoint.ts'
import { parseFields, requiredText, text } from './fields.ts'
import { HttpError, type HttpReply, type HttpRequest } from './http.ts'
import { runFields, runIdOf } from './run-id.ts'
import type { ServerContext } from './server-context.ts'
import { listJson } from './wire.ts'

export const ARTIFACT_PROXY = '/api/2.0/mlflow-artifacts'

export const artifactEndpoints: readonly Endpoint[] = [
  jsonEndpoint('GET', '/api/2.0/mlflow/artifacts/list', { ...runFields, path: text }, async (fields, context) => {
    const { info } = await context.store.getRun(runIdOf(fields))
    return await listArtifacts(context, info.artifactUri, fields.path)
  }),
  {
    method: 'GET',
    path: '/get-artifact',
    answer: async ({ query }, _, context) => {
      const { path, ...run } = parseFields(z.object({ ...runFields, path: requiredText }), Object.fromEntries(query))
      const { info } = await context.store.getRun(runIdOf(run))
      return await sendFile(context, path, context.uris.pathOf(info.artifactUri))
    },
  },
  {
    method: 'GET',
    path: '/model-versions/get-artifact',
    answer: async ({ query }, _, context) => {
      const fields = z.object({ name: requiredText, version: requiredText, path: requiredText })
      const { name, version, path } = parseFields(fields, Object.fromEntries(query))
      const place = await context.store.getModelVersionDownloadUri(name, version)
      return await sendFile(context, path, context.uris.pathOf(place))
    },
  },
  jsonEndpoint('GET', `${ARTIFACT_PROXY}/artifacts`, { path: text }, async ({ path = '' }, context) => {
    requireServed(context)
    await context.rights.artifact(checkedPath(path), 'READ')
    const entries = await listFolder(context, path)
    return { files: listJson(entries, (entry) => entryJson(entry, basename(entry.path))) }
  }),
  proxied('GET', 'artifacts', 'READ', async (_, path, context) => await sendFile(context, path)),
  proxied('PUT', 'artifacts', 'EDIT', async (request, path, context) => {
    const pieces = atMost(request.body, context.maxArtifactBytes)
    await atPath(path, async () => await context.uris.destination.writeFrom(path, pieces))
    return { status: 200, headers: {}, body: '' }
  }),
  proxied('DELETE', 'artifacts', 'MANAGE', async (_, path, context) => {
    await atPath(path, async () => await context.uris.destination.delete(path))
    return { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' }
  }),
  proxied('GET', 'presigned', 'READ', () => notSupported('Presigned URL download')),
]

function proxied(
  method: Endpoint['method'],
  what: string,
  needed: Permission,
  answer: (request: HttpRequest, path: string, context: ServerContext) => Promise<HttpReply>,
): Endpoint {
  return {
    method,
    path: `${ARTIFACT_PROXY}/${what}/{path*}`,
    answer: async (request, { path = '' }: PathFields, context) => {
      requireServed(context)
      await context.rights.artifact(checkedPath(path), needed)
      return await answer(request, path, context)
    },
  }
}

/** The path as it is used. @throws MillraceError INVALID_PARAMETER_VALUE when it would leave the root */
export function checkedPath(path: string): string {
  try {
    return normalizeObjectPath(path)
  } catch (error) {
    if (error instanceof MillraceError) throw invalidParameter('Invalid path')
    throw error
  }
}

/** @throws HttpError 503 where artifacts do not go through the server */
export function requireServed({ servesArtifacts }: ServerContext): void {
  if (servesArtifacts) return
  throw new HttpError(
    503,
    'TEMPORARILY_UNAVAILABLE',
    'This server was started without serving artifacts (--no-serve-artifacts). Read and write them where they are.',
  )
}

/** @throws HttpError 501 in words that clients know */
export async function notSupported(what: string): Promise<never> {
  return await Promise.reject(
    new HttpError(501, 'NOT_IMPLEMENTED', `${what} is not supported for the current artifact repository`),
  )
}

/** What is directly in the folder `path` of the artifacts at `place`, a URI of the store. */
export async function listArtifacts(context: ServerContext, place: string, path = ''): Promise<unknown> {
  const root = context.uris.pathOf(place)
  const entries = await listFolder(context, path, root)
  return {
    root_uri: context.uris.shown(place),
    files: listJson(entries, (entry) => entryJson(entry, entry.path.slice(root === '' ? 0 : root.length + 1))),
  }
}

async function listFolder(context: ServerContext, path: string, root = ''): Promise<readonly StorageEntry[]> {
  return await atPath(path, async () => await context.uris.destination.list(joined(root, path)))
}

function entryJson({ isFolder, sizeBytes }: StorageEntry, path: string): unknown {
  return { path, is_dir: isFolder, file_size: sizeBytes }
}

/** The file `path` below `root`, as a download. */
export async function sendFile({ uris }: ServerContext, path: string, root = ''): Promise<HttpReply> {
  const { sizeBytes, pieces } = await atPath(path, async () => await uris.destination.openRead(joined(root, path)))
  const name = basename(path)
  return {
    status: 200,
    headers: {
      'content-type': contentTypeOf(name),
      'content-length': String(sizeBytes),
      'content-disposition': `attachment; filename=${quoted(name)}`,
      'x-content-type-options': 'nosniff',
    },
    body: pieces,
  }
}

/** A name in a header: a bare word where it is one, else encoded as RFC 5987 has it, beside a plain form. */
function quoted(name: string): string {
  if (/^[\w.!#$&+^`|~-]+$/.test(name)) return name
  const plain = name.replaceAll(/[^\x20-\x7e]/g, '_').replaceAll(/["\\]/g, (character) => `\\${character}`)
  const encoded = encodeURIComponent(name).replaceAll(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)
  return `"${plain}"; filename*=UTF-8''${encoded}`
}

/** What `work` gives, with MLflow's words where `path` is one that would leave the root or leads to nothing. */
async function atPath<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    if (error.code === 'INVALID_ARGUMENT') throw invalidParameter('Invalid path')
    if (error.code === 'RESOURCE_DOES_NOT_EXIST') throw new MillraceError(error.code, `No such artifact: '${path}'`)
    throw error
  }
}

async function* atMost(pieces: AsyncIterable<Uint8Array>, maxBytes: number): AsyncIterable<Uint8Array> {
  let size = 0
  for await (const piece of pieces) {
    size += piece.length
    if (size > maxBytes) {
      throw new HttpError(413, 'REQUEST_LIMIT_EXCEEDED', `The artifact is larger than ${maxBytes} bytes.`)
    }
    yield piece
  }
}

/** `path` below `root`. @throws MillraceError INVALID_ARGUMENT when it would leave it */
function joined(root: string, path: string): string {
  return [root, normalizeObjectPath(path)].filter((part) => part !== '').join('/')
}
