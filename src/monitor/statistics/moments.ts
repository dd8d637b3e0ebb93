/** Means, deviations and quantiles of numbers. */

export function mean(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  const rough = sum / values.length
  // A second pass takes up what rounding lost in the first.
  let rest = 0
  for (const value of values) rest += value - rough
  return rough + rest / values.length
}

/** Σ (x − mean)². */
export function squaredDeviations(values: Float64Array): number {
  const middle = mean(values)
  let sum = 0
  for (const value of values) sum += (value - middle) ** 2
  return sum
}

/** Divided by n, as NumPy's std does. */
export function populationDeviation(values: Float64Array): number {
  return Math.sqrt(squaredDeviations(values) / values.length)
}

/** The quantile of ascending values, interpolated linearly; NaN without values. */
export function quantile(sorted: Float64Array, share: number): number {
  const position = (sorted.length - 1) * share
  const [low, high] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]]
  if (low === undefined || high === undefined) return Number.NaN
  return low + (high - low) * (position - Math.floor(position))
}
