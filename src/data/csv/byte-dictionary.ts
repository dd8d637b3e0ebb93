/** A dictionary of byte strings: numbers the distinct ones as they come, without making a JavaScript string of each. */

import { isAscii } from 'node:buffer'
import { release, withRoom } from './growable.ts'

/** Beyond this many entries the table grows in one step to what the column may need, to be filled in only once. */
const manyEntries = 1 << 14

/** Distinct byte strings, numbered from 0 in order of first appearance (an open-addressing hash table). */
export class ByteDictionary {
  readonly #expectedSize: number
  #pool = new Uint8Array(1 << 12)
  /** Where each entry ends in the pool; entry 0 starts at 0. */
  #ends = new Uint32Array(1 << 8)
  /** Pairs of an entry's number plus one (0 is a free slot) and its hash. At most half the slots are taken. */
  #slots = new Int32Array(2 << 9)
  #size = 0

  /** @param expectedSize how many entries there may be when most are distinct; only speed depends on it */
  constructor(expectedSize: number) {
    this.#expectedSize = expectedSize
  }

  /** The number of the entry that equals bytes [start, end), added when it is new. */
  add(bytes: Uint8Array, start: number, end: number): number {
    let hash = end - start
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
    hash ^= hash >>> 13
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = (hash << 1) & mask
    for (let entry = slots[slot]!; entry !== 0; entry = slots[slot]!) {
      if (slots[slot + 1] === hash && this.#equals(entry - 1, bytes, start, end)) return entry - 1
      slot = (slot + 2) & mask
    }
    slots[slot] = this.#size + 1
    slots[slot + 1] = hash
    return this.#append(bytes, start, end)
  }

  /** All entries as strings, by number; the bytes are UTF-8. The dictionary is of no use afterwards. */
  takeStrings(): string[] {
    release(this.#slots)
    const ends = this.#ends
    const pool = Buffer.from(this.#pool.buffer, 0, this.#poolLength())
    // Cutting one long string is much faster than decoding each entry, but its offsets agree only for ASCII.
    const whole = isAscii(pool) ? pool.toString('latin1') : undefined
    if (whole !== undefined) release(this.#pool)
    return Array.from(ends.subarray(0, this.#size), (end, entry) => {
      const start = entry === 0 ? 0 : ends[entry - 1]!
      return whole === undefined ? pool.toString('utf8', start, end) : whole.slice(start, end)
    })
  }

  #poolLength(): number {
    return this.#size === 0 ? 0 : this.#ends[this.#size - 1]!
  }

  #equals(entry: number, bytes: Uint8Array, start: number, end: number): boolean {
    const pool = this.#pool
    let from = entry === 0 ? 0 : this.#ends[entry - 1]!
    if (this.#ends[entry]! - from !== end - start) return false
    for (let i = start; i < end; i++) if (pool[from++] !== bytes[i]) return false
    return true
  }

  #append(bytes: Uint8Array, start: number, end: number): number {
    const entry = this.#size++
    const from = entry === 0 ? 0 : this.#ends[entry - 1]!
    this.#pool = withRoom(this.#pool, from, end - start)
    const pool = this.#pool
    for (let i = start, to = from; i < end; i++) pool[to++] = bytes[i]!
    this.#ends = withRoom(this.#ends, entry, 1)
    this.#ends[entry] = from + end - start
    if (4 * this.#size > this.#slots.length) this.#growSlots()
    return entry
  }

  #growSlots(): void {
    const old = this.#slots
    const wanted = this.#size < manyEntries ? 0 : 4 * this.#expectedSize
    const slots = new Int32Array(Math.max(old.length * 2, 2 ** Math.ceil(Math.log2(wanted + 1))))
    const mask = slots.length - 1
    for (let from = 0; from < old.length; from += 2) {
      if (old[from] === 0) continue
      let slot = (old[from + 1]! << 1) & mask
      while (slots[slot] !== 0) slot = (slot + 2) & mask
      slots[slot] = old[from]!
      slots[slot + 1] = old[from + 1]!
    }
    release(old)
    this.#slots = slots
  }
}
