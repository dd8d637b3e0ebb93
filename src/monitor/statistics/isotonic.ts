/** Isotonic regression: the best rising function of one variable. */

/**
 * Fits `y` by a function that rises with `x`, least squares, by pooling neighbours that fall (Barlow et al. 1972).
 * Between fitted points it is a straight line, beyond them constant.
 *
 * x, y [n], n ≥ 1
 */
export function isotonic(x: Float64Array, y: Float64Array): (value: number) => number {
  const order = Array.from(x, (_, i) => i).sort((a, b) => x[a]! - x[b]!)
  const blocks: { low: number; high: number; mean: number; weight: number }[] = []
  for (const i of order) {
    let block = { low: x[i]!, high: x[i]!, mean: y[i]!, weight: 1 }
    for (
      let last = blocks.at(-1);
      last !== undefined && (last.mean >= block.mean || last.high === block.low);
      last = blocks.at(-1)
    ) {
      const weight = last.weight + block.weight
      const mean = (last.mean * last.weight + block.mean * block.weight) / weight
      block = { low: last.low, high: block.high, mean, weight }
      blocks.pop()
    }
    blocks.push(block)
  }
  const points = blocks.flatMap(({ low, high, mean }) => [
    { x: low, y: mean },
    { x: high, y: mean },
  ])
  return (value) => interpolate(points, value)
}

function interpolate(points: readonly { readonly x: number; readonly y: number }[], value: number): number {
  let [low, high] = [0, points.length - 1]
  if (value <= points[low]!.x) return points[low]!.y
  if (value >= points[high]!.x) return points[high]!.y
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (points[middle]!.x <= value) low = middle
    else high = middle
  }
  const [left, right] = [points[low]!, points[high]!]
  return left.x === right.x ? right.y : left.y + ((right.y - left.y) * (value - left.x)) / (right.x - left.x)
}
