/** A dictionary of byte strings: numbers the distinct ones as they come, without making a JavaScript string of each. */

import { isAscii } from 'node:buffer'
import { release, resized, withRoom } from './growable.ts'

/** With this many entries it is clear how many there will be: memory is then taken for all of them at once. */
const manyEntries = 1 << 14

/** Distinct byte strings, numbered from 0 in order of first appearance (an open-addressing hash table). */
export class ByteDictionary {
  readonly #expectedFields: number
  #fields = 0
  #pool = new Uint8Array(1 << 12)
  /** Where each entry ends in the pool; entry 0 starts at 0. */
  #ends = new Uint32Array(1 << 8)
  /** Pairs of an entry's number plus one (0 is a free slot) and its hash. At most two thirds are taken. */
  #slots = new Int32Array(2 << 9)
  #size = 0
  #hashes = new Int32Array(0)
  #candidates = new Int32Array(0)

  /** @param expectedFields how many fields will be added, new or known; only speed depends on it */
  constructor(expectedFields: number) {
    this.#expectedFields = expectedFields
  }

  /**
   * Numbers the fields at bounds[first], bounds[first + stride], ..., adding those that are new: numbers[i] for field i.
   * A field whose number is -1 beforehand is left out.
   */
  addAll(bytes: Uint8Array, bounds: Int32Array, first: number, stride: number, numbers: Int32Array): void {
    this.#fields += numbers.length
    const hashes = this.#hashAll(bytes, bounds, first, stride, numbers.length)
    const candidates = this.#likelyEntries(hashes, numbers.length)
    for (let i = 0, at = first; i < numbers.length; i++, at += stride) {
      if (numbers[i]! < 0) continue
      const start = bounds[at]!
      const end = bounds[at + 1]!
      const entry = candidates[i]! - 1
      const isKnown = entry >= 0 && this.#equals(entry, bytes, start, end)
      numbers[i] = isKnown ? entry : this.#add(bytes, start, end, hashes[i]!)
    }
  }

  /**
   * The entries by number, as a function that makes strings of their bytes (UTF-8) when it is first called: a column of
   * a million different names takes a third of the memory until somebody asks for them. The dictionary is of no use
   * afterwards.
   */
  finish(): () => readonly string[] {
    release(this.#slots)
    const ends = this.#ends.subarray(0, this.#size)
    const pool = Buffer.from(this.#pool.buffer, 0, ends.at(-1) ?? 0)
    let strings: readonly string[] | undefined
    return () => (strings ??= decode(pool, ends))
  }

  #hashAll(bytes: Uint8Array, bounds: Int32Array, first: number, stride: number, count: number): Int32Array {
    if (this.#hashes.length < count) this.#hashes = new Int32Array(count)
    const hashes = this.#hashes
    for (let i = 0, at = first; i < count; i++, at += stride) {
      const end = bounds[at + 1]!
      let hash = end - bounds[at]!
      for (let position = bounds[at]!; position < end; position++) hash = Math.imul(hash ^ bytes[position]!, 0x01000193)
      hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
      hashes[i] = hash ^ (hash >>> 13)
    }
    return hashes
  }

  /**
   * The entry in the slot of each hash if it has that hash, else 0. In a large table each look is a wait for main memory; here, where none
   * depends on another, the processor waits for many at a time, and finds them in its cache when adding.
   */
  #likelyEntries(hashes: Int32Array, count: number): Int32Array {
    if (this.#candidates.length < count) this.#candidates = new Int32Array(count)
    const candidates = this.#candidates
    const slots = this.#slots
    const mask = slots.length - 1
    for (let i = 0; i < count; i++) {
      const slot = (hashes[i]! << 1) & mask
      candidates[i] = slots[slot + 1] === hashes[i] ? slots[slot]! : 0
    }
    return candidates
  }

  #add(bytes: Uint8Array, start: number, end: number, hash: number): number {
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
    if (3 * this.#size > this.#slots.length) this.#grow()
    return entry
  }

  #grow(): void {
    const old = this.#slots
    const isClear = this.#size >= manyEntries && this.#fields < this.#expectedFields
    const growth = isClear ? Math.max(2, (1.1 * this.#expectedFields) / this.#fields) : 2
    if (isClear) {
      // What is taken but never written to costs nothing, while growing again would copy everything.
      this.#pool = resized(this.#pool, Math.ceil(this.#pool.length * growth))
      this.#ends = resized(this.#ends, Math.ceil(this.#ends.length * growth))
    }
    const slots = new Int32Array(2 ** Math.ceil(Math.log2(old.length * growth)))
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

function decode(pool: Buffer, ends: Uint32Array): string[] {
  // Cutting one long string is much faster than decoding each entry, but its offsets agree only for ASCII.
  const whole = isAscii(pool) ? pool.toString('latin1') : undefined
  const strings: string[] = []
  strings.length = ends.length
  for (let entry = 0, start = 0; entry < ends.length; entry++) {
    const end = ends[entry]!
    strings[entry] = whole === undefined ? pool.toString('utf8', start, end) : whole.slice(start, end)
    start = end
  }
  return strings
}
