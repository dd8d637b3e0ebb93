/** A second thread that reads chunks of a CSV file while the first puts others into the table. */

import { Worker } from 'node:worker_threads'
import { packageModule } from '../../core/index.ts'
import { type BoardSize, ChunkBoard, type ReadChunk } from './chunk-board.ts'
import { type Block, type BlockPlace, type Kernel, type SharedKernel } from './kernel.ts'
import type { Reading } from './reading.ts'
import type { RowFormat } from './tokenizer.ts'

/** How many chunks may wait for the first thread. */
const slotCount = 4

/** What is to be read ahead. */
export interface ReadAheadFile {
  readonly sizeBytes: number
  readonly format: RowFormat
  readonly chunkBytes: number
  /** How many bytes more a slot holds, for the row that goes on into the next chunk. */
  readonly overlapBytes: number
  /** How long to wait for a chunk that the thread has begun. */
  readonly patienceMs: number
}

/** What the thread gets to know when it starts. */
export interface ReadAheadTask extends Pick<ReadAheadFile, 'format' | 'chunkBytes'> {
  /** The number of the open file. */
  readonly file: number
  readonly kernel: SharedKernel
  readonly slots: readonly BlockPlace[]
  readonly board: SharedArrayBuffer
  readonly size: BoardSize
}

/** What the thread says, in this order. */
export type ReadAheadMessage = 'begun' | 'done'

/** A chunk in the memory of the kernel, until it is released. */
export interface ReadyChunk extends ReadChunk {
  readonly block: Block
  readonly slot: number
}

/** How far a task is. Both resolve, too, when the thread has ended. */
interface TaskProgress {
  /** Resolves when the first chunk has been read, if there is one to read. */
  readonly begun: Promise<void>
  readonly done: Promise<void>
}

/** The second thread. It starts at once, which takes it some 20 ms, and reads ahead what it is given. */
export class ReadAheadThread implements Disposable {
  readonly #worker: Worker
  #ended = false

  constructor() {
    // Options of this process such as --input-type would be none for a file.
    this.#worker = new Worker(packageModule('data/csv/read-ahead-worker'), { execArgv: [] })
    this.#worker.on('error', () => undefined).on('exit', () => (this.#ended = true))
  }

  /** Gives the thread a task, one at a time. */
  run(task: ReadAheadTask): TaskProgress {
    const progress = { begun: this.#hear('begun'), done: this.#hear('done') }
    this.#worker.postMessage(task, [])
    return progress
  }

  [Symbol.dispose](): void {
    void this.#worker.terminate()
  }

  async #hear(message: ReadAheadMessage): Promise<void> {
    if (this.#ended) return
    await new Promise<void>((resolve) => {
      this.#worker.once('exit', resolve)
      this.#worker.on('message', (heard: ReadAheadMessage) => {
        if (heard === message || heard === 'done') resolve()
      })
    })
  }
}

/**
 * A file that is read ahead. Should the thread fail or be late, chunks are simply not there: whoever asks has to be able
 * to read them, and to check that a chunk begins where the one before it ends.
 */
export class ReadAhead implements AsyncDisposable {
  readonly #board: ChunkBoard
  readonly #slots: readonly Block[]
  readonly #patienceMs: number
  readonly #progress: TaskProgress

  constructor(thread: ReadAheadThread, kernel: Kernel, file: number, what: ReadAheadFile) {
    const { sizeBytes, chunkBytes, overlapBytes, format, patienceMs } = what
    const places = Array.from({ length: slotCount }, () => kernel.allocate(1 + chunkBytes + overlapBytes))
    const size = { chunks: Math.ceil(sizeBytes / chunkBytes), slots: slotCount, fields: format.fieldCount }
    this.#patienceMs = patienceMs
    this.#slots = places.map((place) => kernel.view(place))
    this.#board = new ChunkBoard(size)
    const board = this.#board.buffer
    this.#progress = thread.run({ file, format, chunkBytes, kernel: kernel.shared, slots: places, board, size })
  }

  /** Resolves when the thread has read something. */
  get begun(): Promise<void> {
    return this.#progress.begun
  }

  /** Says how a field is to be read in the chunks to come. */
  expect(field: number, reading: Reading): void {
    this.#board.setReading(field, reading)
  }

  /** The chunk, if it has been read ahead; otherwise it will not be any more. To be called for all chunks in turn. */
  take(chunk: number): ReadyChunk | undefined {
    const slot = this.#board.take(chunk, this.#patienceMs)
    return slot === undefined ? undefined : { ...this.#board.ready(slot), block: this.#slots[slot]!, slot }
  }

  /** Gives the memory of a chunk back. */
  release({ slot }: ReadyChunk): void {
    this.#board.release(slot)
  }

  /** Returns when the thread is done with the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#board.close()
    await this.#progress.done
  }
}
