/** Arrays of any rank as plain numbers, read and written by loops: slow, and easy to be sure of. */

/** Numbers in row-major order. */
export interface Numbers {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** All index tuples of `shape`, the last axis fastest. */
export function indicesOf(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (found, size) => found.flatMap((index) => Array.from({ length: size }, (_, position) => [...index, position])),
    [[]],
  )
}

/** The values of `compute` for all index tuples of `shape`. */
export function tabulate(shape: readonly number[], compute: (index: readonly number[]) => number): number[] {
  return indicesOf(shape).map(compute)
}

/** The element at `index`, where axes of size 1 repeat and missing leading axes are ignored, as in broadcasting. */
export function at({ shape, values }: Numbers, index: readonly number[]): number {
  const extra = index.length - shape.length
  const offset = shape.reduce((sum, size, axis) => sum * size + (size === 1 ? 0 : index[axis + extra]!), 0)
  return values[offset]!
}

/** The larger size on each axis, counted from the last. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) =>
    Math.max(a[a.length - rank + axis] ?? 1, b[b.length - rank + axis] ?? 1),
  )
}
