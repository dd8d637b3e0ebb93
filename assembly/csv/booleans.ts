/** `true` and `false`, also with a capital or all in capitals. */
import { boundsOf, bytes, rowStride, values } from './batch'

const FALSE: u8 = 0
const TRUE: u8 = 1
const MISSING: u8 = 255

/**
 * Reads a field of every row from `row` on as a byte, 1 for true, 0 for false, 255 when it is empty. Returns the first
 * row it cannot read, or `rowCount`.
 */
export function readBooleans(field: u32, row: u32, rowCount: u32): u32 {
  let bound = boundsOf(field, row)
  for (; row < rowCount; row++, bound += rowStride()) {
    const start = bytes + load<u32>(bound)
    const length = bytes + load<u32>(bound, 4) - start
    let value = MISSING
    if (length === 4) {
      const word = load<u32>(start) // true, True, TRUE
      if (word !== 0x65757274 && word !== 0x65757254 && word !== 0x45555254) return row
      value = TRUE
    } else if (length === 5) {
      const letter = load<u8>(start)
      const rest = load<u32>(start, 1) // alse, ALSE
      if (rest === 0x65736c61 ? letter !== 0x66 && letter !== 0x46 : rest !== 0x45534c41 || letter !== 0x46) return row
      value = FALSE
    } else if (length !== 0) return row
    store<u8>(values + row, value)
  }
  return rowCount
}
