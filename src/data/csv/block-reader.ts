/** Reading a source block by block, so that every block ends with a complete row. */

import { type ByteSource } from '../text-source.ts'
import { type Tokenizer, type Tokens } from './tokenizer.ts'

/** Small enough to stay in the processor's cache while the columns read it one after the other. */
const blockBytes = 1 << 18

/** Gives the rows of a source in batches. Its memory is one block, or as much as the longest row needs. */
export class BlockReader {
  readonly #source: ByteSource
  /** One byte longer than it is filled: the tokenizer needs a place for its sentinel. */
  #buffer = Buffer.allocUnsafeSlow(blockBytes + 1)
  #length = 0
  #consumed = 0
  #ended = false

  constructor(source: ByteSource) {
    this.#source = source
  }

  /** Whether everything has been read from the source. */
  get ended(): boolean {
    return this.#ended
  }

  /** The bytes from here on, as many as fit the block; `more` makes the block twice as large. */
  async peek(more = false): Promise<Buffer> {
    await this.#fill(more)
    return this.#buffer.subarray(this.#consumed, this.#length)
  }

  /** The next rows, or undefined at the end. The batch lasts until the next call. */
  async next(tokenizer: Tokenizer): Promise<Tokens | undefined> {
    for (let more = false; ; more = true) {
      await this.#fill(more)
      const tokens = tokenizer.split(this.#buffer, this.#length, this.#ended)
      this.#consumed = tokens.consumed
      if (tokens.batch.rowCount > 0 || tokens.problem !== undefined) return tokens
      if (this.#ended) return undefined
    }
  }

  async #fill(more: boolean): Promise<void> {
    const room = more ? 2 * this.#buffer.length : this.#buffer.length
    const buffer = more ? Buffer.allocUnsafeSlow(room) : this.#buffer
    this.#buffer.copy(buffer, 0, this.#consumed, this.#length)
    this.#buffer = buffer
    this.#length -= this.#consumed
    this.#consumed = 0
    while (!this.#ended && this.#length < room - 1) {
      const read = await this.#source.read(buffer.subarray(0, room - 1), this.#length)
      if (read === 0) this.#ended = true
      this.#length += read
    }
  }
}
