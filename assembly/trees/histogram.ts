/** Histograms: the sum of the gradient pairs of a leaf's rows, for each bin of each feature. */

/**
 * Fills the histogram of `count` rows.
 *
 * @param bins one byte a feature, row after row
 * @param rows the numbers of the rows, 32 bits each
 * @param pairs of all rows, by number
 * @param slots for each feature and one more, how many bytes into the histogram its bins begin, 32 bits each
 */
export function fill(
  bins: usize,
  featureCount: u32,
  rows: usize,
  count: u32,
  pairs: usize,
  slots: usize,
  histogram: usize,
): void {
  memory.fill(histogram, 0, load<u32>(slots + ((<usize>featureCount) << 2)))
  const end = rows + ((<usize>count) << 2)
  const slotsEnd = slots + ((<usize>featureCount) << 2)
  const slotsByFour = slots + ((<usize>(featureCount & ~3)) << 2)
  for (; rows < end; rows += 4) {
    const row = <usize>load<u32>(rows)
    const pair = load<i64>(pairs + (row << 3))
    let bin = bins + row * <usize>featureCount
    let slot = slots
    for (; slot < slotsByFour; slot += 16, bin += 4) {
      const four = load<u32>(bin)
      add(histogram + load<u32>(slot) + ((<usize>(four & 255)) << 3), pair)
      add(histogram + load<u32>(slot, 4) + ((<usize>((four >> 8) & 255)) << 3), pair)
      add(histogram + load<u32>(slot, 8) + ((<usize>((four >> 16) & 255)) << 3), pair)
      add(histogram + load<u32>(slot, 12) + ((<usize>(four >> 24)) << 3), pair)
    }
    for (; slot < slotsEnd; slot += 4, bin++) add(histogram + load<u32>(slot) + ((<usize>load<u8>(bin)) << 3), pair)
  }
}

// @ts-ignore: decorator
@inline
function add(address: usize, pair: i64): void {
  store<i64>(address, load<i64>(address) + pair)
}

/** Takes the `size` bytes of histogram `child` from those of `parent`, an even number of pairs. */
export function subtract(parent: usize, child: usize, size: u32): void {
  for (const end = parent + <usize>size; parent < end; parent += 16, child += 16) {
    v128.store(parent, v128.sub<i64>(v128.load(parent), v128.load(child)))
  }
}
