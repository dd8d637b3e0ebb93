/** Batches prepared by threads ahead of a training: a queue of set length, in the order of the plan. */
import { MillraceError } from '../../core/index.ts'
import type { Batch, DatasetReader, EpochPlan } from '../../nn/index.ts'
import { type Preparation, preparedLength } from './prepare-batch.ts'
import { PreparingThread } from './preparing-thread.ts'

export interface ThreadedReaderOptions {
  /** At least 1. */
  readonly workers: number
  /** Batches in the making or waiting, for each worker. */
  readonly prefetch: number
  /** Fills what needs no preparing: the target. */
  readonly fillTarget: (rows: Uint32Array, batch: Batch) => void
}

/** A batch under way. */
interface Prepared {
  readonly rows: Uint32Array
  readonly pixels: Float32Array
  readonly ready: Promise<void>
}

export class ThreadedReader implements DatasetReader {
  readonly #preparation: Preparation
  readonly #options: ThreadedReaderOptions
  readonly #threads: PreparingThread[] = []
  #plan: EpochPlan = { epoch: 0, batches: [] }
  #asked = 0
  #ahead: Prepared[] = []
  /** Memory of batches that have been handed over. */
  #free: Float32Array[] = []

  constructor(preparation: Preparation, options: ThreadedReaderOptions) {
    this.#preparation = preparation
    this.#options = options
  }

  begin(plan: EpochPlan): void {
    const { workers, prefetch } = this.#options
    while (this.#threads.length < workers) this.#threads.push(new PreparingThread(this.#preparation))
    // Memory that a thread may still write into is left to it.
    this.#ahead = []
    this.#plan = plan
    this.#asked = 0
    for (let i = 0; i < workers * prefetch; i++) this.#askForNext()
  }

  /** @throws DataError naming the image that cannot be prepared */
  async fill(rows: Uint32Array, batch: Batch): Promise<void> {
    const next = this.#ahead.shift()
    if (next === undefined || !sameRows(next.rows, rows)) {
      throw new MillraceError(
        'INVALID_STATE',
        'imageDataset: the batches of a plan have to be read in its order; call begin() first.',
      )
    }
    await next.ready
    batch.inputs[0]!.set(next.pixels.subarray(0, batch.inputs[0]!.length) as never)
    this.#options.fillTarget(rows, batch)
    this.#free.push(next.pixels)
    this.#askForNext()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ahead = []
    await Promise.all(this.#threads.splice(0).map((thread) => thread[Symbol.asyncDispose]()))
  }

  #askForNext(): void {
    const rows = this.#plan.batches[this.#asked]
    if (rows === undefined) return
    this.#asked += 1
    const pixels = this.#takeMemory(rows.length)
    const thread = this.#threads.reduce((least, other) => (other.load < least.load ? other : least))
    // A copy: a view would be sent with all of the epoch's order.
    const ready = thread.prepare({ rows: rows.slice(), epoch: this.#plan.epoch, into: pixels })
    // Whoever fills from it hears of the error; nobody has to when the plan is given up.
    ready.catch(() => undefined)
    this.#ahead.push({ rows, pixels, ready })
  }

  #takeMemory(rowCount: number): Float32Array {
    const length = rowCount * preparedLength(this.#preparation)
    const fitting = this.#free.findIndex((memory) => memory.length >= length)
    if (fitting >= 0) return this.#free.splice(fitting, 1)[0]!
    this.#free = []
    return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT))
  }
}

function sameRows(left: Uint32Array, right: Uint32Array): boolean {
  return left.length === right.length && left.every((row, i) => row === right[i])
}
