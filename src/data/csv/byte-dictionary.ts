/** A dictionary of byte strings: numbers the distinct ones as they come, without making a JavaScript string of each. */

import { isAscii } from 'node:buffer'
import { MillraceError } from '../../core/index.ts'
import { type Kernel } from './kernel.ts'
import { type RowBatch } from './tokenizer.ts'

/** Distinct byte strings, numbered from 0 in order of first appearance, in the memory of a kernel. */
export class ByteDictionary {
  readonly #kernel: Kernel
  readonly #place: number

  /** @param expectedFields how many fields will be added, new or known; only speed depends on it */
  constructor(kernel: Kernel, expectedFields: number) {
    this.#kernel = kernel
    this.#place = kernel.loops.newDictionary(expectedFields)
  }

  /** The number of field number `field` of every row, -1 where it is missing; lasts until the kernel's next call. */
  addAll({ rowCount }: RowBatch, field: number): Int32Array {
    try {
      this.#kernel.loops.readStrings(this.#place, field, rowCount)
    } catch (cause) {
      throw new MillraceError(
        'INVALID_DATA',
        'A column of text has more than 500 MB of different values. Leave it out with the option columns.',
        { cause },
      )
    }
    return this.#kernel.codes.subarray(0, rowCount)
  }

  /**
   * The entries by number, as a function that makes strings of their bytes (UTF-8) when it is first called: a column of
   * a million different names takes a third of the memory until somebody asks for them.
   */
  finish(): () => readonly string[] {
    const { loops } = this.#kernel
    const { buffer } = loops.memory
    const place = this.#place
    const starts = new Uint32Array(buffer, loops.startsOf(place), loops.sizeOf(place) + 1).slice()
    const pool = Buffer.from(Buffer.from(buffer, loops.poolOf(place), starts.at(-1)))
    let strings: readonly string[] | undefined
    return () => (strings ??= decode(pool, starts))
  }
}

function decode(pool: Buffer, starts: Uint32Array): string[] {
  // Cutting one long string is much faster than decoding each entry, but its offsets agree only for ASCII.
  const whole = isAscii(pool) ? pool.toString('latin1') : undefined
  const strings: string[] = []
  strings.length = starts.length - 1
  for (let entry = 0; entry < strings.length; entry++) {
    const [start, end] = [starts[entry]!, starts[entry + 1]!]
    strings[entry] = whole === undefined ? pool.toString('utf8', start, end) : whole.slice(start, end)
  }
  return strings
}
