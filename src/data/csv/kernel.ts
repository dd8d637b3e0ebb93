/** The loops that touch every byte of a CSV file, compiled from assembly/csv, and the memory they work in. */

import { kernelCode } from './kernel-code.ts'

/** What assembly/csv/index.ts exports. Addresses and dictionaries are places in the memory. */
interface Loops {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly bytes: Global
  readonly bounds: Global
  readonly values: Global
  readonly consumed: Global
  readonly problem: Global
  readonly problemField: Global
  readonly reserve: (blockBytes: number, kept: number) => void
  readonly split: (length: number, last: boolean, delimiter: number, fieldCount: number, maxRows: number) => number
  readonly readNumbers: (field: number, row: number, rowCount: number, whole: boolean) => number
  readonly readDatetimes: (field: number, row: number, rowCount: number) => number
  readonly readBooleans: (field: number, row: number, rowCount: number) => number
  readonly newDictionary: (expectedFields: number) => number
  readonly readStrings: (dictionary: number, field: number, rowCount: number) => void
  readonly sizeOf: (dictionary: number) => number
  readonly poolOf: (dictionary: number) => number
  readonly startsOf: (dictionary: number) => number
  readonly addMissing: (start: number, end: number, isValue: boolean) => void
  readonly isMissing: (start: number, end: number) => number
}
interface Global {
  readonly value: number
}

/** The part of the WebAssembly API that is used here; TypeScript declares it for browsers only. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}
const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }

let compiled: object | undefined

/** Small enough to stay in the processor's cache while the columns read it one after the other. */
const blockBytes = 1 << 18

/**
 * One block of a file, the bounds of its fields, a value for each of its rows, and dictionaries. The arrays are views of
 * memory that moves when it grows: take them anew after every call of a loop that reads strings.
 */
export class Kernel {
  readonly loops: Loops
  #blockBytes = blockBytes
  #views: Views | undefined

  /** @param missing the texts besides the empty one that stand for a missing value */
  constructor(missing: readonly string[] = []) {
    compiled ??= new WebAssembly.Module(Buffer.from(kernelCode, 'base64'))
    this.loops = new WebAssembly.Instance(compiled).exports as Loops
    this.loops.reserve(blockBytes, 0)
    for (const token of new Set(missing)) this.#addMissing(token)
  }

  /** The block, with room for one byte more than it holds. */
  get bytes(): Buffer {
    return this.#current().bytes
  }

  /** Field f of row r is bytes [bounds[i], bounds[i + 1]), i = 2 (r fieldCount + f). */
  get bounds(): Int32Array {
    return this.#current().bounds
  }

  /** What the loop that was called last read, a value for each row: numbers, milliseconds. */
  get doubles(): Float64Array {
    return this.#current().doubles
  }

  /** The same for text: numbers of a dictionary. */
  get codes(): Int32Array {
    return this.#current().codes
  }

  /** The same for true and false. */
  get booleans(): Uint8Array {
    return this.#current().booleans
  }

  /** How many bytes the block holds. */
  get blockBytes(): number {
    return this.#blockBytes
  }

  /** Makes the block large enough for `length` bytes, keeping its first `kept` bytes. */
  reserve(length: number, kept: number): void {
    if (length <= this.#blockBytes) return
    this.#blockBytes = Math.max(length, 2 * this.#blockBytes)
    this.loops.reserve(this.#blockBytes, kept)
    this.#views = undefined
  }

  /** Whether bytes [start, end) of the block are empty or stand for a missing value. */
  isMissing(start: number, end: number): boolean {
    return start === end || this.loops.isMissing(start, end) === 1
  }

  #addMissing(token: string): void {
    this.reserve(Buffer.byteLength(token), 0)
    const mayBeValue = /\d|inf|true|false/i.test(token)
    this.loops.addMissing(0, this.bytes.write(token), mayBeValue)
  }

  #current(): Views {
    const { buffer } = this.loops.memory
    if (this.#views?.bytes.buffer !== buffer) this.#views = this.#makeViews(buffer)
    return this.#views
  }

  #makeViews(buffer: ArrayBuffer): Views {
    const { bytes, bounds, values } = this.loops
    const length = this.#blockBytes
    return {
      bytes: Buffer.from(buffer, bytes.value, length + 1),
      bounds: new Int32Array(buffer, bounds.value, 2 * length),
      doubles: new Float64Array(buffer, values.value, length),
      codes: new Int32Array(buffer, values.value, length),
      booleans: new Uint8Array(buffer, values.value, length),
    }
  }
}

interface Views {
  readonly bytes: Buffer<ArrayBuffer>
  readonly bounds: Int32Array
  readonly doubles: Float64Array
  readonly codes: Int32Array
  readonly booleans: Uint8Array
}
