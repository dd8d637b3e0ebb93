/** Reading dates and times in ISO 8601 from bytes. */

const dayMs = 86_400_000
const zero = 0x30

/**
 * Milliseconds since 1970-01-01 UTC for the date in bytes [start, end), or NaN when it is none.
 *
 * Takes `2024-05-01`, and after `T` or a space `12:30`, `12:30:15`, `12:30:15.250` with any number of decimals (those
 * beyond milliseconds are dropped), then nothing, `Z`, `+02:00`, `+0200` or `+02`. No offset means UTC. Days and times
 * that do not exist, such as 30 February, give NaN.
 */
export function parseDatetime(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 10 || bytes[start + 4] !== 0x2d || bytes[start + 7] !== 0x2d) return NaN
  const year = twoDigits(bytes, start) * 100 + twoDigits(bytes, start + 2)
  const day = dayNumber(year, twoDigits(bytes, start + 5), twoDigits(bytes, start + 8))
  if (end - start === 10) return day * dayMs
  const separator = bytes[start + 10]
  if (separator !== 0x54 && separator !== 0x20) return NaN
  return day * dayMs + parseTime(bytes, start + 11, end)
}

/** The same for text: 10 to 40 characters of ISO 8601, otherwise NaN. */
export function parseDatetimeText(text: string): number {
  return text.length < 10 || text.length > 40 ? NaN : parseDatetime(Buffer.from(text), 0, Buffer.byteLength(text))
}

function parseTime(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 5 || bytes[start + 2] !== 0x3a) return NaN
  let seconds = 0
  let milliseconds = 0
  let position = start + 5
  if (bytes[position] === 0x3a && position + 3 <= end) {
    seconds = twoDigits(bytes, position + 1)
    position += 3
    if (bytes[position] === 0x2e && position + 1 < end) {
      let scale = 100
      for (position++; position < end && isDigit(bytes[position]!); position++) {
        milliseconds += scale >= 1 ? (bytes[position]! - zero) * scale : 0
        scale /= 10
      }
    }
  }
  const hours = twoDigits(bytes, start)
  const minutes = twoDigits(bytes, start + 3)
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) return NaN
  const time = ((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds
  return time - parseOffset(bytes, position, end)
}

/** The offset from UTC in milliseconds. */
function parseOffset(bytes: Uint8Array, start: number, end: number): number {
  if (start === end || (bytes[start] === 0x5a && start + 1 === end)) return 0
  const sign = bytes[start] === 0x2b ? 1 : bytes[start] === 0x2d ? -1 : NaN
  const minutesAt = bytes[start + 3] === 0x3a ? start + 4 : start + 3
  const complete = end === start + 3 || end === minutesAt + 2
  const minutes = end === start + 3 ? 0 : twoDigits(bytes, minutesAt)
  const hours = twoDigits(bytes, start + 1)
  return complete && hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60
    ? sign * (hours * 60 + minutes) * 60_000
    : NaN
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant's days_from_civil), NaN for no such day. */
function dayNumber(year: number, month: number, day: number): number {
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return NaN
  const shifted = month > 2 ? year : year - 1
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

function daysInMonth(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}

/** The number in two bytes; so far below zero that no range admits it when they are not digits. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - zero
  const units = bytes[at + 1]! - zero
  return tens >= 0 && tens <= 9 && units >= 0 && units <= 9 ? tens * 10 + units : -10_000
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= 0x39
}
