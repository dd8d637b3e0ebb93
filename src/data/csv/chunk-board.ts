/**
 * What the threads that read a file tell each other, in shared memory: which of them takes which chunk of the file, how
 * each column is read, and what a chunk that was read ahead holds. Chunks are numbered from 0.
 */

import { type Reading, readings } from './reading.ts'

/** How many of what the board has. */
export interface BoardSize {
  readonly chunks: number
  /** Blocks in which chunks are read ahead. */
  readonly slots: number
  readonly fields: number
}

/** What is in a slot. */
export interface ReadChunk {
  readonly rowCount: number
  /** Where the rows begin and end. The slot begins with the last byte before the chunk. */
  readonly from: number
  readonly consumed: number
  /** How each field was read; `none` where that did not work. */
  readonly fields: readonly Reading[]
}

// Of a chunk: nobody has it, another thread reads it ahead, or nobody is to touch it any more; or it is ready in a slot,
// whose number is added.
const FREE = 0
const CLAIMED = 1
const GONE = 2
const READY = 3

/** In memory: the chunk that is put into the table, the reading of each field, the state of each chunk, and the slots. */
export class ChunkBoard {
  readonly #cells: Int32Array<SharedArrayBuffer>
  readonly #size: BoardSize

  /** @param buffer the memory of a board of this size that another thread made */
  constructor(size: BoardSize, buffer?: SharedArrayBuffer) {
    const cellCount = 1 + size.fields + size.chunks + size.slots * (4 + size.fields)
    this.#size = size
    this.#cells = new Int32Array(buffer ?? new SharedArrayBuffer(4 * cellCount))
  }

  get buffer(): SharedArrayBuffer {
    return this.#cells.buffer
  }

  /** Says how a field is to be read from now on. */
  setReading(field: number, reading: Reading): void {
    Atomics.store(this.#cells, 1 + field, readings.indexOf(reading))
  }

  readingOf(field: number): Reading {
    return readings[Atomics.load(this.#cells, 1 + field)]!
  }

  /**
   * Takes a chunk to put it into the table. Returns the slot where it is ready; undefined when it has to be read, as also
   * when the thread that reads it ahead is not done after `patienceMs`.
   */
  take(chunk: number, patienceMs: number): number | undefined {
    if (chunk >= this.#size.chunks) return undefined
    const cell = this.#cellOf(chunk)
    Atomics.store(this.#cells, 0, chunk)
    if (Atomics.load(this.#cells, cell) === CLAIMED) Atomics.wait(this.#cells, cell, CLAIMED, patienceMs)
    const state = Atomics.exchange(this.#cells, cell, GONE)
    return state >= READY ? state - READY : undefined
  }

  /** Claims a chunk to read it ahead; undefined when there is none left. */
  claim(): number | undefined {
    // The very next one would be wanted too soon.
    for (let chunk = Atomics.load(this.#cells, 0) + 2; chunk < this.#size.chunks; chunk++) {
      if (Atomics.compareExchange(this.#cells, this.#cellOf(chunk), FREE, CLAIMED) === FREE) return chunk
    }
    return undefined
  }

  /** Hands over what was read ahead; undefined when it came to nothing. */
  hand(chunk: number, slot: number, found: ReadChunk | undefined): void {
    const cell = this.#cellOf(chunk)
    if (found !== undefined) {
      const { rowCount, from, consumed, fields } = found
      this.#cells.set(
        [1, rowCount, from, consumed, ...fields.map((reading) => readings.indexOf(reading))],
        this.#slot(slot),
      )
    }
    const state = found === undefined ? GONE : READY + slot
    if (Atomics.compareExchange(this.#cells, cell, CLAIMED, state) === CLAIMED) Atomics.notify(this.#cells, cell)
    else this.release(slot)
  }

  /** What is ready in a slot. */
  ready(slot: number): ReadChunk {
    const [, rowCount, from, consumed, ...fields] = this.#cells.subarray(this.#slot(slot), this.#slot(slot + 1))
    return { rowCount: rowCount!, from: from!, consumed: consumed!, fields: fields.map((index) => readings[index]!) }
  }

  /** Leaves no chunk to be claimed, and nobody waiting. */
  close(): void {
    Atomics.store(this.#cells, 0, this.#size.chunks)
    for (let slot = 0; slot < this.#size.slots; slot++) this.release(slot)
  }

  /** Says that a slot may be used again. */
  release(slot: number): void {
    Atomics.store(this.#cells, this.#slot(slot), 0)
    Atomics.notify(this.#cells, this.#slot(slot))
  }

  /** Waits until a slot may be used. */
  waitFor(slot: number): void {
    Atomics.wait(this.#cells, this.#slot(slot), 1)
  }

  #cellOf(chunk: number): number {
    return 1 + this.#size.fields + chunk
  }

  #slot(slot: number): number {
    return this.#cellOf(this.#size.chunks) + slot * (4 + this.#size.fields)
  }
}
