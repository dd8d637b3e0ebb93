/** Texts that are kept as they stand in the file, to be numbered when somebody asks for them. */

import type { ByteDictionary } from './byte-dictionary.ts'
import type { Growable } from './growable.ts'
import type { BlockPlace, Kernel } from './kernel.ts'
import type { RowBatch } from './tokenizer.ts'

/**
 * In a kernel with more memory nothing is kept: numbering may take six times what is kept, and has to succeed later, when
 * no error is expected any more.
 */
const maxMemoryBytes = 1 << 29

/** Whether texts may wait in the memory of this kernel. */
export function mayKeepTexts(kernel: Kernel): boolean {
  return kernel.memoryBytes <= maxMemoryBytes
}

/** The fields of a batch, in the memory of the kernel. */
interface Piece {
  readonly address: number
  readonly rowCount: number
}

/** Texts of a column, in the memory of a kernel. */
export class KeptTexts {
  readonly kernel: Kernel
  readonly #pieces: Piece[] = []
  #rowCount = 0

  constructor(kernel: Kernel) {
    this.kernel = kernel
  }

  get rowCount(): number {
    return this.#rowCount
  }

  /** Keeps field number `field` of every row. */
  add({ kernel, rowCount }: RowBatch, field: number): void {
    this.#pieces.push({ address: kernel.loops.keepStrings(field, rowCount), rowCount })
    this.#rowCount += rowCount
  }

  /** Adds the number of each text in the dictionary, and gives the memory back. */
  number(dictionary: ByteDictionary, codes: Growable<Int32Array<ArrayBuffer>>): void {
    const { kernel } = this
    const { loops, block } = kernel
    const fieldCount = loops.fieldCount.value
    loops.fieldCount.value = 1
    for (const { address, rowCount } of this.#pieces) {
      const place: BlockPlace = {
        bytes: address,
        bounds: loops.allocate(8 * rowCount),
        values: loops.allocate(4 * rowCount),
        length: rowCount,
      }
      kernel.use(kernel.view(place))
      loops.findKept(rowCount)
      codes.add(dictionary.addAll({ kernel, fieldCount: 1, rowCount }, 0))
      for (const part of [place.values, place.bounds, address]) loops.release(part)
    }
    kernel.use(block)
    loops.fieldCount.value = fieldCount
  }
}
