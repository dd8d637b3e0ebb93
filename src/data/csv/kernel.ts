/** The loops that touch every byte of a CSV file, compiled from assembly/csv, and the memory they work in. */
// Not by the room's index: the second thread loads this and little else.
import {
  assemblyMemory,
  compileAssembly,
  instantiateAssembly,
  type WebAssemblyMemory,
} from '../../core/web-assembly.ts'
import { kernelCode } from './kernel-code.ts'

/** What assembly/csv/index.ts exports. Addresses and dictionaries are places in the memory. */
interface Loops {
  readonly bytes: Global
  readonly bounds: Global
  readonly values: Global
  readonly fieldCount: Global
  readonly missing: Global
  readonly mayBeValues: Global
  readonly consumed: Readonly<Global>
  readonly problem: Readonly<Global>
  readonly problemField: Readonly<Global>
  readonly allocate: (size: number) => number
  readonly release: (address: number) => void
  readonly split: (
    from: number,
    length: number,
    last: boolean,
    delimiter: number,
    maxRows: number,
    limit: number,
  ) => number
  readonly readNumbers: (field: number, row: number, rowCount: number, whole: boolean) => number
  readonly readDatetimes: (field: number, row: number, rowCount: number) => number
  readonly readBooleans: (field: number, row: number, rowCount: number) => number
  readonly newDictionary: (expectedFields: number) => number
  readonly hashStrings: (field: number, rowCount: number) => void
  readonly keepStrings: (field: number, rowCount: number) => number
  readonly findKept: (rowCount: number) => void
  readonly numberStrings: (dictionary: number, field: number, rowCount: number) => void
  readonly sizeOf: (dictionary: number) => number
  readonly poolOf: (dictionary: number) => number
  readonly startsOf: (dictionary: number) => number
  readonly beginMissing: () => void
  readonly addMissing: (start: number, end: number, isValue: boolean) => void
  readonly isMissing: (start: number, end: number) => number
}
interface Global {
  value: number
}

let compiled: object | undefined

/** Small enough to stay in the processor's cache while the columns read it one after the other. */
export const blockBytes: number = 1 << 18

/** Bytes that may be read, but mean nothing, behind a block: the loops take up to 64 at a time. */
const paddingBytes = 64

/** Where the parts of a block are. */
export interface BlockPlace {
  readonly bytes: number
  readonly bounds: number
  readonly values: number
  /** How many bytes it holds. */
  readonly length: number
}

/** A block of a file, the bounds of its fields, and a value for each of its rows. */
export interface Block extends BlockPlace {
  /** With room for one byte more than the block holds. */
  readonly text: Buffer<SharedArrayBuffer>
  /** Field f of row r is bytes [fields[i], fields[i + 1]), i = 2 (r fieldCount + f). */
  readonly fields: Int32Array
}

/** What another thread needs to work in the memory of a kernel, on blocks of its own. */
export interface SharedKernel {
  readonly module: object
  readonly memory: WebAssemblyMemory
  readonly missing: number
  readonly mayBeValues: number
}

/**
 * Works on one block at a time and keeps dictionaries. The memory is shared, so that other threads can prepare blocks;
 * only the thread that made the kernel takes memory.
 */
export class Kernel {
  readonly loops: Loops
  readonly #memory: WebAssemblyMemory
  #block: Block

  private constructor(module: object, memory: WebAssemblyMemory, block: (loops: Loops) => BlockPlace) {
    this.#memory = memory
    this.loops = instantiateAssembly(module, memory) as Loops
    this.#block = this.view(block(this.loops))
    this.use(this.#block)
  }

  /** A kernel with memory of its own. @param missing the texts besides the empty one that stand for a missing value */
  static create(missing: readonly string[] = []): Kernel {
    compiled ??= compileAssembly(kernelCode)
    const memory = assemblyMemory()
    const kernel = new Kernel(compiled, memory, (loops) => allocate(loops, blockBytes))
    kernel.loops.beginMissing()
    for (const token of new Set(missing)) kernel.#addMissing(token)
    return kernel
  }

  /** A kernel in the memory of another thread. @param place a block that this thread alone uses */
  static join({ module, memory, missing, mayBeValues }: SharedKernel, place: BlockPlace): Kernel {
    const kernel = new Kernel(module, memory, () => place)
    kernel.loops.missing.value = missing
    kernel.loops.mayBeValues.value = mayBeValues
    return kernel
  }

  /** What another thread needs to join. */
  get shared(): SharedKernel {
    const { missing, mayBeValues } = this.loops
    return { module: compiled!, memory: this.#memory, missing: missing.value, mayBeValues: mayBeValues.value }
  }

  get block(): Block {
    return this.#block
  }

  get bytes(): Buffer {
    return this.#block.text
  }

  get bounds(): Int32Array {
    return this.#block.fields
  }

  /** How much memory there is, for everything. */
  get memoryBytes(): number {
    return this.#memory.buffer.byteLength
  }

  /** How many bytes the block holds. */
  get blockBytes(): number {
    return this.#block.length
  }

  /** Takes memory for another block of `length` bytes. */
  allocate(length: number): BlockPlace {
    return allocate(this.loops, length)
  }

  /** The block at a place. */
  view(place: BlockPlace): Block {
    const { buffer } = this.#memory
    return {
      ...place,
      text: Buffer.from(buffer, place.bytes, place.length + 1),
      fields: new Int32Array(buffer, place.bounds, 2 * place.length),
    }
  }

  /** Works on this block from now on. */
  use(block: Block): void {
    this.#block = block
    this.loops.bytes.value = block.bytes
    this.loops.bounds.value = block.bounds
    this.loops.values.value = block.values
  }

  /** Makes the block large enough for `length` bytes, keeping its first `kept` bytes. */
  reserve(length: number, kept: number): void {
    const { loops } = this
    const old = this.#block
    if (length <= old.length) return
    this.use(this.view(this.allocate(Math.max(length, 2 * old.length))))
    old.text.copy(this.bytes, 0, 0, kept)
    for (const address of [old.bytes, old.bounds, old.values]) loops.release(address)
  }

  /** `count` doubles at an address. */
  doubles(address: number, count: number): Float64Array {
    return new Float64Array(this.#memory.buffer, address, count)
  }

  /** `count` 32-bit numbers at an address. */
  integers(address: number, count: number): Int32Array {
    return new Int32Array(this.#memory.buffer, address, count)
  }

  /** `count` bytes at an address. */
  octets(address: number, count: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, count)
  }

  /** `count` bytes of text at an address. */
  text(address: number, count: number): Buffer {
    return Buffer.from(this.#memory.buffer, address, count)
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
}

function allocate({ allocate }: Loops, length: number): BlockPlace {
  const room = length + paddingBytes
  // Every field takes a byte at least, and every row two.
  return { bytes: allocate(room), bounds: allocate(8 * room), values: allocate(8 * room), length }
}
