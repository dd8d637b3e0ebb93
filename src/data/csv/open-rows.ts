/** Opening a CSV file for its values: a large one is read by two threads. */

import { availableParallelism } from 'node:os'
import { type ByteSource, openText, type TextPlace } from '../text-source.ts'
import { BlockReader, type RowReader } from './block-reader.ts'
import { ChunkReader } from './chunk-reader.ts'
import { blockBytes, Kernel } from './kernel.ts'
import { ReadAheadThread } from './read-ahead.ts'
import type { CsvFile } from './scan.ts'

/** When and how a second thread reads ahead. */
export interface Threading {
  /** In files of at least so many bytes: the start of a thread takes as long as it takes to read some 10 MB. */
  readonly minBytes: number
  readonly chunkBytes: number
  /** How long to wait for the second thread before reading a chunk that it has begun. */
  readonly patienceMs: number
  /** Whether to wait until the thread has read something. */
  readonly awaitsStart: boolean
}

/** Room for the rest of a row that begins in one chunk and ends in the next. */
const overlapBytes = 4096

export const usualThreading: Threading = {
  minBytes: 1 << 24,
  // Larger than a block: handing a chunk over costs more than what then lies in a slower cache.
  chunkBytes: 1.5 * blockBytes - overlapBytes,
  patienceMs: 1,
  awaitsStart: false,
}

/** A second thread, how it is to be used, and for which file. */
export interface Helper extends Disposable {
  readonly thread: ReadAheadThread
  readonly threading: Threading
  readonly place: TextPlace
}

/** A second thread if it pays for this text. It goes on starting when this returns. */
export function startHelper({ place }: ByteSource, threading: Threading): Helper | undefined {
  if (place === undefined || place.sizeBytes < threading.minBytes || availableParallelism() < 2) return undefined
  const thread = new ReadAheadThread()
  return { thread, threading, place, [Symbol.dispose]: () => thread[Symbol.dispose]() }
}

/** The rows of the file, to be disposed of when they have been read. */
export async function openRows(csv: CsvFile, helper: Helper | undefined): Promise<RowReader & AsyncDisposable> {
  const kernel = Kernel.create(csv.missing)
  if (helper === undefined) {
    const source = await openText(csv, csv.encoding)
    const reader = new BlockReader(source, kernel)
    return { next: (...rows) => reader.next(...rows), [Symbol.asyncDispose]: () => source[Symbol.asyncDispose]() }
  }
  const { thread, threading, place } = helper
  const { delimiter, names } = csv.layout
  const format = { delimiter, fieldCount: names.length }
  const reader = new ChunkReader(thread, kernel, { ...place, ...threading, format, overlapBytes })
  if (threading.awaitsStart) await reader.begun
  return reader
}
