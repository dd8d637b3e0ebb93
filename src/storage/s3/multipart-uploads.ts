/** Uploads to a bucket in parts that others send, with addresses that are signed for them. */
import type * as S3 from '@aws-sdk/client-s3'
import { asError, type ErrorCode, MillraceError } from '../../core/index.ts'
import type { MultipartUploads } from '../object-storage.ts'

const VALID_SECONDS = 3600

/** The library, loaded with the first request, and a client of it. */
export interface LoadedS3 {
  readonly s3: typeof S3
  readonly client: S3.S3Client
  /** How the client was made. */
  readonly settings: S3.S3ClientConfig
}

/** One object in a bucket, and what reaches it. */
export interface PlacedObject extends LoadedS3 {
  readonly target: { readonly Bucket: string; readonly Key: string }
}

interface Place {
  /** Calls `work` with the object at a path, and says what went wrong in words about that. */
  readonly withObject: <T>(path: string, work: (object: PlacedObject) => Promise<T>) => Promise<T>
  /** Loads a package, or says which are missing. */
  readonly loadPackage: <T>(load: () => Promise<T>) => Promise<T>
}

export function multipartUploads({ withObject, loadPackage }: Place): MultipartUploads {
  return {
    create: async (path, partCount) => {
      const { getSignedUrl } = await loadPackage(async () => await import('@aws-sdk/s3-request-presigner'))
      return await withObject(path, async ({ s3, client, settings, target }) => {
        const { UploadId = '' } = await client.send(new s3.CreateMultipartUploadCommand(target))
        // What the parts will hold is not known here: by default the checksum of nothing would be signed with them.
        const signer = new s3.S3Client({ ...settings, requestChecksumCalculation: 'WHEN_REQUIRED' })
        const numbers = Array.from({ length: partCount }, (_, i) => i + 1)
        const urls = numbers.map(async (PartNumber) => {
          const part = new s3.UploadPartCommand({ ...target, UploadId, PartNumber })
          return await getSignedUrl(signer, part, { expiresIn: VALID_SECONDS })
        })
        return { uploadId: UploadId, urls: await Promise.all(urls) }
      })
    },
    complete: async (path, UploadId, parts) => {
      const Parts = parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag }))
      await withObject(path, async ({ s3, client, target }) => {
        const command = new s3.CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } })
        await client.send(command).catch(refused(path))
      })
    },
    abort: async (path, UploadId) => {
      await withObject(path, async ({ s3, client, target }) => {
        await client.send(new s3.AbortMultipartUploadCommand({ ...target, UploadId })).catch(refused(path))
      })
    },
  }
}

/** What S3 says of an upload that is not as whoever sends it believes. To try again would not help. */
const refusals: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  NoSuchUpload: [
    'RESOURCE_DOES_NOT_EXIST',
    'there is no such upload, or it has been completed or aborted. Begin a new one',
  ],
  InvalidPart: [
    'INVALID_ARGUMENT',
    'a part has not come, or has another ETag. Send the ETags that the parts were answered with',
  ],
  InvalidPartOrder: ['INVALID_ARGUMENT', 'the parts are out of order. Send them sorted by their numbers'],
  EntityTooSmall: ['INVALID_ARGUMENT', 'a part other than the last has less than 5 MiB. Send larger parts'],
}

function refused(path: string): (error: unknown) => never {
  return (error) => {
    const refusal = refusals[asError(error).name]
    if (refusal === undefined) throw error
    const [code, reason] = refusal
    throw new MillraceError(code, `Upload of ${path} in parts: ${reason}.`, { cause: error })
  }
}
