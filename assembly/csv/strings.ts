/** Text, by the numbers it has in a dictionary. */
import { boundsOf, bytes, rowStride, values } from './batch'
import { append, Dictionary, hashOf, makeRoom, numberOf, visitSlots } from './dictionary'
import { missing } from './missing'

const QUOTE: u8 = 0x22

/** Gives the 32-bit hash of a field of every row. */
export function hashStrings(field: u32, rowCount: u32): void {
  let bound = boundsOf(field, 0)
  for (let row: u32 = 0; row < rowCount; row++, bound += rowStride()) {
    const start = load<u32>(bound)
    store<u32>(values + ((<usize>row) << 2), hashOf(bytes + start, load<u32>(bound, 4) - start))
  }
}

/**
 * Puts in the place of the hashes of a field the numbers, adding those that are new. An empty field and one that stands
 * for a missing value has the number -1, unless it is in quotes.
 */
export function numberStrings(dictionary: Dictionary, field: u32, rowCount: u32): void {
  makeRoom(dictionary, rowCount)
  visitSlots(dictionary, values, rowCount)
  const longest = missing.longest
  let bound = boundsOf(field, 0)
  for (let row: u32 = 0; row < rowCount; row++, bound += rowStride()) {
    const start = bytes + load<u32>(bound)
    const length = load<u32>(bound, 4) - load<u32>(bound)
    const hash = load<u32>(values + ((<usize>row) << 2))
    const isBlank = length === 0 || (length <= longest && numberOf(missing, hash, start, length) >= 0)
    let number = -1
    if (!isBlank || (start > bytes && load<u8>(start - 1) === QUOTE)) {
      number = numberOf(dictionary, hash, start, length)
      if (number < 0) number = append(dictionary, hash, start, length)
    }
    store<i32>(values + ((<usize>row) << 2), number)
  }
}
