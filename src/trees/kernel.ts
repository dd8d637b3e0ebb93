/** The loops of tree growing, compiled from assembly/trees, and the memory they work in. */
import { assemblyMemory, compileAssembly, instantiateAssembly, type WebAssemblyMemory } from '../core/index.ts'
import { kernelCode } from './kernel-code.ts'

/** What assembly/trees/index.ts exports. Numbers named as places are addresses in the memory. */
interface Loops {
  readonly gradientUnit: Global
  readonly hessianUnit: Global
  readonly l2: Global
  readonly minChildWeight: Global
  readonly bestGain: Readonly<Global>
  readonly bestFeature: Readonly<Global>
  readonly bestBin: Readonly<Global>
  readonly bestMissingLeft: Readonly<Global>
  readonly bestLeft: { readonly value: bigint }
  readonly allocate: (size: number) => number
  readonly sort: (values: number, count: number, spare: number, counts: number) => void
  readonly encode: (values: number, count: number, ends: number, endCount: number, bins: number, stride: number) => void
  readonly highest: (values: number, rows: number, count: number) => number
  readonly quantise: (
    gradients: number,
    hessians: number,
    rows: number,
    count: number,
    gradientScale: number,
    hessianScale: number,
    pairs: number,
  ) => bigint
  readonly sumOf: (values: number, rows: number, count: number) => number
  readonly addTo: (values: number, rows: number, count: number, value: number) => void
  readonly fill: (
    bins: number,
    featureCount: number,
    rows: number,
    count: number,
    pairs: number,
    slots: number,
    histogram: number,
  ) => void
  readonly subtract: (parent: number, child: number, size: number) => void
  readonly partition: (
    bins: number,
    stride: number,
    rows: number,
    count: number,
    last: number,
    missing: number,
    missingLeft: boolean,
    spare: number,
  ) => number
  readonly findSplit: (
    histogram: number,
    featureCount: number,
    slots: number,
    missing: number,
    used: number,
    total: bigint,
  ) => void
}
interface Global {
  value: number
}

let compiled: object | undefined

/** The loops with memory of their own, which is given back when nothing refers to the kernel any more. */
export class Kernel {
  readonly loops: Loops
  readonly #memory: WebAssemblyMemory

  constructor() {
    compiled ??= compileAssembly(kernelCode)
    this.#memory = assemblyMemory()
    this.loops = instantiateAssembly(compiled, this.#memory) as Loops
  }

  /** Zeros, as are those of the other types; a few bytes more may be read behind them. */
  bytes(count: number): InMemory<Uint8Array> {
    return this.#take(count, Uint8Array)
  }

  words(count: number): InMemory<Uint32Array> {
    return this.#take(count, Uint32Array)
  }

  floats(count: number): InMemory<Float32Array> {
    return this.#take(count, Float32Array)
  }

  doubles(count: number): InMemory<Float64Array> {
    return this.#take(count, Float64Array)
  }

  #take<T>(count: number, View: ViewOf<T>): InMemory<T> {
    const place = this.loops.allocate(count * View.BYTES_PER_ELEMENT + 16)
    return { place, view: new View(this.#memory.buffer, place, count) }
  }
}

/** An array in the memory of a kernel. */
export interface InMemory<View> {
  /** Its address. */
  readonly place: number
  readonly view: View
}

interface ViewOf<T> {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: SharedArrayBuffer, place: number, count: number): T
}
