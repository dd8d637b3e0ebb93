/** Reading a plain file in chunks, some of which a second thread has read ahead. */

import type { FileHandle } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import type { RowReader } from './block-reader.ts'
import { readBytes } from './file-bytes.ts'
import type { Block, Kernel } from './kernel.ts'
import { ReadAhead, type ReadAheadFile, type ReadAheadThread, type ReadyChunk } from './read-ahead.ts'
import type { Reading } from './reading.ts'
import { type RowBatch, type RowFormat, split, type Tokens } from './tokenizer.ts'

/** After so many chunks others have a turn: reading does not wait for anything. */
const chunksInARow = 64

/** How an open file is read. */
export interface ChunkedFile extends ReadAheadFile {
  readonly file: FileHandle
  /** Where the text begins. */
  readonly start: number
}

/**
 * Gives the rows of an open file in batches: those that begin in a chunk, one chunk after the other. Its position is that
 * of the next row, so that a chunk which was read ahead is right if it begins there.
 */
export class ChunkReader implements RowReader, AsyncDisposable {
  readonly #kernel: Kernel
  readonly #what: ChunkedFile
  readonly #ahead: ReadAhead
  #block: Block
  #position: number
  /** The first chunk that was not yet asked for. */
  #chunk = 0
  #held: ReadyChunk | undefined

  constructor(thread: ReadAheadThread, kernel: Kernel, what: ChunkedFile) {
    this.#kernel = kernel
    this.#what = what
    this.#position = what.start
    this.#block = kernel.block
    this.#ahead = new ReadAhead(thread, kernel, what.file.fd, what)
  }

  /** Resolves when the second thread has read something. */
  get begun(): Promise<void> {
    return this.#ahead.begun
  }

  async next(format: RowFormat, maxRows?: number): Promise<Tokens | undefined> {
    for (;;) {
      const chunk = Math.floor(this.#position / this.#what.chunkBytes)
      if (chunk % chunksInARow === chunksInARow - 1) await setImmediate()
      const tokens = this.#readyTokens(chunk, format) ?? this.#read(chunk, format, maxRows)
      if (tokens === undefined) return undefined
      if (tokens.batch.rowCount > 0 || tokens.problem !== undefined) return tokens
    }
  }

  expect(field: number, reading: Reading): void {
    this.#ahead.expect(field, reading)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ahead[Symbol.asyncDispose]()
  }

  #readyTokens(chunk: number, { fieldCount }: RowFormat): Tokens | undefined {
    this.#release()
    for (; this.#chunk <= chunk; this.#chunk++) {
      this.#release()
      this.#held = this.#ahead.take(this.#chunk)
    }
    const ready = this.#held
    const start = chunk * this.#what.chunkBytes - 1
    if (ready === undefined || start + ready.from !== this.#position) return undefined
    this.#position = start + ready.consumed
    const kernel = this.#kernel
    kernel.use(ready.block)
    kernel.loops.fieldCount.value = fieldCount
    const isReadAhead: RowBatch['isReadAhead'] = (field, reading) => ready.fields[field] === reading
    return {
      batch: { kernel, fieldCount, rowCount: ready.rowCount, isReadAhead },
      consumed: ready.consumed,
      problem: undefined,
    }
  }

  /** The rows from the position on that begin in the chunk; undefined at the end of the file. */
  #read(chunk: number, format: RowFormat, maxRows: number | undefined): Tokens | undefined {
    const { file, chunkBytes, overlapBytes } = this.#what
    const kernel = this.#kernel
    const rest = (chunk + 1) * chunkBytes - this.#position
    kernel.use(this.#block)
    for (let length = 0, room = rest + overlapBytes; ; room *= 2) {
      kernel.reserve(room, length)
      this.#block = kernel.block
      length = readBytes(file.fd, kernel.bytes, length, room, this.#position + length)
      if (length === 0) return undefined
      const last = length < room
      const tokens = split(kernel, length, format, { last, maxRows, limit: Math.min(rest, length) })
      if (tokens.consumed === 0 && tokens.problem === undefined && !last) continue
      this.#position += tokens.consumed
      return tokens
    }
  }

  #release(): void {
    if (this.#held !== undefined) this.#ahead.release(this.#held)
    this.#held = undefined
  }
}
