/** The texts besides the empty one that stand for a missing value. */
import { bytes } from './batch'
import { append, Dictionary, hashOf, makeRoom, newDictionary, numberOf } from './dictionary'

export let missing: Dictionary = changetype<Dictionary>(0)

/** Whether some of them, such as -999, could be read as a value too, so that they are to be looked for first. */
export let mayBeValues: bool = false

/** Begins with none. A second thread takes the dictionary of the first instead. */
export function beginMissing(): void {
  missing = newDictionary(0)
}

/** Adds bytes [start, end) of the block, which must be new; `isValue` when they could be read as a value too. */
export function addMissing(start: u32, end: u32, isValue: bool): void {
  if (isValue) mayBeValues = true
  makeRoom(missing, 1)
  append(missing, hashOf(bytes + start, end - start), bytes + start, end - start)
}

/** Whether bytes [start, end) of the block are one of the texts. */
export function isMissing(start: u32, end: u32): bool {
  return standsForMissing(bytes + start, end - start)
}

/** The same for the bytes at an address. */
export function standsForMissing(start: usize, length: u32): bool {
  return length <= missing.longest && numberOf(missing, hashOf(start, length), start, length) >= 0
}
