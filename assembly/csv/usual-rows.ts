/**
 * Finding the fields of rows as they usually are: right, and with a line feed at their end. Of 64 bytes at a time bits are
 * made, and of the bits the bounds of fields; whether the fields are rows is seen at the end.
 */
import { bounds, bytes, rowStride } from './batch'
import { mustUnescape, QUOTE } from './quotes'

const LINE_FEED: u8 = 0x0a
/** Line feed, carriage return and quote. In memory, since the compiler would make a constant anew for each use. */
const marks = memory.data<u8>([LINE_FEED, 0x0d, QUOTE])

/** Where the rows end that were found last. */
export let usualEnd: usize = 0

let breakCount: u32 = 0

// What 64 bytes in which there are quotes leave to the next ones.
/** All bits while inside quotes. */
let inside: u64 = 0
/** 1 when the last byte has closed quotes. */
let hasClosed: u64 = 0
/** Whether the field that is not over yet holds quotes. */
let isDoubled: bool = false
/** Those of the 64 bytes that are not in quotes. */
let outside: u64 = 0

/**
 * Finds rows from `start` on, up to one that is unusual or goes on in the last 64 bytes before `limit`. Returns how many;
 * there may be some only when rows have more than one field.
 */
export function splitUsual(start: usize, limit: usize, separator: u8): u32 {
  const fieldsEnd = findFields(start, limit, separator)
  const stride = rowStride()
  usualEnd = start
  // There are as many rows as line feeds if each row has one where it ends.
  let last = bounds + stride - 4
  for (let row: u32 = 0; row < breakCount; row++, last += stride) {
    if (last > fieldsEnd) return 0
    usualEnd = bytes + load<u32>(last)
    if (load<u8>(usualEnd) === QUOTE) usualEnd++
    if (load<u8>(usualEnd++) !== LINE_FEED) return 0
  }
  return breakCount
}

/** Writes the bounds of fields; returns where those of the first one are that is not over. */
function findFields(start: usize, limit: usize, separator: u8): usize {
  const separators = i8x16.splat(separator)
  const feeds = i8x16.splat(load<u8>(marks))
  const returns = i8x16.splat(load<u8>(marks, 1))
  const quotes = i8x16.splat(load<u8>(marks, 2))
  const block = bytes
  let bound = bounds
  let count: u32 = 0
  let isQuoted = false
  inside = 0
  hasClosed = 0
  isDoubled = false
  store<u32>(bound, <u32>(start - block))
  for (let at = start; at + 64 <= limit; at += 64) {
    const a = v128.load(at)
    const b = v128.load(at, 16)
    const c = v128.load(at, 32)
    const d = v128.load(at, 48)
    const returned = anyEqual(a, b, c, d, returns)
    const breaks = bitsOf(a, b, c, d, feeds)
    const stops = breaks | bitsOf(a, b, c, d, separators)
    if (isQuoted || v128.any_true(v128.or(returned, anyEqual(a, b, c, d, quotes)))) {
      const next = v128.any_true(returned) ? 0 : endQuotedFields(bound, at, stops, bitsOf(a, b, c, d, quotes))
      if (next === 0) break
      bound = next
      count += <u32>popcnt(breaks & outside)
      isQuoted = (inside | hasClosed) !== 0
    } else {
      endFields(bound, <u32>(at - block), stops)
      bound += <usize>popcnt(stops) << 3
      count += <u32>popcnt(breaks)
    }
  }
  breakCount = count
  return bound
}

/** Ends a field at each stop and begins the next one behind it. */
@inline
function endFields(bound: usize, base: u32, stops: u64): void {
  // Four at a time, needed or not, since how many there are cannot be foreseen.
  do {
    stops = endField(bound, base, stops)
    stops = endField(bound + 8, base, stops)
    stops = endField(bound + 16, base, stops)
    stops = endField(bound + 24, base, stops)
    bound += 32
  } while (stops !== 0)
}

/** Ends a field at the first stop and begins the next one; returns the other stops. */
@inline
function endField(bound: usize, base: u32, stops: u64): u64 {
  const stop = base + <u32>ctz(stops)
  store<u32>(bound, stop, 4)
  store<u32>(bound, stop + 1, 8)
  return stops & (stops - 1)
}

/**
 * The same for 64 bytes with quotes; where these are not as they should be it does nothing. Returns where the bounds of the
 * next field are, or 0. Quotes that close and open again are a quote in the field.
 */
function endQuotedFields(bound: usize, at: usize, allStops: u64, quotes: u64): usize {
  const within = fromEachToNext(quotes) ^ inside
  const stops = allStops & ~within
  const opening = quotes & within
  const closing = quotes & ~within
  const afterClosing = (closing << 1) | hasClosed
  const base = <u32>(at - bytes)
  const afterStop = (stops << 1) | u64(load<u32>(bound) === base)
  if ((opening & ~(afterStop | afterClosing)) !== 0 || (afterClosing & ~(stops | opening)) !== 0) return 0
  const begins = opening & afterStop
  store<u32>(bound, load<u32>(bound) + <u32>(begins & 1))
  let doubled = opening & afterClosing
  for (let ahead = stops; ahead !== 0; ahead &= ahead - 1, bound += 8) {
    const bit = ctz(ahead)
    const before = (<u64>1 << bit) - 1
    if (isDoubled || (doubled & before) !== 0) mustUnescape(bound)
    isDoubled = false
    doubled &= ~before
    store<u32>(bound, base + <u32>bit - <u32>((afterClosing >> bit) & 1), 4)
    store<u32>(bound, base + <u32>bit + 1 + <u32>((begins >> bit >> 1) & 1), 8)
  }
  if (doubled !== 0) isDoubled = true
  inside = <u64>(<i64>within >> 63)
  hasClosed = closing >> 63
  outside = ~within
  return bound
}

/** Sets, from each bit that is set, the bits up to the next one that is, which ends what the first began. */
@inline
function fromEachToNext(bits: u64): u64 {
  for (let shift: u64 = 1; shift < 64; shift *= 2) bits ^= bits << shift
  return bits
}

/** Whether some of 64 bytes are those of `wanted`: then a bit of it is set. */
@inline
function anyEqual(a: v128, b: v128, c: v128, d: v128, wanted: v128): v128 {
  const first = v128.or(i8x16.eq(a, wanted), i8x16.eq(b, wanted))
  return v128.or(first, v128.or(i8x16.eq(c, wanted), i8x16.eq(d, wanted)))
}

/** A bit for each of 64 bytes that is one of `wanted`. */
@inline
function bitsOf(a: v128, b: v128, c: v128, d: v128, wanted: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(i8x16.eq(a, wanted))) |
    (<u64>(<u32>i8x16.bitmask(i8x16.eq(b, wanted))) << 16) |
    (<u64>(<u32>i8x16.bitmask(i8x16.eq(c, wanted))) << 32) |
    (<u64>(<u32>i8x16.bitmask(i8x16.eq(d, wanted))) << 48)
  )
}
