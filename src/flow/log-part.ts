/** Parts of logs, for who reads along while they are written. */
import { open } from 'node:fs/promises'
import { systemErrorCode } from '../core/index.ts'

export interface LogRange {
  /** In bytes. Default 0. */
  readonly offset?: number | undefined
  readonly maxBytes: number
}

export interface LogPart {
  readonly text: string
  /** Where the next part begins, in bytes. */
  readonly nextOffset: number
  /** How much there is by now, in bytes. */
  readonly sizeBytes: number
}

/** A part of the log at `path`, which ends between two characters; the empty one where nothing was written yet. */
export async function readLogPart(path: string, { offset = 0, maxBytes }: LogRange): Promise<LogPart> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, Math.min(maxBytes, size - offset))), {
      position: offset,
    })
    const whole = buffer.subarray(0, wholeCharacters(buffer.subarray(0, bytesRead)))
    return { text: whole.toString('utf8'), nextOffset: offset + whole.length, sizeBytes: size }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return { text: '', nextOffset: offset, sizeBytes: 0 }
    throw error
  }
}

/** How many bytes there are up to the last character that is there as a whole; all of them where that cannot be UTF-8. */
function wholeCharacters(bytes: Uint8Array): number {
  const start = bytes.findLastIndex((byte) => (byte & 0xc0) !== 0x80)
  const lead = bytes[start] ?? 0
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
  return bytes.length - start < length ? start : bytes.length
}
