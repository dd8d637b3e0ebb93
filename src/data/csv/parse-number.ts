/** Reading numbers from bytes, correctly rounded, without making a string on the common paths. */

const powers = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
const maxExact = Number.MAX_SAFE_INTEGER
const zero = 0x30
const splitter = 2 ** 27 + 1

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
  if (value > maxExact) return NaN
  return sign === 0x2d ? 0 - value : value
}

/**
 * The decimal number in bytes [start, end), or NaN when it is none: `1.5`, `-.5`, `2.`, `1e-3`, `inf`, `Infinity`.
 *
 * Equals Number(text) bit for bit. Up to 15 digits the digits and a power of ten up to 10^22 are exact doubles, so one
 * operation rounds once (Clinger 1990); up to 22 digits a double-double quotient decides; the rest goes to Number.
 */
export function parseDecimal(bytes: Buffer, start: number, end: number): number {
  let position = start
  const sign = bytes[position]
  if (sign === 0x2d || sign === 0x2b) position++
  let head = 0
  let tail = 0
  let digits = 0
  let seen = 0
  let point = -1
  for (; position < end; position++) {
    const digit = bytes[position]! - zero
    if (digit >= 0 && digit <= 9) {
      seen++
      if (digits < 15) head = head * 10 + digit
      else tail = tail * 10 + digit
      if (head > 0) digits++
    } else if (bytes[position] === 0x2e && point < 0) point = seen
    else break
  }
  if (seen === 0) return parseInfinity(bytes, start, end)
  const exponent = point < 0 ? 0 : seen - point
  if (position < end || digits > 22 || exponent > 22) return parseSlowly(bytes, start, end)
  const value = digits <= 15 ? head / powers[exponent]! : roundedQuotient(head, tail, digits - 15, exponent)
  if (Number.isNaN(value)) return parseSlowly(bytes, start, end)
  return sign === 0x2d ? -value : value
}

/**
 * (head 10^shift + tail) / 10^exponent rounded once, or NaN when double-double arithmetic cannot tell which way.
 *
 * head < 10^15 and tail, 10^shift ≤ 10^7 are exact. Dekker's product and division ("A floating-point technique for
 * extending the available precision", 1971) give the quotient to more than 2^-95; rounding is certain when a change
 * of 2^-40 of the correction would not alter it.
 */
function roundedQuotient(head: number, tail: number, shift: number, exponent: number): number {
  const high = head * powers[shift]!
  const low = productError(head, powers[shift]!, high) + tail
  const divisor = powers[exponent]!
  const quotient = (high + low) / divisor
  const product = quotient * divisor
  const correction = (high - product - productError(quotient, divisor, product) + low) / divisor
  const doubt = Math.abs(correction) * 2 ** -40
  const value = quotient + (correction - doubt)
  return value === quotient + (correction + doubt) ? value : NaN
}

/** a b - product, exactly, where product is a * b rounded. */
function productError(a: number, b: number, product: number): number {
  const scaledA = a * splitter
  const highA = scaledA - (scaledA - a)
  const lowA = a - highA
  const scaledB = b * splitter
  const highB = scaledB - (scaledB - b)
  const lowB = b - highB
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB)
}

const decimalText = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const infinityText = /^([+-]?)inf(inity)?$/i

function parseSlowly(bytes: Buffer, start: number, end: number): number {
  const text = bytes.toString('latin1', start, end)
  return decimalText.test(text) ? Number(text) : NaN
}

function parseInfinity(bytes: Buffer, start: number, end: number): number {
  if (end - start < 3 || end - start > 9) return NaN
  const match = infinityText.exec(bytes.toString('latin1', start, end))
  if (match === null) return NaN
  return match[1] === '-' ? -Infinity : Infinity
}
