/**
 * The endpoints by which a client sends a large file in parts straight to the bucket where artifacts are kept. The URL
 * has the folder, the field `path` the file as the client has it, of which the name counts.
 */
import { z } from 'zod'
import { hasCode } from '../../core/index.ts'
import type { MultipartUploads } from '../../storage/index.ts'
import { invalidParameter } from '../validation.ts'
import { checkedPath } from './artifact-paths.ts'
import { ARTIFACT_PROXY, notSupported, requireServed } from './artifacts.ts'
import { type Endpoint, jsonEndpoint } from './endpoint.ts'
import { integer, list, requiredInteger, requiredText, requireItems } from './fields.ts'
import type { ServerContext } from './server-context.ts'

/** As many as S3 takes. */
const MOST_PARTS = 10_000

const fields = { path: requiredText, upload_id: requiredText }
const parts = list(z.object({ part_number: requiredInteger, etag: requiredText }))

export const multipartEndpoints: readonly Endpoint[] = [
  jsonEndpoint(
    'POST',
    `${ARTIFACT_PROXY}/mpu/create/{path*}`,
    { path: requiredText, num_parts: integer },
    async ({ path, num_parts: count = 1 }, context, { path: folder = '' }) => {
      if (count < 1 || count > MOST_PARTS) {
        throw invalidParameter(
          `Invalid value ${count} for parameter 'num_parts' supplied: It must be from 1 to ${MOST_PARTS}.`,
        )
      }
      return await uploading(context, folder, path, async (uploads, object) => {
        const { uploadId, urls } = await uploads.create(object, count)
        const credentials = urls.map((url, i) => ({ url, part_number: i + 1, headers: {} }))
        return { upload_id: uploadId, credentials }
      })
    },
  ),
  jsonEndpoint(
    'POST',
    `${ARTIFACT_PROXY}/mpu/complete/{path*}`,
    { ...fields, parts },
    async ({ path, upload_id: id, parts: sent }, context, { path: folder = '' }) => {
      const uploaded = sent.map(({ part_number: partNumber, etag }) => ({ partNumber, etag }))
      await uploading(context, folder, path, async (uploads, object) => {
        // Only here: over a folder MLflow says 501 even to a list without parts.
        requireItems('parts', sent)
        await uploads.complete(object, id, uploaded)
      })
    },
  ),
  jsonEndpoint(
    'POST',
    `${ARTIFACT_PROXY}/mpu/abort/{path*}`,
    fields,
    async ({ path, upload_id: id }, context, { path: folder = '' }) =>
      await uploading(context, folder, path, async (uploads, object) => await uploads.abort(object, id)),
  ),
]

/** Clients that hear that there are no such uploads send the whole file instead. */
async function uploading<T>(
  context: ServerContext,
  folder: string,
  file: string,
  work: (uploads: MultipartUploads, object: string) => Promise<T>,
): Promise<T> {
  requireServed(context)
  const object = checkedPath(`${folder}/${file.split(/[/\\]/).at(-1)}`)
  await context.rights.artifact(object, 'EDIT')
  const { multipart } = context.uris.destination
  if (multipart === undefined) return await notSupported('Multipart upload')
  try {
    return await work(multipart, object)
  } catch (error) {
    const lacksPackage = hasCode(error, 'RUNTIME_UNAVAILABLE')
    return lacksPackage ? await notSupported('Multipart upload') : await Promise.reject(error)
  }
}
