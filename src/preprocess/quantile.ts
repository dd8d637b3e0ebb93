/**
 * The value below which the fraction `q` of `sorted` lies, between two values by linear interpolation (numpy's default,
 * type 7 of Hyndman and Fan 1996). `sorted` is ascending, not empty and without NaN; q is in 0..1.
 */
export function quantile(sorted: Float64Array, q: number): number {
  const position = (sorted.length - 1) * q
  const below = Math.floor(position)
  const low = sorted[below]!
  const high = sorted[Math.ceil(position)]!
  return low + (high - low) * (position - below)
}
