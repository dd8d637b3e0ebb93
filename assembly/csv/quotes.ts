/** Fields in quotes: where they end, and which of them hold quotes, which are written twice. */
import { bytes, values } from './batch'

export const QUOTE: u8 = 0x22

/** Where the list of bounds that are to be unescaped ends. It lies where the values will be. */
let escapedEnd: usize = 0

/** Begins with no field that is to be unescaped. */
export function beginQuotes(): void {
  escapedEnd = values
}

/** Where the quote is that ends the field which starts at `position`, or `end`. */
export function closingQuote(position: usize, end: usize, bound: usize): usize {
  let isDoubled = false
  let at = nextQuote(position, end)
  while (at + 1 < end && load<u8>(at, 1) === QUOTE) {
    isDoubled = true
    at = nextQuote(at + 2, end)
  }
  if (isDoubled) mustUnescape(bound)
  return at
}

/** Puts a field on the list of those that hold quotes. */
export function mustUnescape(bound: usize): void {
  store<u32>(escapedEnd, <u32>bound)
  escapedEnd += 4
}

function nextQuote(position: usize, end: usize): usize {
  for (; position < end; position += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(position), i8x16.splat(QUOTE)))
    if (found !== 0) return min(position + ctz(found), end)
  }
  return end
}

/** Forgets the fields from this bound on, whose row is no row. */
export function forgetFrom(bound: usize): void {
  while (escapedEnd > values && load<u32>(escapedEnd - 4) >= <u32>bound) escapedEnd -= 4
}

/** Makes one quote of two in all fields. */
export function unescapeAll(): void {
  for (let at = values; at < escapedEnd; at += 4) unescape(load<u32>(at))
}

function unescape(bound: usize): void {
  const end = bytes + load<u32>(bound, 4)
  let target = nextQuote(bytes + load<u32>(bound), end)
  for (let source = target; source < end; source++) {
    const byte = load<u8>(source)
    store<u8>(target++, byte)
    if (byte === QUOTE) source++
  }
  store<u32>(bound, <u32>(target - bytes), 4)
}
