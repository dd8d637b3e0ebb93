/**
 * Loops over vectors of float32 numbers, compiled to WebAssembly: four numbers at a time, six times as fast as the same
 * loop in JavaScript. Arithmetic is that of float32 (IEEE 754), so results are the same bits on every system.
 */
import { MillraceError, WebAssembly, type WebAssemblyMemory } from '../core/index.ts'
import { type Assignment, encodeLoop, type Expression, FLOAT_BYTES } from './encode-loop.ts'

type Memory = WebAssemblyMemory<ArrayBuffer>

// --- expressions ---------------------------------------------------------------------------------------------------

function operation(opcode: number): (...operands: readonly Expression[]) => Expression {
  return (...operands) => ({ kind: 'operation', opcode, operands })
}

type Binary = (a: Expression, b: Expression) => Expression

export const root: (x: Expression) => Expression = operation(0xe3)
export const plus: Binary = operation(0xe4)
export const minus: Binary = operation(0xe5)
export const times: Binary = operation(0xe6)
export const over: Binary = operation(0xe7)

// --- loops ---------------------------------------------------------------------------------------------------------

/** Runs over the elements from `start` up to, not including, `end`. The vectors are of one `allocateVectors`. */
export type VectorLoop<V extends string, S extends string> = (
  vectors: Readonly<Record<V, Float32Array>>,
  scalars: Readonly<Record<S, number>>,
  range: { readonly start: number; readonly end: number },
) => void

/**
 * A loop over the elements of some vectors, with some numbers that are the same for all elements. `build` says what each
 * changed vector holds afterwards, from what the vectors hold before.
 *
 *     const axpy = vectorLoop(['x', 'y'], ['a'], ({ x, y, a }) => ({ y: plus(times(a, x), y) }))
 */
export function vectorLoop<V extends string, S extends string>(
  vectors: readonly V[],
  scalars: readonly S[],
  build: (of: Readonly<Record<V | S, Expression>>) => Readonly<Partial<Record<V, Expression>>>,
): VectorLoop<V, S> {
  const leaves = [
    ...vectors.map((name, position) => [name, { kind: 'vector', position }] as const),
    ...scalars.map((name, position) => [name, { kind: 'scalar', position }] as const),
  ]
  const changed = build(Object.fromEntries(leaves) as Record<V | S, Expression>)
  const results = vectors.flatMap((name, position): Assignment[] => {
    const value = changed[name]
    return value === undefined ? [] : [{ position, value }]
  })
  const instances = new WeakMap<Memory, (...numbers: readonly number[]) => void>()
  let compiled: object | undefined
  return (given, numbers, { start, end }) => {
    const memory = memoryOf(vectors.map((name) => given[name]))
    let run = instances.get(memory)
    if (run === undefined) {
      compiled ??= new WebAssembly.Module(encodeLoop(vectors.length, scalars.length, results))
      const { exports } = new WebAssembly.Instance(compiled, { '': { '': memory } })
      run = (exports as Readonly<Record<'', (...numbers: readonly number[]) => void>>)['']
      instances.set(memory, run)
    }
    const addresses = vectors.map((name) => given[name].byteOffset + start * FLOAT_BYTES)
    run(...addresses, (end - start) * FLOAT_BYTES, ...scalars.map((name) => numbers[name]))
  }
}

// --- memory --------------------------------------------------------------------------------------------------------

const PAGE_BYTES = 65_536
const CACHE_LINE_BYTES = 64

const memories = new WeakMap<ArrayBufferLike, Memory>()

/** Vectors of zeros that lie together in memory that loops can reach. It is freed when none of them is in use. */
export function allocateVectors(count: number, length: number): Float32Array[] {
  const stride = Math.ceil((length * FLOAT_BYTES) / CACHE_LINE_BYTES) * CACHE_LINE_BYTES
  const memory = new WebAssembly.Memory({ initial: Math.ceil((count * stride) / PAGE_BYTES) })
  memories.set(memory.buffer, memory)
  return Array.from({ length: count }, (_, i) => new Float32Array(memory.buffer, i * stride, length))
}

function memoryOf(vectors: readonly Float32Array[]): Memory {
  const { buffer } = vectors[0]!
  const memory = memories.get(buffer)
  if (memory === undefined || vectors.some((vector) => vector.buffer !== buffer)) {
    throw new MillraceError('INVALID_ARGUMENT', 'The vectors of a loop must come from one call of allocateVectors().')
  }
  return memory
}
