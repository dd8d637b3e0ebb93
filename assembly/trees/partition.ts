/** Dividing the rows of a leaf among its children. */

/**
 * Puts the rows that go left first and the others behind them, each in the order they were in. Returns how many go left.
 *
 * @param bins of the feature that divides them: its byte in row 0; `stride` bytes on is that of the next row
 * @param rows the numbers of the rows of the leaf, 32 bits each
 * @param last the highest bin that goes left
 * @param missing the bin of missing values, 256 where there are none
 * @param spare as much room as `rows` takes
 */
export function partition(
  bins: usize,
  stride: u32,
  rows: usize,
  count: u32,
  last: u32,
  missing: u32,
  missingLeft: bool,
  spare: usize,
): u32 {
  let left = rows
  let right = spare
  for (let from = rows, end = rows + ((<usize>count) << 2); from < end; from += 4) {
    const row = load<u32>(from)
    const bin = <u32>load<u8>(bins + <usize>row * <usize>stride)
    const goesLeft = bin === missing ? <usize>missingLeft : <usize>(bin <= last)
    // Both are written and one is kept: no branch to guess.
    store<u32>(left, row)
    store<u32>(right, row)
    left += goesLeft << 2
    right += (goesLeft ^ 1) << 2
  }
  memory.copy(left, spare, right - spare)
  return <u32>((left - rows) >> 2)
}
