/** `true` and `false`, also with a capital or all in capitals. */
import { boundsOf, bytes, dropSpaces, rowStride, skipSpaces, values } from './batch'
import { mayBeValues, standsForMissing } from './missing'

const FALSE: u8 = 0
const TRUE: u8 = 1
const MISSING: u8 = 255

/**
 * Reads a field of every row from `row` on as a byte, 1 for true, 0 for false, 255 when it is missing. Returns the first
 * row it cannot read, or `rowCount`.
 */
export function readBooleans(field: u32, row: u32, rowCount: u32): u32 {
  while (true) {
    if (!mayBeValues) row = readPlain(field, row, rowCount)
    if (row >= rowCount) return rowCount
    const bound = boundsOf(field, row)
    const untrimmed = bytes + load<u32>(bound, 4)
    const start = skipSpaces(bytes + load<u32>(bound), untrimmed)
    const length = <u32>(dropSpaces(start, untrimmed) - start)
    let value = MISSING
    if (length > 0 && !(mayBeValues && standsForMissing(start, length))) {
      value = parseBoolean(start, length)
      if (value === MISSING && !standsForMissing(start, length)) return row
    }
    store<u8>(values + row, value)
    row++
  }
}

/** The same without missing words and spaces. */
function readPlain(field: u32, row: u32, rowCount: u32): u32 {
  const block = bytes
  const target = values
  const stride = rowStride()
  let bound = boundsOf(field, row)
  for (; row < rowCount; row++, bound += stride) {
    const length = load<u32>(bound, 4) - load<u32>(bound)
    const value = parseBoolean(block + load<u32>(bound), length)
    if (value === MISSING && length > 0) return row
    store<u8>(target + row, value)
  }
  return rowCount
}

/** Without branches, since which of the two it is cannot be foreseen. */
@inline
function parseBoolean(start: usize, length: u32): u8 {
  const word = load<u32>(start) // true, True, TRUE
  const isTrue = i32(word === 0x65757274) | i32(word === 0x65757254) | i32(word === 0x45555254)
  const letter = load<u8>(start)
  const rest = load<u32>(start, 1) // alse, ALSE
  const isLower = i32(rest === 0x65736c61) & (i32(letter === 0x66) | i32(letter === 0x46))
  const isFalse = isLower | (i32(rest === 0x45534c41) & i32(letter === 0x46))
  return select(TRUE, select(FALSE, MISSING, isFalse & i32(length === 5)), isTrue & i32(length === 4))
}
