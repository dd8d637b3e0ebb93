/** A dictionary of byte strings: numbers the distinct ones as they come, without making a JavaScript string of each. */

import { isAscii } from 'node:buffer'
import { MillraceError } from '../../core/index.ts'
import type { Kernel } from './kernel.ts'
import { readField } from './reading.ts'
import { type RowBatch, valuesPlace } from './tokenizer.ts'

/** Distinct byte strings, numbered from 0 in order of first appearance, in the memory of a kernel. */
export class ByteDictionary {
  readonly #kernel: Kernel
  readonly #place: number

  /** @param expectedFields how many fields will be added, new or known; only speed depends on it */
  constructor(kernel: Kernel, expectedFields: number) {
    this.#kernel = kernel
    this.#place = kernel.loops.newDictionary(expectedFields)
  }

  /** How many entries there are. */
  get size(): number {
    return this.#kernel.loops.sizeOf(this.#place)
  }

  /** The number of field number `field` of every row, -1 where it is missing; lasts until the kernel's next call. */
  addAll(batch: RowBatch, field: number): Int32Array {
    const { kernel, rowCount } = batch
    const place = valuesPlace(batch, field)
    kernel.loops.values.value = place
    try {
      if (batch.isReadAhead?.(field, 'text') !== true) readField(kernel, 'text', field, 0, rowCount)
      kernel.loops.numberStrings(this.#place, field, rowCount)
    } catch (cause) {
      throw new MillraceError(
        'INVALID_DATA',
        'A column of text has more than 500 MB of different values. Leave it out with the option columns.',
        { cause },
      )
    }
    return kernel.integers(place, rowCount)
  }

  /**
   * The entries by number, as a function that makes strings of their bytes (UTF-8). Of many it makes them when it is first
   * called, and leaves the bytes in the memory of the kernel until then: a column of a million different names takes a
   * third of the memory until somebody asks for them.
   */
  finish(): () => readonly string[] {
    const { loops } = this.#kernel
    const starts = this.#kernel.integers(loops.startsOf(this.#place), this.size + 1)
    const pool = this.#kernel.text(loops.poolOf(this.#place), starts.at(-1)!)
    let entries: Entries = pool.length < manyBytes ? decode(pool, starts) : { pool, starts }
    return () => {
      if ('pool' in entries) entries = decode(entries.pool, entries.starts)
      return entries
    }
  }
}

/** From so many bytes on, the strings wait until somebody asks for them. */
const manyBytes = 1 << 20

type Entries = readonly string[] | { readonly pool: Buffer; readonly starts: Int32Array }

function decode(pool: Buffer, starts: Int32Array): string[] {
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
