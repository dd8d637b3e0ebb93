/** Sorting the values of a feature, and finding the bins of values. */

/** Sorts `count` 32-bit floats by radix; `spare` is as much room again. NaN must not be among them. */
export function sort(values: usize, count: u32, spare: usize, counts: usize): void {
  const size = (<usize>count) << 2
  for (let i = values; i < values + size; i += 4) store<u32>(i, ascending(load<u32>(i)))
  let from = values
  let to = spare
  for (let shift: u32 = 0; shift < 32; shift += 8) {
    memory.fill(counts, 0, 256 << 2)
    for (let i = from; i < from + size; i += 4) {
      const place = counts + ((<usize>((load<u32>(i) >> shift) & 255)) << 2)
      store<u32>(place, load<u32>(place) + 1)
    }
    let sum: u32 = 0
    for (let place = counts; place < counts + (256 << 2); place += 4) {
      const here = load<u32>(place)
      store<u32>(place, sum)
      sum += here
    }
    for (let i = from; i < from + size; i += 4) {
      const key = load<u32>(i)
      const place = counts + ((<usize>((key >> shift) & 255)) << 2)
      const rank = load<u32>(place)
      store<u32>(place, rank + 1)
      store<u32>(to + ((<usize>rank) << 2), key)
    }
    const swapped = from
    from = to
    to = swapped
  }
  // Four passes: the last one wrote back where it all began.
  for (let i = values; i < values + size; i += 4) store<u32>(i, original(load<u32>(i)))
}

/** The bits of a float as a whole number of the same order. */
function ascending(bits: u32): u32 {
  return bits & 0x80000000 ? ~bits : bits | 0x80000000
}

function original(key: u32): u32 {
  return key & 0x80000000 ? key & 0x7fffffff : ~key
}

/**
 * Writes the bins of `count` values of a feature, `stride` bytes apart.
 *
 * @param ends of the intervals but the last, ascending; `endCount` of them
 */
export function encode(values: usize, count: u32, ends: usize, endCount: u32, bins: usize, stride: u32): void {
  for (const end = values + ((<usize>count) << 2); values < end; values += 4, bins += <usize>stride) {
    const value = load<f32>(values)
    let bin = endCount + 1
    if (value === value) {
      // How many ends are below the value, found by halving what is left of them.
      bin = 0
      for (let left = endCount; left > 0; ) {
        const half = (left + 1) >> 1
        bin += load<f32>(ends + ((<usize>(bin + half - 1)) << 2)) < value ? half : 0
        left -= half
      }
    }
    store<u8>(bins, bin)
  }
}
