/** Finding rows and fields (RFC 4180). */
import { bounds, bytes, fieldCount, rowStride } from './batch'
import { beginQuotes, closingQuote, forgetFrom, QUOTE, unescapeAll } from './quotes'
import { splitUsual, usualEnd } from './usual-rows'

const LINE_FEED: u8 = 0x0a
const CARRIAGE_RETURN: u8 = 0x0d

// Why the row after the last complete one is no row.
const NO_PROBLEM = 0
const RAGGED = 1
const RAGGED_AT_END = 2
const UNTERMINATED_QUOTE = 3
const TEXT_AFTER_QUOTE = 4

/** Where the complete rows end. */
export let consumed: u32 = 0
export let problem: u32 = NO_PROBLEM
/** How many fields a ragged row has, or the number of the field with the problem. */
export let problemField: u32 = 0

let delimiter: u8 = 0
/** The 64 bytes that are looked at, and a bit for each that is a delimiter or line break and still to come. */
let window: usize = 0
let stops: u64 = 0

/**
 * Splits bytes [from, length) of the block into at most `maxRows` rows that begin before `limit`; returns how many there
 * are. Blank lines are passed over. The byte at `length` is overwritten, and so are quoted fields that hold quotes.
 */
export function split(from: u32, length: u32, last: bool, separator: u8, maxRows: u32, limit: u32): u32 {
  delimiter = separator
  problem = NO_PROBLEM
  beginQuotes()
  const end = bytes + length
  // The scan needs no test for the end of the bytes: it stops at this line break.
  store<u8>(end, LINE_FEED)
  const isUsual = maxRows >= length && fieldCount > 1
  let rows = isUsual ? splitUsual(bytes + from, bytes + min(limit, length), separator) : 0
  let position = rows > 0 ? usualEnd : bytes + from
  let bound = bounds + <usize>rows * rowStride()
  forgetFrom(bound)
  window = position
  stops = stopsIn(window, i8x16.splat(delimiter))
  while (true) {
    for (; position < end && isLineBreak(load<u8>(position)); position++) skipTo(position + 1)
    if (position >= end || position >= bytes + limit || rows >= maxRows) break
    const next = splitRow(position, end, last, bound)
    if (next === 0) {
      forgetFrom(bound)
      break
    }
    position = next
    bound += rowStride()
    rows++
  }
  consumed = <u32>(position - bytes)
  unescapeAll()
  return rows
}

/** Where the row after the one at `start` begins, or 0 when this one is not complete or not right. */
function splitRow(start: usize, end: usize, last: bool, bound: usize): usize {
  const separator = delimiter
  const separators = i8x16.splat(separator)
  const count = fieldCount
  const block = bytes
  // Kept apart, these two stay in registers.
  let ahead = stops
  let at = window
  let position = start
  let field: u32 = 0
  while (true) {
    field++
    let from = position
    let until: usize = 0
    if (load<u8>(position) === QUOTE) {
      from++
      until = closingQuote(from, end, bound)
      if (until >= end) return last ? stop(UNTERMINATED_QUOTE, field - 1) : 0
      if (!isStop(load<u8>(until, 1))) return stop(TEXT_AFTER_QUOTE, field - 1)
      const beyond = until + 1 - at
      if (beyond >= 64) {
        at += beyond & ~63
        ahead = stopsIn(at, separators)
      }
      ahead &= fromBit(beyond)
    }
    while (ahead === 0) {
      at += 64
      ahead = stopsIn(at, separators)
    }
    position = at + <usize>ctz(ahead)
    ahead &= ahead - 1
    if (until === 0) until = position
    store<u64>(bound, <u64>(from - block) | ((<u64>(until - block)) << 32))
    bound += 8
    if (load<u8>(position) === separator) position++
    else if (position >= end && !last) return 0
    else if (field !== count) return stop(position < end ? RAGGED : RAGGED_AT_END, field)
    else {
      stops = ahead
      window = at
      return position + 1
    }
  }
}

function stop(reason: u32, field: u32): usize {
  problem = reason
  problemField = field
  return 0
}

/** Makes the next stop the first one at or after `position`. */
function skipTo(position: usize): void {
  if (position - window >= 64) {
    window += (position - window) & ~63
    stops = stopsIn(window, i8x16.splat(delimiter))
  }
  stops &= fromBit(position - window)
}

/** The bits from `bit` on, which is taken modulo 64. */
function fromBit(bit: usize): u64 {
  return (~0 as u64) << (<u64>bit)
}

/** A bit for each of 64 bytes that is a delimiter or a line break. */
function stopsIn(start: usize, separators: v128): u64 {
  return (
    stopsOf(start, separators) |
    (stopsOf(start + 16, separators) << 16) |
    (stopsOf(start + 32, separators) << 32) |
    (stopsOf(start + 48, separators) << 48)
  )
}

function stopsOf(start: usize, separators: v128): u64 {
  const text = v128.load(start)
  const breaks = v128.or(i8x16.eq(text, i8x16.splat(LINE_FEED)), i8x16.eq(text, i8x16.splat(CARRIAGE_RETURN)))
  return <u64>i8x16.bitmask(v128.or(breaks, i8x16.eq(text, separators)))
}

function isLineBreak(byte: u8): bool {
  return byte === LINE_FEED || byte === CARRIAGE_RETURN
}

function isStop(byte: u8): bool {
  return byte === delimiter || isLineBreak(byte)
}
