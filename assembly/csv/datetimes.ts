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

/** The days of a year before each month, which is counted from 0, and after the last. */
const daysBefore = memory.data<u32>([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365])

/**
 * Reads a field of every row from `row` on as milliseconds since 1970-01-01 UTC, NaN when it is missing. Returns the
 * first row it cannot read, or `rowCount`. Reads `2024-05-01`, and after `T` or a space `12:30`, `12:30:15` or
 * `12:30:15.250`, then nothing, `Z` or `+02:00`.
 */
export function readDatetimes(field: u32, row: u32, rowCount: u32): u32 {
  const block = bytes
  const stride = rowStride()
  const isCareful = mayBeValues
  let bound = boundsOf(field, row)
  let target = values + (<usize>row << 3)
  for (; row < rowCount; row++, bound += stride, target += 8) {
    const start = block + load<u32>(bound)
    const length = load<u32>(bound, 4) - load<u32>(bound)
    let value: f64 = NaN
    if (length > 0) {
      value = parseDatetime(start, length)
      if (isNaN(value) || isCareful) {
        value = readCarefully(start, length)
        if (value === UNREADABLE) return row
      }
    }
    store<f64>(target, value)
  }
  return rowCount
}

/** A field that may be missing or have spaces around it. */
function readCarefully(start: usize, length: u32): f64 {
  const end = dropSpaces(start, start + length)
  start = skipSpaces(start, end)
  length = <u32>(end - start)
  if (length === 0 || (mayBeValues && standsForMissing(start, length))) return NaN
  const value = parseDatetime(start, length)
  if (!isNaN(value)) return value
  return standsForMissing(start, length) ? NaN : UNREADABLE
}

@inline
function parseDatetime(start: usize, length: u32): f64 {
  if (length < 16 && length !== 10) return NaN
  // Taking away the bits of a text leaves digits, and 0 where a character is the one of the text, 0000-00-00T00:00. Of a
  // date alone only those count.
  const text = v128.xor(v128.load(start), i8x16(48, 48, 48, 48, 45, 48, 48, 45, 48, 48, 84, 48, 48, 58, 48, 48))
  const inside = length === 10 ? v128.and(text, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0)) : text
  const wrong = i8x16.gt_u(inside, i8x16(9, 9, 9, 9, 0, 9, 9, 0, 9, 9, LETTER_T ^ SPACE, 9, 9, 0, 9, 9))
  // Centuries, years, months, days, hours and minutes; months and days from 0.
  const digits = i8x16.swizzle(inside, i8x16(0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, -1, -1, -1, -1))
  const numbers = i16x8.sub(pairsOf(digits), i16x8(0, 0, 1, 1, 0, 0, 0, 0))
  const large = i16x8.gt_u(numbers, i16x8(99, 99, 11, 30, 23, 59, 0, 0))
  if (v128.any_true(v128.or(wrong, large))) return NaN
  const day = dayNumber(
    i16x8.extract_lane_u(numbers, 0),
    i16x8.extract_lane_u(numbers, 1),
    i16x8.extract_lane_u(numbers, 2),
    i16x8.extract_lane_u(numbers, 3),
  )
  const separator = i8x16.extract_lane_u(inside, 10)
  const rest = length > 16 ? parseRest(start + 16, length - 16) : 0
  if (day === NONE || rest === NONE || (separator !== 0 && separator !== (LETTER_T ^ SPACE))) return NaN
  const hours = <i64>day * 24 + <i64>i16x8.extract_lane_u(numbers, 4)
  return <f64>((hours * 60 + <i64>i16x8.extract_lane_u(numbers, 5)) * 60000 + <i64>rest)
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar, or NONE. The year is the one of the century. */
@inline
function dayNumber(century: u32, year: u32, month: u32, day: u32): i32 {
  const isLeap = u32((year & 3) === 0) & (u32(year !== 0) | u32((century & 3) === 0))
  const before = load<u32>(daysBefore + (month << 2))
  const days = load<u32>(daysBefore + (month << 2), 4) - before + (isLeap & u32(month === 1))
  const wholeYear = century * 100 + year
  // How many of the years before were the first of a century, and how many were leap years.
  const firsts = century + u32(year !== 0)
  const leaps = ((wholeYear + 3) >> 2) - firsts + ((firsts + 3) >> 2)
  const number = wholeYear * 365 + leaps + before + (isLeap & u32(month > 1)) + day - 719528
  return day < days ? number : NONE
}

/** The milliseconds that what follows the minutes adds, or NONE. */
@inline
function parseRest(at: usize, length: u32): i32 {
  let time: i32 = 0
  if (load<u8>(at) === COLON) {
    const seconds = twoDigits(at + 1)
    if (length < 3 || seconds > 59) return NONE
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
