/** The endpoints that list, give out and take artifacts: those of runs and model versions, and the proxy by path. */
import { basename } from 'node:path'
import { z } from 'zod'
import type { StorageEntry } from '../../storage/index.ts'
import type { Permission } from '../users/user.ts'
import { atPath, checkedPath, joined, writingTo } from './artifact-paths.ts'
import { type Endpoint, jsonEndpoint, type PathFields } from './endpoint.ts'
import { parseFields, requiredText, text } from './fields.ts'
import { HttpError, type HttpReply, type HttpRequest } from './http.ts'
import { runFields, runIdOf } from './run-id.ts'
import { sendFile } from './send-file.ts'
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
    answer: async (request, _, context) => {
      const { path, ...run } = parseFields(
        z.object({ ...runFields, path: requiredText }),
        Object.fromEntries(request.query),
      )
      const { info } = await context.store.getRun(runIdOf(run))
      return await sendFile(request, context, path, context.uris.pathOf(info.artifactUri))
    },
  },
  {
    method: 'GET',
    path: '/model-versions/get-artifact',
    answer: async (request, _, context) => {
      const fields = z.object({ name: requiredText, version: requiredText, path: requiredText })
      const { name, version, path } = parseFields(fields, Object.fromEntries(request.query))
      const place = await context.store.getModelVersionDownloadUri(name, version)
      return await sendFile(request, context, path, context.uris.pathOf(place))
    },
  },
  jsonEndpoint('GET', `${ARTIFACT_PROXY}/artifacts`, { path: text }, async ({ path = '' }, context) => {
    requireServed(context)
    await context.rights.artifact(checkedPath(path), 'READ')
    const entries = await listFolder(context, path)
    return { files: listJson(entries, (entry) => entryJson(entry, basename(entry.path))) }
  }),
  proxied('GET', 'artifacts', 'READ', async (request, path, context) => await sendFile(request, context, path)),
  proxied('PUT', 'artifacts', 'EDIT', async (request, path, context) => {
    const pieces = atMost(request.body, context.maxArtifactBytes)
    await writingTo(path, async () => await context.uris.destination.writeFrom(path, pieces))
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
