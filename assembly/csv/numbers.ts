/**
 * Numbers from text, correctly rounded. What is here reads the usual ones; any other is left to the caller, who can
 * read them all.
 */
import { boundsOf, bytes, dropSpaces, hasOther, rowStride, skipSpaces, values } from './batch'
import { mayBeValues, standsForMissing } from './missing'

const PLUS: u8 = 0x2b
const MINUS: u8 = 0x2d
/** "0." as a 16-bit number, and the character "0" eight times. */
const ZERO_POINT: u16 = 0x2e30
const ZEROS: u64 = 0x3030303030303030
const MAX_SAFE: u64 = 9007199254740991

/** Powers of ten that are exact as doubles. */
const powers = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
])

/**
 * Reads a field of every row from `row` on as a double, NaN when it is missing. Returns the first row it cannot read, or
 * `rowCount`. With `whole` it reads nothing but whole numbers of at most 2^53 - 1.
 */
export function readNumbers(field: u32, row: u32, rowCount: u32, whole: bool): u32 {
  let bound = boundsOf(field, row)
  for (; row < rowCount; row++, bound += rowStride()) {
    const untrimmed = bytes + load<u32>(bound, 4)
    const start = skipSpaces(bytes + load<u32>(bound), untrimmed)
    const length = <u32>(dropSpaces(start, untrimmed) - start)
    let value: f64 = NaN
    if (length > 0 && !(mayBeValues && standsForMissing(start, length))) {
      const sign = load<u8>(start)
      const signs = u32(sign === MINUS || sign === PLUS)
      value = whole ? parseWhole(start + signs, length - signs) : parseDecimal(start + signs, length - signs)
      if (isNaN(value) && !standsForMissing(start, length)) return row
      // A whole number has no negative zero, a decimal has. Signs cannot be foreseen, so there is no branch.
      value = select(whole ? 0 - value : -value, value, sign === MINUS)
    }
    store<f64>(values + (<usize>row << 3), value)
  }
  return rowCount
}

/** Up to 16 digits, or NaN. */
function parseWhole(start: usize, length: u32): f64 {
  if (length - 1 > 15) return NaN
  if (length <= 8) {
    const digits = (load<u64>(start) ^ ZEROS) << (<u64>(64 - 8 * length))
    return hasOther(digits) ? NaN : <f64>(<i64>eightDigits(digits))
  }
  const digits = v128.xor(v128.load(start), i8x16.splat(0x30))
  const inside: u32 = (1 << length) - 1
  if ((bitmaskOfDigits(digits) & inside) !== inside) return NaN
  const number = sixteenDigits(digits, rightAligned(length))
  return number <= MAX_SAFE ? <f64>(<i64>number) : NaN
}

/**
 * A decimal of up to 19 digits that count, without an exponent, or NaN.
 *
 * Digits up to 2^53 and a power of ten up to 10^22 are exact doubles, so that one division rounds once (Clinger, "How to
 * read floating point numbers accurately", 1990); more digits take a division in double-double arithmetic.
 */
function parseDecimal(start: usize, length: u32): f64 {
  const isFraction = length > 16 && load<u16>(start) === ZERO_POINT
  if (isFraction) {
    start += 2
    length -= 2
  }
  if (length - 1 > 21) return NaN
  const head = min(length, 16)
  const text = v128.xor(v128.load(start), i8x16.splat(0x30))
  const inside: u32 = (1 << head) - 1
  const points: u32 = i8x16.bitmask(i8x16.eq(text, i8x16.splat(0x2e ^ 0x30))) & inside
  const digits = bitmaskOfDigits(text) & inside
  if ((points | digits) !== inside || digits === 0 || (points & (points - 1)) !== 0) return NaN
  if (isFraction && points !== 0) return NaN
  const point = points === 0 ? -1 : ctz(points)
  let places = rightAligned(head)
  // Digits before the point move up by one, over it.
  if (points !== 0) places = i8x16.add(places, i8x16.le_s(places, i8x16.splat(<i8>point)))
  let number = sixteenDigits(text, places)
  if (length > 16) {
    if (<f64>(<i64>number) >= power(35 - length)) return NaN
    const rest = length - 16
    if (rest > 3) return NaN
    const digits = ((<u64>load<u32>(start, 16)) ^ 0x30303030) << (<u64>(64 - 8 * rest))
    if (hasOther(digits)) return NaN
    number = number * <u64>power(rest) + eightDigits(digits)
  }
  const exponent = points !== 0 || isFraction ? length - 1 - point : 0
  return number <= MAX_SAFE ? <f64>(<i64>number) / power(exponent) : roundedQuotient(number, power(exponent))
}

function power(exponent: u32): f64 {
  return load<f64>(powers + ((<usize>exponent) << 3))
}

/** A bit for each byte that is 0 to 9. */
function bitmaskOfDigits(digits: v128): u32 {
  return i8x16.bitmask(i8x16.le_u(digits, i8x16.splat(9)))
}

/** Places that move the first `length` of 16 bytes to the end; what comes before them is outside, which gives 0. */
function rightAligned(length: u32): v128 {
  return i8x16.sub(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.splat(<i8>(16 - length)))
}

function sixteenDigits(digits: v128, places: v128): u64 {
  const ordered = i8x16.swizzle(digits, places)
  return eightDigits(i64x2.extract_lane(ordered, 0)) * 100000000 + eightDigits(i64x2.extract_lane(ordered, 1))
}

/** The number that eight digits make, the first in the lowest byte: in three steps pairs, fours and eights. */
function eightDigits(digits: u64): u64 {
  const pairs = digits * 10 + (digits >> 8)
  const low = (pairs & 0x000000ff000000ff) * 0x000f424000000064
  const high = ((pairs >> 16) & 0x000000ff000000ff) * 0x0000271000000001
  return (low + high) >> 32
}

/**
 * number / divisor rounded once, or NaN when double-double arithmetic cannot tell which way.
 *
 * Dekker's product and division ("A floating-point technique for extending the available precision", 1971) give the
 * quotient to more than 2^-95; rounding is certain when a change of 2^-40 of the correction would not alter it.
 */
function roundedQuotient(number: u64, divisor: f64): f64 {
  const high = <f64>number
  const low = <f64>(<i64>(number - <u64>high))
  const quotient = high / divisor
  const product = quotient * divisor
  const correction = (high - product - productError(quotient, divisor, product) + low) / divisor
  const doubt = abs(correction) * 9.094947017729282e-13
  const value = quotient + (correction - doubt)
  return value === quotient + (correction + doubt) ? value : NaN
}

/** a b - product, exactly, where product is a * b rounded. */
function productError(a: f64, b: f64, product: f64): f64 {
  const highA = upperHalf(a)
  const lowA = a - highA
  const highB = upperHalf(b)
  const lowB = b - highB
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB)
}

/** The upper 26 bits of a double's 53 (Veltkamp). */
function upperHalf(value: f64): f64 {
  const scaled = value * 134217729
  return scaled - (scaled - value)
}
