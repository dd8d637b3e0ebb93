/** All parameters of a module in one flat vector, and all its buffers in another. */
import type { Module, Parameter } from './module.ts'

/** A named stretch of a flat vector. */
export interface Slot<T> {
  readonly name: string
  readonly tensor: T
  readonly start: number
  readonly end: number
}

/** Flat storage that tensors were moved into; their `data` are views of it. */
export interface FlatVector<T> {
  readonly data: Float32Array
  readonly slots: readonly Slot<T>[]
}

interface Movable {
  readonly data: Float32Array
  moveTo(storage: Float32Array): void
}

/** Moves the numbers of all `entries` into one vector, in order: a new one, or `storage`, which has to be as long. */
export function flatten<T extends Movable>(
  entries: Iterable<readonly [string, T]>,
  storage?: Float32Array,
): FlatVector<T> {
  const slots: Slot<T>[] = []
  let end = 0
  for (const [name, tensor] of entries) {
    slots.push({ name, tensor, start: end, end: end + tensor.data.length })
    end += tensor.data.length
  }
  const data = storage ?? new Float32Array(end)
  for (const { tensor, start, end: stop } of slots) tensor.moveTo(data.subarray(start, stop))
  return { data, slots }
}

/** Tensors of at least this many numbers go into the runtime by themselves: copying them would cost more. */
const LARGE = 16_384

/** A stretch of a flat vector with the tensors in it: one large tensor, or small neighbours. */
export interface Piece<T> {
  readonly start: number
  readonly end: number
  readonly slots: readonly Slot<T>[]
}

/** Cuts a flat vector into few pieces, none of which joins a large tensor with others. */
export function cutIntoPieces<T>(slots: readonly Slot<T>[]): readonly Piece<T>[] {
  const pieces: { start: number; end: number; slots: Slot<T>[]; large: boolean }[] = []
  for (const slot of slots) {
    const { start, end } = slot
    const large = end - start >= LARGE
    const last = pieces.at(-1)
    if (last === undefined || large || last.large) pieces.push({ start, end, slots: [slot], large })
    else {
      last.slots.push(slot)
      last.end = end
    }
  }
  return pieces
}

/** The name of the parameter in which the first non-finite number of a vector laid out like the parameters lies. */
export function firstNonFinite(vector: Float32Array, slots: readonly Slot<Parameter>[]): string | undefined {
  let at = 0
  while (at < vector.length && isFiniteBetween(vector, at, at + CHECKED_AT_ONCE)) at += CHECKED_AT_ONCE
  while (at < vector.length && Number.isFinite(vector[at]!)) at += 1
  return slots.find(({ start, end }) => start <= at && at < end)?.name
}

/** Many calls of a short loop are compiled for good; one long loop after each epoch ran in the interpreter, 20 times slower. */
const CHECKED_AT_ONCE = 4096

function isFiniteBetween(vector: Float32Array, start: number, end: number): boolean {
  const stop = Math.min(end, vector.length)
  for (let at = start; at < stop; at++) if (!Number.isFinite(vector[at]!)) return false
  return true
}

/** The paths of a module's modules, as tracing wants them. */
export function moduleNames(module: Module): ReadonlyMap<object, string> {
  return new Map([...module.namedModules()].map(([name, part]) => [part, name]))
}
