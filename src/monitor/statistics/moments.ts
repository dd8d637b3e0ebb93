/** Means, deviations and quantiles of numbers. */

export function mean(values: Float64Array): number {
  // Loops over typed arrays by index are several times as fast as over their iterators.
  const count = values.length
  let sum = 0
  for (let i = 0; i < count; i++) sum += values[i]!
  const rough = sum / count
  // A second pass takes up what rounding lost in the first.
  let rest = 0
  for (let i = 0; i < count; i++) rest += values[i]! - rough
  return rough + rest / count
}

/** Σ (x − mean)². */
export function squaredDeviations(values: Float64Array): number {
  const middle = mean(values)
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += (values[i]! - middle) ** 2
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
