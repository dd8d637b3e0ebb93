/** Dates and times in the usual forms of ISO 8601; any other is left to the caller, who can read them all. */
import { boundsOf, bytes, dropSpaces, rowStride, skipSpaces, values } from './batch'
import { pairsOf } from './digits'
import { mayBeValues, standsForMissing } from './missing'

/** Stands for a field that cannot be read here. */
const UNREADABLE: f64 = Infinity
/** No time of day, no offset and no day number. */
const NONE: i32 = 1 << 30
const SPACE: u8 = 0x20
const PLUS: u8 = 0x2b
const MINUS: u8 = 0x2d
const POINT: u8 = 0x2e
const COLON: u8 = 0x3a
const LETTER_T: u8 = 0x54
const LETTER_Z: u8 = 0x5a

/** For each month, counted from 0, of a common year and then of a leap year: how many days it has, and come before it. */
const months = memory.data<u16>([
  31, 0, 28, 31, 31, 59, 30, 90, 31, 120, 30, 151, 31, 181, 31, 212, 30, 243, 31, 273, 30, 304, 31, 334,
  31, 0, 29, 31, 31, 60, 30, 91, 31, 121, 30, 152, 31, 182, 31, 213, 30, 244, 31, 274, 30, 305, 31, 335,
])

/** The text whose bits are taken away, which leaves digits, and 0 where a character is the one of the text. */
const pattern = memory.data<u8>([48, 48, 48, 48, 45, 48, 48, 45, 48, 48, LETTER_T, 48, 48, COLON, 48, 48], 16)
/** The largest bytes that may be left then. */
const largest = memory.data<u8>([9, 9, 9, 9, 0, 9, 9, 0, 9, 9, LETTER_T ^ SPACE, 9, 9, 0, 9, 9], 16)
/** Of a date alone only these bytes count. */
const dateAlone = memory.data<u8>([255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0], 16)
/** Where the digits are. */
const places = memory.data<u8>([0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 255, 255, 255, 255], 16)
// Of centuries, years, months, days, hours and minutes: what the first one is, the largest one less that, and what they are
// multiplied by so that pairs make years, 128 months and the days, and minutes.
const firsts = memory.data<u16>([0, 0, 1, 1, 0, 0, 0, 0], 16)
const ranges = memory.data<u16>([99, 99, 11, 30, 23, 59, 0, 0], 16)
const factors = memory.data<u16>([100, 1, 128, 1, 60, 1, 0, 0], 16)

/**
 * Reads a field of every row from `row` on as milliseconds since 1970-01-01 UTC, NaN when it is missing. Returns the
 * first row it cannot read, or `rowCount`. Reads `2024-05-01`, and after `T` or a space `12:30`, `12:30:15` or
 * `12:30:15.250`, then nothing, `Z` or `+02:00`.
 */
export function readDatetimes(field: u32, row: u32, rowCount: u32): u32 {
  while (true) {
    if (!mayBeValues) row = readPlain(field, row, rowCount)
    if (row >= rowCount) return rowCount
    const bound = boundsOf(field, row)
    const value = readCarefully(bytes + load<u32>(bound), bytes + load<u32>(bound, 4))
    if (value === UNREADABLE) return row
    store<f64>(values + (<usize>row << 3), value)
    row++
  }
}

/** The same without missing words and spaces. It calls nothing: across calls, no value stays in a register. */
function readPlain(field: u32, row: u32, rowCount: u32): u32 {
  const block = bytes
  const stride = rowStride()
  let bound = boundsOf(field, row)
  let target = values + (<usize>row << 3)
  for (; row < rowCount; row++, bound += stride, target += 8) {
    const start = block + load<u32>(bound)
    const length = load<u32>(bound, 4) - load<u32>(bound)
    if (length === 0) store<f64>(target, NaN)
    else {
      const value = parseDatetime(start, length)
      if (isNaN(value)) return row
      store<f64>(target, value)
    }
  }
  return rowCount
}

/** A field that may be missing or have spaces around it. */
function readCarefully(start: usize, untrimmed: usize): f64 {
  start = skipSpaces(start, untrimmed)
  const length = <u32>(dropSpaces(start, untrimmed) - start)
  if (length === 0 || (mayBeValues && standsForMissing(start, length))) return NaN
  const value = parseDatetime(start, length)
  if (!isNaN(value)) return value
  return standsForMissing(start, length) ? NaN : UNREADABLE
}

@inline
function parseDatetime(start: usize, length: u32): f64 {
  if (length < 16 && length !== 10) return NaN
  let text = v128.xor(v128.load(start), v128.load(pattern))
  if (length === 10) text = v128.and(text, v128.load(dateAlone))
  const numbers = i16x8.sub(pairsOf(i8x16.swizzle(text, v128.load(places))), v128.load(firsts))
  const excess = v128.or(i8x16.sub_sat_u(text, v128.load(largest)), i16x8.sub_sat_u(numbers, v128.load(ranges)))
  if (v128.any_true(excess)) return NaN
  const sums = i32x4.dot_i16x8_s(numbers, v128.load(factors))
  const date = i64x2.extract_lane(sums, 0)
  const day = dayNumber(<u32>date, <u32>(date >> 39), <u32>(date >> 32) & 127)
  const separator = i8x16.extract_lane_u(text, 10)
  const rest = length > 16 ? parseRest(start + 16, length - 16) : 0
  if (day === NONE || rest === NONE || (separator !== 0 && separator !== (LETTER_T ^ SPACE))) return NaN
  return <f64>((<i64>day * 1440 + <i64>i32x4.extract_lane(sums, 2)) * 60000 + <i64>rest)
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar, or NONE; month and day from 0. */
@inline
function dayNumber(year: u32, month: u32, day: u32): i32 {
  // How many of the years before were the first of a century, and how many were leap years.
  const firsts = (year + 99) / 100
  const leaps = ((year + 3) >> 2) - firsts + ((firsts + 3) >> 2)
  const isLeap = u32((year & 3) === 0) & (u32(firsts * 100 !== year) | u32((firsts & 3) === 0))
  const entry = load<u32>(months + ((month + 12 * isLeap) << 2))
  return day < (entry & 0xffff) ? year * 365 + leaps + (entry >> 16) + day - 719528 : NONE
}

/** The milliseconds that what follows the minutes adds, or NONE. */
@inline
function parseRest(at: usize, length: u32): i32 {
  let time: i32 = 0
  if (load<u8>(at) === COLON) {
    const digits = <u32>load<u16>(at, 1) ^ 0x3030
    const seconds = ((digits * 2561) >> 8) & 0xff
    if (length < 3 || (((digits + 0x7676) | digits) & 0x8080) !== 0 || seconds > 59) return NONE
    time = seconds * 1000
    if (length === 3) return time
    at += 3
    length -= 3
    if (length > 3 && load<u8>(at) === POINT) {
      const tens = twoDigits(at + 1)
      const ones = <u32>load<u8>(at, 3) - 0x30
      if (tens > 99 || ones > 9) return NONE
      time += tens * 10 + ones
      at += 4
      length -= 4
    }
  }
  if (length === 0 || (length === 1 && load<u8>(at) === LETTER_Z)) return time
  const offset = length === 6 ? offsetAt(at) : NONE
  return offset === NONE ? NONE : time - offset
}

/** The offset from UTC in milliseconds that `+02:00` says, or NONE. */
@inline
function offsetAt(at: usize): i32 {
  const sign = load<u8>(at)
  const hours = twoDigits(at + 1)
  const minutes = twoDigits(at + 4)
  if ((sign !== PLUS && sign !== MINUS) || hours > 23 || load<u8>(at, 3) !== COLON || minutes > 59) return NONE
  const offset = (hours * 60 + minutes) * 60000
  return sign === MINUS ? -offset : offset
}

/** The number that two digits make, or one above 99. */
@inline
function twoDigits(at: usize): i32 {
  const tens = <u32>load<u8>(at) - 0x30
  const ones = <u32>load<u8>(at, 1) - 0x30
  return tens > 9 || ones > 9 ? 100 : tens * 10 + ones
}
