/** Typed arrays that grow, giving back the memory of what they leave at once instead of at the next collection. */

type TypedArray = Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>

/**
 * `array` itself, or when `more` elements do not fit behind its first `length`, one of at least twice the size with
 * its content, zeros behind. `array` is then detached: it has length 0 from here on.
 */
export function withRoom<A extends TypedArray>(array: A, length: number, more: number): A {
  if (length + more <= array.length) return array
  const buffer = array.buffer.transfer(Math.max(2 * array.length, length + more) * array.BYTES_PER_ELEMENT)
  return new (array.constructor as new (buffer: ArrayBuffer) => A)(buffer)
}
