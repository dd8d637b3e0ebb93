/** Which steps of long metrics a chart shows. */

/**
 * Steps at even distances, about `most` of them, and the first and last of each run, so that no curve is cut short. All
 * of them where there are not more.
 *
 * @param runs the steps of each run
 */
export function sampledSteps(runs: readonly (readonly number[])[], most: number): ReadonlySet<number> {
  const all = [...new Set(runs.flat())].sort((a, b) => a - b)
  if (all.length <= most) return new Set(all)
  const distance = all.length / most
  const even = Array.from({ length: most }, (_, i) => all[Math.floor(i * distance)]!)
  const ends = runs.flatMap((steps) => (steps.length === 0 ? [] : [minimum(steps), maximum(steps)]))
  return new Set([...even, ...ends])
}

function minimum(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b))
}

function maximum(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b))
}
