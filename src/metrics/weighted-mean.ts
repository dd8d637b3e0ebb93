/** Means over rows and over classes, with or without weights. */

/** The mean of `valueAt(row)` over `n` rows; every row counts the same without `weights`. n = 0 gives NaN. */
export function weightedMean(n: number, valueAt: (row: number) => number, weights?: ArrayLike<number>): number {
  let sum = 0
  let total = 0
  for (let row = 0; row < n; row++) {
    const weight = weights?.[row] ?? 1
    // A row without weight must not matter, not even when its value is infinite.
    if (weight === 0) continue
    sum += weight * valueAt(row)
    total += weight
  }
  return sum / total
}

/**
 * The mean of the values that are not NaN, NaN when all are. Where all weights are 0 they are ignored, as scikit-learn
 * does for the weighted average over classes that have no rows.
 */
export function meanOfDefined(values: readonly number[], weights?: readonly number[]): number {
  const defined = values.flatMap((value, i) => (Number.isNaN(value) ? [] : [{ value, weight: weights?.[i] ?? 1 }]))
  const weighted = defined.some(({ weight }) => weight > 0)
  return weightedMean(
    defined.length,
    (i) => defined[i]!.value,
    weighted ? defined.map(({ weight }) => weight) : undefined,
  )
}
