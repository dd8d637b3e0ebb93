/** Dates and times in the usual forms of ISO 8601; any other is left to the caller, who can read them all. */
import { boundsOf, bytes, dropSpaces, hasOther, rowStride, skipSpaces, values } from './batch'
import { mayBeValues, standsForMissing } from './missing'

const DAY_MS: i64 = 86400000
/** What no offset from UTC can be. */
const NO_OFFSET: i64 = DAY_MS

/**
 * Reads a field of every row from `row` on as milliseconds since 1970-01-01 UTC, NaN when it is missing. Returns the
 * first row it cannot read, or `rowCount`. Reads `2024-05-01`, and after `T` or a space `12:30`, `12:30:15` or
 * `12:30:15.250`, then nothing, `Z` or `+02:00`.
 */
export function readDatetimes(field: u32, row: u32, rowCount: u32): u32 {
  let bound = boundsOf(field, row)
  for (; row < rowCount; row++, bound += rowStride()) {
    const untrimmed = bytes + load<u32>(bound, 4)
    const start = skipSpaces(bytes + load<u32>(bound), untrimmed)
    const length = <u32>(dropSpaces(start, untrimmed) - start)
    let value: f64 = NaN
    if (length > 0 && !(mayBeValues && standsForMissing(start, length))) {
      value = parseDatetime(start, length)
      if (isNaN(value) && !standsForMissing(start, length)) return row
    }
    store<f64>(values + ((<usize>row) << 3), value)
  }
  return rowCount
}

function parseDatetime(start: usize, length: u32): f64 {
  if (length < 10) return NaN
  // Taking away the bits of a text leaves digits, and 0 where a character is the one of the text.
  const yearMonth = load<u64>(start) ^ 0x2d30302d30303030 // 0000-00-
  const days = (<u64>load<u16>(start, 8)) ^ 0x3030 // 00
  if ((yearMonth & 0xff0000ff00000000) !== 0 || hasOther(yearMonth) || hasOther(days)) return NaN
  const year = twoDigits(yearMonth, 0) * 100 + twoDigits(yearMonth, 16)
  const month = twoDigits(yearMonth, 40)
  const day = twoDigits(days, 0)
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return NaN
  const date = <i64>dayNumber(year, month, day) * DAY_MS
  if (length === 10) return <f64>date
  const separator = load<u8>(start, 10)
  if (separator !== 0x54 && separator !== 0x20) return NaN
  let timeLength = length - 11
  let offset: i64 = 0
  if (load<u8>(start + length - 1) === 0x5a) timeLength--
  else if (timeLength > 12 || timeLength === 11) {
    timeLength -= 6
    offset = parseOffset(start + length - 6)
  }
  const time = parseTime(start + 11, timeLength)
  return time < 0 || offset === NO_OFFSET ? NaN : <f64>(date + time - offset)
}

/** Milliseconds since midnight, or -1. */
function parseTime(start: usize, length: u32): i64 {
  if (length !== 5 && length !== 8 && length !== 12) return -1
  let text = load<u64>(start)
  if (length === 5) text = (text & 0x000000ffffffffff) | 0x30303a0000000000 // :00
  const clock = text ^ 0x30303a30303a3030 // 00:00:00
  if ((clock & 0x0000ff0000ff0000) !== 0 || hasOther(clock)) return -1
  const hours = twoDigits(clock, 0)
  const minutes = twoDigits(clock, 24)
  const seconds = twoDigits(clock, 48)
  if (hours > 23 || minutes > 59 || seconds > 59) return -1
  const time = <i64>((hours * 60 + minutes) * 60 + seconds) * 1000
  if (length !== 12) return time
  const decimals = (<u64>load<u32>(start, 8)) ^ 0x3030302e // .000
  if ((decimals & 0xff) !== 0 || hasOther(decimals)) return -1
  return time + <i64>(twoDigits(decimals, 8) * 10) + <i64>(decimals >> 24)
}

/** The offset from UTC in milliseconds that `+02:00` says, or NO_OFFSET. */
function parseOffset(start: usize): i64 {
  const sign = load<u8>(start)
  const clock = ((load<u64>(start) >> 8) & 0x000000ffffffffff) ^ 0x30303a3030 // 00:00
  if ((sign !== 0x2b && sign !== 0x2d) || (clock & 0xff0000) !== 0 || hasOther(clock)) return NO_OFFSET
  const hours = twoDigits(clock, 0)
  const minutes = twoDigits(clock, 24)
  if (hours > 23 || minutes > 59) return NO_OFFSET
  const offset = <i64>(hours * 60 + minutes) * 60000
  return sign === 0x2d ? -offset : offset
}

/** The number that two digits make, the first in the byte from bit `shift` on. */
function twoDigits(digits: u64, shift: u64): i32 {
  return <i32>((digits >> shift) & 0xff) * 10 + <i32>((digits >> (shift + 8)) & 0xff)
}

function daysInMonth(year: i32, month: i32): i32 {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant's days_from_civil). */
function dayNumber(year: i32, month: i32, day: i32): i32 {
  // One era of 400 years later, so that all numbers are positive.
  const shifted = <u32>(month > 2 ? year + 400 : year + 399)
  const era = shifted / 400
  const yearOfEra = shifted - era * 400
  const dayOfYear = (153 * <u32>(month > 2 ? month - 3 : month + 9) + 2) / 5 + <u32>day - 1
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
  return <i32>(era * 146097 + dayOfEra) - 146097 - 719468
}
