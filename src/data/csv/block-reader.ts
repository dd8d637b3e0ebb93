/** Reading a source block by block, so that every block ends with a complete row. */

import type { ByteSource } from '../text-source.ts'
import type { Kernel } from './kernel.ts'
import type { Reading } from './reading.ts'
import { type RowFormat, split, type Tokens } from './tokenizer.ts'

/** Gives the rows of a file in batches. */
export interface RowReader {
  /** The next rows, at most `maxRows`, or undefined at the end. The batch lasts until the next call. */
  next(format: RowFormat, maxRows?: number): Promise<Tokens | undefined>
  /** Says how a field is read, which may save time. */
  expect?(field: number, reading: Reading): void
}

/** Gives the rows of a source in batches. Its memory is the block of its kernel, which grows for rows that are longer. */
export class BlockReader implements RowReader {
  readonly #source: ByteSource
  readonly #kernel: Kernel
  #length = 0
  #consumed = 0
  #ended = false

  constructor(source: ByteSource, kernel: Kernel) {
    this.#source = source
    this.#kernel = kernel
  }

  /** Whether everything has been read from the source. */
  get ended(): boolean {
    return this.#ended
  }

  /** The bytes from here on, as many as fit the block; `more` makes the block twice as large. */
  async peek(more = false): Promise<Buffer> {
    await this.#fill(more)
    return this.#kernel.bytes.subarray(0, this.#length)
  }

  async next(format: RowFormat, maxRows?: number): Promise<Tokens | undefined> {
    for (let more = false; ; more = true) {
      await this.#fill(more)
      const tokens = split(this.#kernel, this.#length, format, { last: this.#ended, maxRows })
      this.#consumed = tokens.consumed
      if (tokens.batch.rowCount > 0 || tokens.problem !== undefined) return tokens
      if (this.#ended) return undefined
    }
  }

  async #fill(more: boolean): Promise<void> {
    const kernel = this.#kernel
    kernel.bytes.copyWithin(0, this.#consumed, this.#length)
    this.#length -= this.#consumed
    this.#consumed = 0
    if (more) kernel.reserve(2 * kernel.blockBytes, this.#length)
    const block = kernel.bytes.subarray(0, kernel.blockBytes)
    while (!this.#ended && this.#length < block.length) {
      const read = await this.#source.read(block, this.#length)
      if (read === 0) this.#ended = true
      this.#length += read
    }
  }
}
