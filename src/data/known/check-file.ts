/** Whether a file is the one that was published. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { systemErrorCode } from '../../core/index.ts'
import type { KnownFile } from './known-datasets.ts'

/** What is wrong with the file at `path`; undefined when it is as published, 'missing' when there is none. */
export async function problemOf(path: string, { sizeBytes, sha256, md5 }: KnownFile): Promise<string | undefined> {
  const found = await sizeOf(path)
  if (found === undefined) return 'missing'
  if (found !== sizeBytes) return `${found} bytes, not ${sizeBytes}`
  const sums = { sha256: createHash('sha256'), md5: createHash('md5') }
  await pipeline(createReadStream(path), async (chunks: AsyncIterable<Uint8Array>) => {
    for await (const chunk of chunks) for (const sum of Object.values(sums)) sum.update(chunk)
  })
  if (sums.sha256.digest('hex') !== sha256) return 'its SHA-256 is not the published one'
  return sums.md5.digest('hex') === md5 ? undefined : 'its MD5 is not the published one'
}

/** Undefined when there is no such file. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return undefined
    throw error
  }
}
