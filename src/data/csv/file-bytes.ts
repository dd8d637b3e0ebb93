/** The bytes of a CSV file: reading them where they stand, and whether they are text. */

import { isUtf8 } from 'node:buffer'
import { readSync } from 'node:fs'

/**
 * Reads bytes of an open file into `target`, from `start` up to `end`. Returns where they end, which is before `end` only
 * at the end of the file.
 *
 * @param position where the bytes at `start` are in the file
 */
export function readBytes(file: number, target: Buffer, start: number, end: number, position: number): number {
  let at = start
  while (at < end) {
    const count = readSync(file, target, at, end - at, position + at - start)
    if (count === 0) break
    at += count
  }
  return at
}

/** Whether bytes are UTF-8 without NUL bytes. */
export function isText(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(0)
}
