/** Looking for the division of a leaf that lowers the loss most. */

/** What 1 of a gradient and 1 of a hessian stand for. */
export let gradientUnit: f64 = 1
export let hessianUnit: f64 = 1
/** Added to the sum of hessians of every leaf. */
export let l2: f64 = 0
/** The least sum of hessians that a leaf may have. */
export let minChildWeight: f64 = 0

/** By how much the best division lowers twice the loss; 0 where there is none. */
export let bestGain: f64 = 0
export let bestFeature: u32 = 0
/** The highest bin that goes left. */
export let bestBin: u32 = 0
export let bestMissingLeft: bool = false
/** The sum of the gradient pairs that go left. */
export let bestLeft: i64 = 0

/**
 * Finds the best division of the leaf that `histogram` is of; the globals above tell which.
 *
 * @param slots for each feature and one more, how many bytes into the histogram its bins begin, 32 bits each
 * @param missing for each feature whether its last bin holds missing values, a byte each
 * @param used for each feature whether it may divide, a byte each
 * @param total the sum of the gradient pairs of the leaf
 */
export function findSplit(
  histogram: usize,
  featureCount: u32,
  slots: usize,
  missing: usize,
  used: usize,
  total: i64,
): void {
  bestGain = 0
  const whole = score(total)
  for (let feature: u32 = 0; feature < featureCount; feature++) {
    if (!load<u8>(used + feature)) continue
    const first = histogram + load<u32>(slots + ((<usize>feature) << 2))
    const end = histogram + load<u32>(slots + ((<usize>feature) << 2), 4)
    if (load<u8>(missing + feature)) {
      const absent = load<i64>(end - 8)
      // The last bin with a value may stand alone, against what is missing.
      scan(feature, first, end - 8, total, 0, false, whole)
      scan(feature, first, end - 16, total, absent, true, whole)
    } else {
      scan(feature, first, end - 8, total, 0, true, whole)
    }
  }
}

/** Tries to divide behind each bin in [first, end), with `left` on the left side to begin with. */
function scan(
  feature: u32,
  first: usize,
  end: usize,
  total: i64,
  left: i64,
  missingLeft: bool,
  whole: f64,
): void {
  for (let bin = first; bin < end; bin += 8) {
    const here = load<i64>(bin)
    // Dividing behind an empty bin is dividing behind the one before it.
    if (here === 0 && bin !== first) continue
    left += here
    if (hessian(left) < minChildWeight) continue
    const right = total - left
    if (hessian(right) < minChildWeight) break
    const gain = score(left) + score(right) - whole
    if (gain > bestGain) {
      bestGain = gain
      bestFeature = feature
      bestBin = <u32>((bin - first) >> 3)
      bestMissingLeft = missingLeft
      bestLeft = left
    }
  }
}

// @ts-ignore: decorator
@inline
function hessian(pair: i64): f64 {
  return <f64>(<u32>pair) * hessianUnit
}

/** Twice what a leaf with these sums takes off the loss: gradient² / (hessian + l2). */
// @ts-ignore: decorator
@inline
function score(pair: i64): f64 {
  const gradient = <f64>(<i32>(pair >> 32)) * gradientUnit
  const divisor = hessian(pair) + l2
  return divisor > 0 ? (gradient * gradient) / divisor : 0
}
