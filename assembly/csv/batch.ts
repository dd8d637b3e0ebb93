/**
 * What all loops share: a block of the file, where the fields of its rows begin and end, and one value for each row.
 * The addresses are of the linear memory; offsets of fields count from the start of the block.
 */

/** The block. One byte more than it is filled belongs to the tokenizer; 64 may be read, but mean nothing. */
export let bytes: usize = 0
/** Two 32-bit offsets a field, row after row: where it starts and where it ends. */
export let bounds: usize = 0
/** What a loop gives for each row: 64-bit numbers, 32-bit codes or bytes. */
export let values: usize = 0
export let fieldCount: u32 = 0

/** Memory for the caller, who says with the three addresses above where the loops shall work. */
export function allocate(size: u32): usize {
  return heap.alloc(size)
}

export function release(address: usize): void {
  heap.free(address)
}

/** Where the bounds of a field are; those of the next row are `rowStride` further on. */
export function boundsOf(field: u32, row: u32): usize {
  return bounds + ((<usize>row * <usize>fieldCount + field) << 3)
}

export function rowStride(): usize {
  return (<usize>fieldCount) << 3
}

/** Where the bytes from `start` on begin without spaces and tabs. */
export function skipSpaces(start: usize, end: usize): usize {
  while (start < end && isSpace(load<u8>(start))) start++
  return start
}

/** Where the bytes before `end` end without spaces and tabs. */
export function dropSpaces(start: usize, end: usize): usize {
  while (start < end && isSpace(load<u8>(end - 1))) end--
  return end
}

function isSpace(byte: u8): bool {
  return byte === 0x20 || byte === 0x09
}
