/** Derivatives of rows: 64-bit numbers, which become gradient pairs of whole numbers for the histograms. */

/** The highest of |values[row]| over `count` rows, whose numbers are 32 bits each. */
export function highest(values: usize, rows: usize, count: u32): f64 {
  let most: f64 = 0
  for (const end = rows + ((<usize>count) << 2); rows < end; rows += 4) {
    most = max(most, abs(at(values, rows)))
  }
  return most
}

/** Writes the pair of each of the rows, in units of 1 / scale, and returns the sum of the pairs. */
export function quantise(
  gradients: usize,
  hessians: usize,
  rows: usize,
  count: u32,
  gradientScale: f64,
  hessianScale: f64,
  pairs: usize,
): i64 {
  let sum: i64 = 0
  for (const end = rows + ((<usize>count) << 2); rows < end; rows += 4) {
    const gradient = <i64>nearest(at(gradients, rows) * gradientScale)
    const hessian = <i64>nearest(at(hessians, rows) * hessianScale)
    const pair = (gradient << 32) + hessian
    store<i64>(pairs + ((<usize>load<u32>(rows)) << 3), pair)
    sum += pair
  }
  return sum
}

/** The sum of values[row] over `count` rows. */
export function sumOf(values: usize, rows: usize, count: u32): f64 {
  let sum: f64 = 0
  for (const end = rows + ((<usize>count) << 2); rows < end; rows += 4) sum += at(values, rows)
  return sum
}

/** Adds `value` to values[row] for each of `count` rows. */
export function addTo(values: usize, rows: usize, count: u32, value: f64): void {
  for (const end = rows + ((<usize>count) << 2); rows < end; rows += 4) {
    const address = values + ((<usize>load<u32>(rows)) << 3)
    store<f64>(address, load<f64>(address) + value)
  }
}

// @ts-ignore: decorator
@inline
function at(values: usize, row: usize): f64 {
  return load<f64>(values + ((<usize>load<u32>(row)) << 3))
}
