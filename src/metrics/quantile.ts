/** Quantiles by linear interpolation between order statistics. */

/**
 * The `q`-quantile (0..1) of ascending `sorted` [n > 0]: numpy.quantile's default method, to the last bit, since which
 * bin a value falls in can hang on it.
 */
export function quantileOfSorted(sorted: Float64Array, q: number): number {
  const position = (sorted.length - 1) * q
  const below = Math.floor(position)
  const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!]
  const fraction = position - below
  // Interpolating from the nearer end keeps the result within low..high.
  return fraction < 0.5 ? low + (high - low) * fraction : high - (high - low) * (1 - fraction)
}
