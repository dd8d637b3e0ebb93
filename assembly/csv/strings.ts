/** Text, by the numbers it has in a dictionary. */
import { bounds, boundsOf, bytes, rowStride, values } from './batch'
import { append, Dictionary, hashOf, makeRoom, numberOf, visitSlots } from './dictionary'
import { missing } from './missing'

const QUOTE: u8 = 0x22
/** Bytes that may be read and written, but mean nothing, behind what is kept. */
const PADDING: u32 = 32

/** Gives the 32-bit hash of a field of every row. */
export function hashStrings(field: u32, rowCount: u32): void {
  let bound = boundsOf(field, 0)
  for (let row: u32 = 0; row < rowCount; row++, bound += rowStride()) {
    const start = load<u32>(bound)
    store<u32>(values + ((<usize>row) << 2), hashOf(bytes + start, load<u32>(bound, 4) - start))
  }
}

/**
 * Keeps a field of every row as it stands, with the byte before it, which tells whether it is in quotes. Returns where:
 * first the 32-bit offset from there at which each one ends, and then the bytes.
 */
export function keepStrings(field: u32, rowCount: u32): usize {
  const size = rowCount << 2
  let bound = boundsOf(field, 0)
  let total = size + PADDING
  for (let row: u32 = 0; row < rowCount; row++, bound += rowStride()) {
    total += 1 + load<u32>(bound, 4) - load<u32>(bound)
  }
  const kept = heap.alloc(total)
  let target = size
  bound = boundsOf(field, 0)
  for (let row: u32 = 0; row < rowCount; row++, bound += rowStride()) {
    const start = load<u32>(bound)
    const length = load<u32>(bound, 4) - start
    store<u8>(kept + target++, start > 0 ? load<u8>(bytes + start - 1) : 0)
    for (let i: u32 = 0; i < length; i += 16) v128.store(kept + target + i, v128.load(bytes + start + i))
    target += length
    store<u32>(kept + (<usize>row << 2), target)
  }
  return kept
}

/** Finds the bounds of strings that were kept where the block is now. */
export function findKept(rowCount: u32): void {
  let end = rowCount << 2
  for (let row: u32 = 0; row < rowCount; row++) {
    store<u32>(bounds + (<usize>row << 3), end + 1)
    end = load<u32>(bytes + (<usize>row << 2))
    store<u32>(bounds + (<usize>row << 3), end, 4)
  }
}

/**
 * Puts in the place of the hashes of a field the numbers, adding those that are new. An empty field and one that stands
 * for a missing value has the number -1, unless it is in quotes.
 */
export function numberStrings(dictionary: Dictionary, field: u32, rowCount: u32): void {
  makeRoom(dictionary, rowCount)
  visitSlots(dictionary, values, rowCount)
  const stride = rowStride()
  let bound = boundsOf(field, 0)
  for (let row: u32 = 0; row < rowCount; row++, bound += stride) {
    const start = bytes + load<u32>(bound)
    const length = load<u32>(bound, 4) - load<u32>(bound)
    const hash = load<u32>(values + ((<usize>row) << 2))
    let number = numberOf(dictionary, hash, start, length)
    if (number < 0 || dictionary.hasBlanks) number = numberCarefully(dictionary, hash, start, length, number)
    store<i32>(values + ((<usize>row) << 2), number)
  }
}

/** The number of a text that is new, so that `known` is negative, or may stand for a missing value. */
function numberCarefully(dictionary: Dictionary, hash: u32, start: usize, length: u32, known: i32): i32 {
  const isBlank = length === 0 || (length <= missing.longest && numberOf(missing, hash, start, length) >= 0)
  if (isBlank && (start === bytes || load<u8>(start - 1) !== QUOTE)) return -1
  if (known >= 0) return known
  if (isBlank) dictionary.hasBlanks = true
  return append(dictionary, hash, start, length)
}
