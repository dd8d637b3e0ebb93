/** Downloading a file that is known beforehand: from several addresses in turn, going on where an earlier try ended. */
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { asError, MillraceError } from '../../core/index.ts'
import { problemOf, sizeOf } from './check-file.ts'
import type { KnownFile } from './known-datasets.ts'

export interface DownloadOptions {
  /** Called as bytes arrive, with how many of the file there are. */
  readonly onProgress?: (receivedBytes: number) => void
  /** Ends the download; what has arrived is kept for the next. */
  readonly signal?: AbortSignal
  /** A mirror that sends nothing for so long is given up. Default 30,000. */
  readonly stallMs?: number
}

/** A mirror is asked again, to go on, after a connection that broke off, but not for ever. */
const TRIES_PER_MIRROR = 5

/**
 * Gets a file from the first mirror that has it as published. It arrives in `<path>.part`, which a later call goes on
 * with, and gets its name once its sums are right.
 *
 * @param mirrors addresses of folders
 * @throws MillraceError DOWNLOAD_FAILED with what each mirror answered
 */
export async function downloadFile(
  path: string,
  file: KnownFile,
  mirrors: readonly string[],
  options: DownloadOptions = {},
): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const failures: string[] = []
  for (const mirror of mirrors) {
    const failure = await fromMirror(`${path}.part`, file, mirror, options)
    if (failure === undefined) return await rename(`${path}.part`, path)
    failures.push(`${new URL(mirror).host} (${failure})`)
  }
  const kept = (await sizeOf(`${path}.part`)) === undefined ? 'Run' : 'What has arrived is kept: run'
  throw new MillraceError(
    'DOWNLOAD_FAILED',
    `Cannot download ${file.name}. Tried ${failures.join(', ')}. ${kept} it again once there is a connection.`,
  )
}

/** What went wrong, or undefined when the whole file has arrived and is right. */
async function fromMirror(
  part: string,
  file: KnownFile,
  mirror: string,
  options: DownloadOptions,
): Promise<string | undefined> {
  let failure = ''
  for (let tries = 0; tries < TRIES_PER_MIRROR; tries++) {
    const before = (await sizeOf(part)) ?? 0
    try {
      if (before !== file.sizeBytes) await receive(part, file, new URL(file.name, mirror), before, options)
      const problem = await problemOf(part, file)
      if (problem === undefined) return undefined
      failure = `sent another file: ${problem}`
      await rm(part, { force: true })
      // An earlier part may have been of another file; a mirror whose whole file is wrong stays so.
      if (before === 0) return failure
    } catch (error) {
      options.signal?.throwIfAborted()
      failure = reasonOf(error)
      if (((await sizeOf(part)) ?? 0) <= before) return failure
    }
  }
  return failure
}

async function receive(
  part: string,
  file: KnownFile,
  url: URL,
  before: number,
  { onProgress, signal, stallMs = 30_000 }: DownloadOptions,
): Promise<void> {
  const stalled = new AbortController()
  const giveUp = (): void => stalled.abort(new Error(`sent nothing for ${stallMs / 1000} seconds`))
  const timer = setTimeout(giveUp, stallMs)
  try {
    const response = await fetch(url, {
      // Packed files are wanted as they are, not unpacked on the way.
      headers: { 'accept-encoding': 'identity', ...(before > 0 && { range: `bytes=${before}-` }) },
      signal: AbortSignal.any([stalled.signal, ...(signal === undefined ? [] : [signal])]),
    })
    const start = await startOf(response, file, before, part)
    await using handle = await open(part, start === 0 ? 'w' : 'a')
    let received = start
    for await (const chunk of response.body ?? []) {
      timer.refresh()
      received += chunk.length
      if (received > file.sizeBytes) throw new WrongFile(`sent more than ${file.sizeBytes} bytes`)
      await handle.write(chunk)
      onProgress?.(received)
    }
    await handle.sync()
    if (received < file.sizeBytes) throw new Error(`broke off after ${received} of ${file.sizeBytes} bytes`)
  } catch (error) {
    if (error instanceof WrongFile) await rm(part, { force: true })
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** An answer that has nothing of the file in it. */
class WrongFile extends Error {}

/** Where in the file the body of the answer begins. */
async function startOf(response: Response, { sizeBytes }: KnownFile, before: number, part: string): Promise<number> {
  const { status, headers } = response
  if (status === 206 && headers.get('content-range')?.startsWith(`bytes ${before}-`) === true) return before
  if (status === 200) {
    const length = headers.get('content-length')
    if (length === null || Number(length) === sizeBytes) return 0
    await response.body?.cancel()
    throw new Error(`has another file, of ${length} bytes instead of ${sizeBytes}`)
  }
  await response.body?.cancel()
  // A part that the mirror cannot go on with is of no use.
  if (status === 206 || status === 416) await rm(part, { force: true })
  throw new Error(`answered ${status}`)
}

/** What lies behind fetch's "fetch failed". */
function reasonOf(error: unknown): string {
  const { message, cause } = asError(error)
  if (cause instanceof AggregateError && cause.errors.length > 0) return asError(cause.errors[0]).message
  return cause instanceof Error ? cause.message : message
}
