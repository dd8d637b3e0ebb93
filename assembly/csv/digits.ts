/** Decimal digits, many at a time: a digit is a byte from 0 to 9, the character with the bits of "0" taken away. */

/** The character "0" eight times. */
export const ZEROS: u64 = 0x3030303030303030

/** Whether a byte is no digit. */
export function hasOther(digits: u64): bool {
  return (((digits + 0x7676767676767676) | digits) & 0x8080808080808080) !== 0
}

/** A bit for each byte that is a digit. */
@inline
export function bitmaskOfDigits(digits: v128): u32 {
  return i8x16.bitmask(i8x16.le_u(digits, i8x16.splat(9)))
}

/** The number that eight digits make, the first in the lowest byte: in three steps pairs, fours and eights. */
@inline
export function eightDigits(digits: u64): u64 {
  const pairs = digits * 10 + (digits >> 8)
  const low = (pairs & 0x000000ff000000ff) * 0x000f424000000064
  const high = ((pairs >> 16) & 0x000000ff000000ff) * 0x0000271000000001
  return (low + high) >> 32
}

/** The number that each pair of bytes makes, as 16 bits. */
@inline
export function pairsOf(digits: v128): v128 {
  const tens = i16x8.mul(v128.and(digits, i16x8.splat(0xff)), i16x8.splat(10))
  return i16x8.add(tens, i16x8.shr_u(digits, 8))
}

/** The number that sixteen digits make. */
@inline
export function sixteenDigits(digits: v128): u64 {
  const fours = i32x4.dot_i16x8_s(pairsOf(digits), i16x8(100, 1, 100, 1, 100, 1, 100, 1))
  const ordered = i16x8.narrow_i32x4_s(fours, fours)
  const eights = i64x2.extract_lane(i32x4.dot_i16x8_s(ordered, i16x8(10000, 1, 10000, 1, 10000, 1, 10000, 1)), 0)
  return (<u64>eights & 0xffffffff) * 100000000 + (<u64>eights >> 32)
}

/** Places that move the first `length` of 16 bytes to the end; what comes before them is outside, which gives 0. */
@inline
export function rightAligned(length: u32): v128 {
  return i8x16.sub(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.splat(<i8>(16 - length)))
}
