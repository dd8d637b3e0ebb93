/**
 * Numbers from text, correctly rounded. What is here reads the usual ones; any other is left to the caller, who can
 * read them all.
 */
import { boundsOf, bytes, dropSpaces, rowStride, skipSpaces, values } from './batch'
import {
  bitmaskOfDigits,
  bitmaskOfPoints,
  bitOfPoint,
  eightDigits,
  hasOther,
  rightAligned,
  rightAlignedAt,
  sixteenAt,
  sixteenDigits,
  withoutPoint,
  ZEROS,
} from './digits'
import { mayBeValues, standsForMissing } from './missing'
import { dividedByPower, MAX_SAFE, power, powerOfPlace } from './powers'

const PLUS: u8 = 0x2b
const MINUS: u8 = 0x2d
/** "0." as a 16-bit number. */
const ZERO_POINT: u16 = 0x2e30
/** Stands for a field that cannot be read here. */
const UNREADABLE: f64 = Infinity

/** 1 to 1e6. */
const smallPowers = memory.data<u64>([1, 10, 100, 1000, 10000, 100000, 1000000])
/** 1e19 to 1e13. */
const limits = memory.data<u64>([
  10000000000000000000, 1000000000000000000, 100000000000000000, 10000000000000000, 1000000000000000, 100000000000000,
  10000000000000,
])

/**
 * Reads a field of every row from `row` on as a double, NaN when it is missing. Returns the first row it cannot read, or
 * `rowCount`. With `whole` it reads nothing but whole numbers of at most 2^53 - 1.
 */
export function readNumbers(field: u32, row: u32, rowCount: u32, whole: bool): u32 {
  while (true) {
    if (!mayBeValues) row = whole ? readPlainWholes(field, row, rowCount) : readPlainDecimals(field, row, rowCount)
    if (row >= rowCount) return rowCount
    const bound = boundsOf(field, row)
    const value = readCarefully(bytes + load<u32>(bound), bytes + load<u32>(bound, 4), whole)
    if (value === UNREADABLE) return row
    store<f64>(values + (<usize>row << 3), value)
    row++
  }
}

/** A field that may be missing, have spaces around it or begin with a plus sign. */
function readCarefully(start: usize, untrimmed: usize, whole: bool): f64 {
  start = skipSpaces(start, untrimmed)
  const end = dropSpaces(start, untrimmed)
  const length = <u32>(end - start)
  if (length === 0 || (mayBeValues && standsForMissing(start, length))) return NaN
  const signs = u32(load<u8>(start) === PLUS && load<u8>(start, 1) !== MINUS)
  const value = whole ? parseWhole(start + signs, length - signs) : parseDecimal(start + signs, length - signs)
  if (!isNaN(value)) return value
  return standsForMissing(start, length) ? NaN : UNREADABLE
}

// Both loops end at the first row that is not plain, so that they call nothing: across calls, no value stays in a register.

/** Reads whole numbers as readNumbers does, missing words and spaces left out. */
function readPlainWholes(field: u32, row: u32, rowCount: u32): u32 {
  const block = bytes
  const stride = rowStride()
  let bound = boundsOf(field, row)
  let target = values + (<usize>row << 3)
  for (; row < rowCount; row++, bound += stride, target += 8) {
    const start = block + load<u32>(bound)
    const length = load<u32>(bound, 4) - load<u32>(bound)
    if (length === 0) store<f64>(target, NaN)
    else {
      const value = parseWhole(start, length)
      if (isNaN(value)) return row
      store<f64>(target, value)
    }
  }
  return rowCount
}

/** The same for decimals. */
function readPlainDecimals(field: u32, row: u32, rowCount: u32): u32 {
  const block = bytes
  const stride = rowStride()
  let bound = boundsOf(field, row)
  let target = values + (<usize>row << 3)
  for (; row < rowCount; row++, bound += stride, target += 8) {
    let start = block + load<u32>(bound)
    let length = load<u32>(bound, 4) - load<u32>(bound)
    const isMissing = length === 0
    const isNegative = u32(load<u8>(start) === MINUS)
    start += isNegative
    length -= isNegative
    if (length - 2 < 7) {
      const digits = rightAlignedAt(start, length)
      const point = bitOfPoint(digits)
      const joined = withoutPoint(digits, point)
      if (hasOther(joined)) return row
      store<f64>(target, <f64>(<i64>eightDigits(joined)) / powerOfPlace(<u32>clz(point) >> 3, isNegative))
    } else if (isMissing) {
      store<f64>(target, NaN)
    } else {
      const value = parsePositive(start, length)
      if (isNaN(value)) return row
      store<u64>(target, reinterpret<u64>(value) | (<u64>isNegative << 63))
    }
  }
  return rowCount
}

/** Up to 16 digits and a minus sign, or NaN. */
@inline
function parseWhole(start: usize, length: u32): f64 {
  // Signs cannot be foreseen, so there is no branch.
  const isNegative = load<u8>(start) === MINUS
  start += u32(isNegative)
  length -= u32(isNegative)
  if (length - 1 > 15) return NaN
  let number: u64
  if (length <= 8) {
    const digits = rightAlignedAt(start, length)
    if (hasOther(digits)) return NaN
    number = eightDigits(digits)
  } else {
    const digits = sixteenAt(start)
    const inside: u32 = (1 << length) - 1
    if ((bitmaskOfDigits(digits) & inside) !== inside) return NaN
    number = sixteenDigits(i8x16.swizzle(digits, rightAligned(length)))
    if (number > MAX_SAFE) return NaN
  }
  const sign = -<i64>isNegative
  return <f64>((<i64>number ^ sign) - sign)
}

/** A decimal of up to 19 digits that count with a minus sign, without an exponent, or NaN. */
function parseDecimal(start: usize, length: u32): f64 {
  const isNegative = u32(load<u8>(start) === MINUS)
  const value = parsePositive(start + isNegative, length - isNegative)
  return isNegative ? -value : value
}

/** The same without a sign. */
@inline
function parsePositive(start: usize, length: u32): f64 {
  return length > 16 ? parseLong(start, length) : parseShort(start, length)
}

/** At most 16 characters. */
@inline
function parseShort(start: usize, length: u32): f64 {
  const text = sixteenAt(start)
  const inside: u32 = (1 << length) - 1
  const points = bitmaskOfPoints(text) & inside
  const digits = bitmaskOfDigits(text) & inside
  if ((points | digits) !== inside || digits === 0 || (points & (points - 1)) !== 0) return NaN
  const point: i32 = select(<i32>ctz(points), -1, points !== 0)
  const exponent = select(<i32>length - 1 - point, 0, points !== 0)
  // 15 digits and the power are exact doubles, so that one division rounds once; 16 digits have no point.
  return <f64>(<i64>digitsAround(text, length, point)) / power(exponent)
}

/** More characters, of which at most 19 are digits that count. */
@inline
function parseLong(start: usize, length: u32): f64 {
  const isFraction = load<u16>(start) === ZERO_POINT
  start += u32(isFraction) << 1
  length -= u32(isFraction) << 1
  if (length > 22) return NaN
  const head = min(length, 16)
  const text = sixteenAt(start)
  const inside: u32 = (1 << head) - 1
  const points = bitmaskOfPoints(text) & inside
  const digits = bitmaskOfDigits(text) & inside
  if ((points | digits) !== inside || (points & (points - 1)) !== 0 || (isFraction && points !== 0)) return NaN
  const point: i32 = select(<i32>ctz(points), -1, points !== 0)
  const count = length - head
  const rest = (load<u64>(start, 16) ^ ZEROS) << 8 << (<u64>(56 - 8 * count))
  const number = digitsAround(text, head, point)
  if (hasOther(rest) || number >= load<u64>(limits + (<usize>count << 3))) return NaN
  const exponent = select(<i32>length - 1 - point, 0, isFraction || points !== 0)
  return dividedByPower(number * load<u64>(smallPowers + (<usize>count << 3)) + eightDigits(rest), exponent)
}

/** The number that the first `length` digits make without the one at `point`, which is none when negative. */
@inline
function digitsAround(text: v128, length: u32, point: i32): u64 {
  const places = rightAligned(length)
  // What is before the point moves up by one, over it.
  return sixteenDigits(i8x16.swizzle(text, i8x16.add(places, i8x16.le_s(places, i8x16.splat(<i8>point)))))
}
