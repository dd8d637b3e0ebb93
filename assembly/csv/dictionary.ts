/** Dictionaries of byte strings: the distinct ones are numbered from 0 in order of first appearance. */
/** Room from the start. It is mostly free, so that a look for what is not there ends at the first slot. */
const FEW_ENTRIES: u32 = 170
const MULTIPLIER: u64 = 0x9e3779b97f4a7c15
/** As many are in the processor's cache after a few looks. */
const CACHED_SLOTS: u32 = 1 << 12
/** With this many entries it is clear how many there will be: memory is then taken for all of them at once. */
const MANY_ENTRIES: u32 = 1 << 14

/** An open-addressing hash table. At most two thirds of the slots are taken. */
@unmanaged
export class Dictionary {
  /** How many fields will be added, new or known; only speed depends on it. */
  expectedFields: u32
  fields: u32
  size: u32
  /**
   * Words of 32 bits; 0 is a free slot. Their count is a power of 2: below it an entry's number plus one, which is smaller,
   * above it the bits of the hash that do not tell the slot.
   */
  slots: usize
  slotCount: u32
  /** The length of the longest entry. */
  longest: u32
  /** Whether an entry is a text that stands for a missing value where it is not in quotes. */
  hasBlanks: bool
  /** The bytes of all entries. */
  pool: usize
  poolBytes: u32
  poolRoom: u32
  /** Where each entry begins in the pool, and the last one ends. */
  starts: usize
  startsRoom: u32
}

export function newDictionary(expectedFields: u32): Dictionary {
  const dictionary = changetype<Dictionary>(heap.alloc(offsetof<Dictionary>()))
  memory.fill(changetype<usize>(dictionary), 0, offsetof<Dictionary>())
  dictionary.expectedFields = expectedFields
  dictionary.slots = heap.alloc(0)
  growSlots(dictionary, FEW_ENTRIES)
  dictionary.pool = heap.alloc(0)
  dictionary.starts = heap.alloc(4)
  store<u32>(dictionary.starts, 0)
  return dictionary
}

export function sizeOf(dictionary: Dictionary): u32 {
  return dictionary.size
}
/** Where the bytes of the entries are, one after the other. */
export function poolOf(dictionary: Dictionary): usize {
  return dictionary.pool
}
/** Where 32-bit offsets into the pool are: where each entry begins, then where the last one ends. */
export function startsOf(dictionary: Dictionary): usize {
  return dictionary.starts
}

let visited: u32 = 0

/**
 * Looks at the slot of each hash. In a large table each look is a wait for main memory; here, where none depends on
 * another, the processor waits for many at a time, and finds them in its cache when adding.
 */
export function visitSlots(dictionary: Dictionary, hashes: usize, count: u32): void {
  if (dictionary.slotCount <= CACHED_SLOTS) return
  const slots = dictionary.slots
  const mask = dictionary.slotCount - 1
  let seen: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    seen |= load<u32>(slots + (<usize>(load<u32>(hashes + (<usize>i << 2)) & mask) << 2))
  }
  visited = seen // so that the compiler keeps the loop
}

/** The number of these bytes, or -1. */
export function numberOf(dictionary: Dictionary, hash: u32, start: usize, length: u32): i32 {
  const slots = dictionary.slots
  const mask = dictionary.slotCount - 1
  let i = hash & mask
  let content = load<u32>(slots + (<usize>i << 2))
  while (content !== 0) {
    const number = (content & mask) - 1
    if (((content ^ hash) & ~mask) === 0 && equals(dictionary, number, start, length)) return number
    i = (i + 1) & mask
    content = load<u32>(slots + (<usize>i << 2))
  }
  return -1
}

/** Adds these bytes, which must be new. There must be room. */
export function append(dictionary: Dictionary, hash: u32, start: usize, length: u32): i32 {
  const number = dictionary.size++
  insert(dictionary.slots, dictionary.slotCount - 1, hash, number)
  const from = dictionary.poolBytes
  if (from + length > dictionary.poolRoom) growPool(dictionary, 2 * (from + length))
  const target = dictionary.pool + from
  for (let i: u32 = 0; i < length; i += 8) store<u64>(target + i, load<u64>(start + i))
  dictionary.poolBytes = from + length
  dictionary.longest = max(dictionary.longest, length)
  store<u32>(dictionary.starts + (<usize>number << 2), from + length, 4)
  return number
}

function insert(slots: usize, mask: u32, hash: u32, number: u32): void {
  let i = hash & mask
  while (load<u32>(slots + (<usize>i << 2)) !== 0) i = (i + 1) & mask
  store<u32>(slots + (<usize>i << 2), (hash & ~mask) | (number + 1))
}

function equals(dictionary: Dictionary, number: u32, start: usize, length: u32): bool {
  const offsets = dictionary.starts + ((<usize>number) << 2)
  const from = load<u32>(offsets)
  if (load<u32>(offsets, 4) - from !== length) return false
  let entry = dictionary.pool + from
  for (; length >= 8; length -= 8, entry += 8, start += 8) if (load<u64>(entry) !== load<u64>(start)) return false
  return length === 0 || lowBytes(load<u64>(entry) ^ load<u64>(start), length) === 0
}

export function hashOf(start: usize, length: u32): u32 {
  let hash = <u64>length * MULTIPLIER
  for (; length >= 8; length -= 8, start += 8) hash = mix(hash, load<u64>(start))
  if (length > 0) hash = mix(hash, lowBytes(load<u64>(start), length))
  return <u32>((hash * MULTIPLIER) >> 32)
}

function mix(hash: u64, word: u64): u64 {
  const product = (hash ^ word) * MULTIPLIER
  return product ^ (product >> 32)
}

/** The first `count` bytes of a word, fewer than eight. */
function lowBytes(word: u64, count: u32): u64 {
  return word & (((<u64>1) << (<u64>(8 * count))) - 1)
}

// --- growing ---------------------------------------------------------------------------------------------------------

/** Makes room for as many entries more. */
export function makeRoom(dictionary: Dictionary, more: u32): void {
  const wanted = dictionary.size + more
  const isTight = 3 * wanted > 2 * dictionary.slotCount || wanted > dictionary.startsRoom
  if (isTight) {
    const fields = dictionary.fields
    const isClear = dictionary.size >= MANY_ENTRIES && fields < dictionary.expectedFields
    // What is taken but never written to costs nothing, while growing again would copy everything.
    const growth = isClear ? max(2, (1.1 * <f64>dictionary.expectedFields) / <f64>fields) : 2
    growStarts(dictionary, max(<u32>(growth * <f64>dictionary.size), wanted))
    growSlots(dictionary, max(<u32>(growth * <f64>dictionary.size), wanted))
    if (isClear) growPool(dictionary, <u32>(growth * <f64>dictionary.poolBytes))
  }
  dictionary.fields += more
}

function growStarts(dictionary: Dictionary, entries: u32): void {
  dictionary.starts = heap.realloc(dictionary.starts, (<usize>entries + 1) << 2)
  dictionary.startsRoom = entries
}

function growPool(dictionary: Dictionary, room: u32): void {
  // Eight bytes more: the last entry, too, is copied and compared a word at a time.
  dictionary.pool = heap.realloc(dictionary.pool, room + 8)
  dictionary.poolRoom = room
}

function growSlots(dictionary: Dictionary, entries: u32): void {
  let slotCount: u32 = 16
  while (2 * slotCount < 3 * entries) slotCount *= 2
  const slots = heap.alloc(<usize>slotCount << 2)
  memory.fill(slots, 0, <usize>slotCount << 2)
  for (let number: u32 = 0; number < dictionary.size; number++) {
    const offsets = dictionary.starts + (<usize>number << 2)
    const start = load<u32>(offsets)
    insert(slots, slotCount - 1, hashOf(dictionary.pool + start, load<u32>(offsets, 4) - start), number)
  }
  heap.free(dictionary.slots)
  dictionary.slots = slots
  dictionary.slotCount = slotCount
}
