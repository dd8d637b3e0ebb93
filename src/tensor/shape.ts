/** Shapes and the arithmetic of shapes. A size is a number, or a name such as 'batch' where it is known only at run time. */

export type Dim = number | string
export type Shape = readonly Dim[]

/** `[32, 784]`, `[batch, 10]`, and `[]` for a scalar. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis])
}

/** The number of elements, or undefined when a size is only a name. */
export function elementCount(shape: Shape): number | undefined {
  let count = 1
  for (const size of shape) {
    if (typeof size === 'string') return undefined
    count *= size
  }
  return count
}

/** The shape of an elementwise result under NumPy's broadcasting rule, or undefined where the two do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length)
  const result: Dim[] = []
  for (let axis = 0; axis < rank; axis++) {
    const left = a[a.length - rank + axis] ?? 1
    const right = b[b.length - rank + axis] ?? 1
    if (left !== right && left !== 1 && right !== 1) return undefined
    result.push(left === 1 ? right : left)
  }
  return result
}

/** `axis` counted from the front; negative axes count from the back. Undefined when out of range. */
export function resolveAxis(axis: number, rank: number): number | undefined {
  const resolved = axis < 0 ? axis + rank : axis
  return Number.isInteger(axis) && resolved >= 0 && resolved < rank ? resolved : undefined
}
