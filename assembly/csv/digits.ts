/** Decimal digits, many at a time: a digit is a byte from 0 to 9, the character with the bits of "0" taken away. */

/** The character "0" eight times. */
export const ZEROS: u64 = 0x3030303030303030

// Vectors are read from memory: of a constant the compiler would put them together anew for each use.
const zeroText = memory.data<u8>([48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48], 16)
const nines = memory.data<u8>([9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9], 16)
const points = memory.data<u8>([30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30], 16)
const pairFactor = memory.data<u16>([2561, 2561, 2561, 2561, 2561, 2561, 2561, 2561], 16)
const hundreds = memory.data<u16>([100, 1, 100, 1, 100, 1, 100, 1], 16)
const tenThousands = memory.data<u16>([10000, 1, 10000, 1, 10000, 1, 10000, 1], 16)
/** Sixteen times 255, and then the places 0 to 15. */
const places = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
])

/** Up to eight characters without the bits of "0", behind as many zeros as it takes to make eight of them. */
@inline
export function rightAlignedAt(start: usize, length: u32): u64 {
  return (load<u64>(start) ^ ZEROS) << <u64>(-(length << 3))
}

/** Whether a byte is no digit. */
export function hasOther(digits: u64): bool {
  return (((digits + 0x7676767676767676) | digits) & 0x8080808080808080) !== 0
}

/** The highest bit of each byte that is a point, and perhaps of others that are no digits, behind the first point. */
@inline
export function bitOfPoint(digits: u64): u64 {
  const others = digits ^ 0x1e1e1e1e1e1e1e1e
  return (others - 0x0101010101010101) & ~others & 0x8080808080808080
}

/** What is before the point moved up by one byte, over it. With more than one point a byte that is no digit is left. */
@inline
export function withoutPoint(digits: u64, point: u64): u64 {
  const unit = point >> 7
  const before = (digits & (unit - 1)) << 8
  const after = digits & -(unit << 8)
  return select(digits, before | after, point === 0)
}

/** Sixteen characters without the bits of "0". */
@inline
export function sixteenAt(start: usize): v128 {
  return v128.xor(v128.load(start), v128.load(zeroText))
}

/** A bit for each byte that is a point. */
@inline
export function bitmaskOfPoints(text: v128): u32 {
  return i8x16.bitmask(i8x16.eq(text, v128.load(points)))
}

/** A bit for each byte that is a digit. */
@inline
export function bitmaskOfDigits(digits: v128): u32 {
  return i8x16.bitmask(i8x16.le_u(digits, v128.load(nines)))
}

/** The number that eight digits make, the first in the lowest byte: in three steps pairs, fours and eights. */
@inline
export function eightDigits(digits: u64): u64 {
  const pairs = digits * 10 + (digits >> 8)
  const low = (pairs & 0x000000ff000000ff) * 0x000f424000000064
  const high = ((pairs >> 16) & 0x000000ff000000ff) * 0x0000271000000001
  return (low + high) >> 32
}

/** The number that each pair of bytes makes, as 16 bits: of tens + 256 ones, 2561 times, the upper byte. */
@inline
export function pairsOf(digits: v128): v128 {
  return i16x8.shr_u(i16x8.mul(digits, v128.load(pairFactor)), 8)
}

/** The number that sixteen digits make. */
@inline
export function sixteenDigits(digits: v128): u64 {
  const fours = i32x4.dot_i16x8_s(pairsOf(digits), v128.load(hundreds))
  const ordered = i16x8.narrow_i32x4_s(fours, fours)
  const eights = i64x2.extract_lane(i32x4.dot_i16x8_s(ordered, v128.load(tenThousands)), 0)
  return (<u64>eights & 0xffffffff) * 100000000 + (<u64>eights >> 32)
}

/** Places that move the first `length` of 16 bytes to the end; what comes before them is outside, which gives 0. */
@inline
export function rightAligned(length: u32): v128 {
  return v128.load(places + length)
}
