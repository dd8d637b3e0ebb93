/** Reading numbers from bytes, correctly rounded: all there are, where the loops of assembly/csv read the usual ones. */

const zero = 0x30

/** The whole number (`12`, `-7`, `+007`) in bytes [start, end), or NaN when it is none or is beyond 2^53 - 1. */
export function parseInteger(bytes: Buffer, start: number, end: number): number {
  let position = start
  const sign = bytes[position]
  if (sign === 0x2d || sign === 0x2b) position++
  if (position >= end) return NaN
  let value = 0
  for (; position < end; position++) {
    const digit = bytes[position]! - zero
    if (digit < 0 || digit > 9) return NaN
    value = value * 10 + digit
  }
  if (value > Number.MAX_SAFE_INTEGER) return NaN
  return sign === 0x2d ? 0 - value : value
}

const decimalText = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const infinityText = /^([+-]?)inf(inity)?$/i

/** The decimal number in bytes [start, end), or NaN when it is none: `1.5`, `-.5`, `2.`, `1e-3`, `inf`, `Infinity`. */
export function parseDecimal(bytes: Buffer, start: number, end: number): number {
  const text = bytes.toString('latin1', start, end)
  if (decimalText.test(text)) return Number(text)
  const match = infinityText.exec(text)
  if (match === null) return NaN
  return match[1] === '-' ? -Infinity : Infinity
}
