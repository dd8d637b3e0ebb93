/** Reduces data to what a chart can show: bins, stretches of a line, every k-th point. */
import type { Point } from './chart.ts'

/**
 * Counts of several samples in the same bins of equal width, from the least value to the greatest.
 * Without a finite value there are no bins; where all are one value there is one, around it.
 */
export function binValues(
  samples: readonly ArrayLike<number>[],
  bins: number,
): { readonly edges: number[]; readonly counts: number[][] } {
  const [low, high] = rangeOf(samples)
  if (low > high) return { edges: [], counts: samples.map(() => []) }
  if (low === high) {
    return { edges: [low - 0.5, low + 0.5], counts: samples.map((values) => [countFinite(values)]) }
  }
  // In halves, because the range of the largest numbers is too large to be one.
  const start = low / 2
  const half = high / 2 - start
  const edges = Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : 2 * (start + half * (i / bins))))
  const binOf = (value: number): number => Math.min(bins - 1, Math.floor(((value / 2 - start) / half) * bins) || 0)
  return { edges, counts: samples.map((values) => countIn(values, bins, binOf)) }
}

/** Every `step`-th of `items`, from the first. */
export function every<T>(step: number, items: readonly T[]): T[] {
  return step <= 1 ? [...items] : items.filter((_, i) => i % step === 0)
}

/** At most about `limit` points of a line: of each stretch the first, the lowest, the highest and a gap, in their order. */
export function decimate(points: readonly Point[], limit: number): Point[] {
  if (points.length <= limit) return [...points]
  const size = Math.ceil((points.length * 4) / limit)
  const kept: Point[] = []
  for (let start = 0; start < points.length; start += size) {
    const stretch = points.slice(start, start + size)
    const ascending = stretch.filter(({ y }) => Number.isFinite(y)).sort((a, b) => a.y - b.y)
    const gap = stretch.find(({ y }) => !Number.isFinite(y))
    const keep = new Set([stretch[0], ascending[0], ascending.at(-1), gap])
    kept.push(...stretch.filter((point) => keep.has(point)))
  }
  return kept
}

function rangeOf(samples: readonly ArrayLike<number>[]): readonly [low: number, high: number] {
  let low = Infinity
  let high = -Infinity
  for (const values of samples) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? NaN
      if (!Number.isFinite(value)) continue
      if (value < low) low = value
      if (value > high) high = value
    }
  }
  return [low, high]
}

function countFinite(values: ArrayLike<number>): number {
  let count = 0
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i])) count++
  return count
}

function countIn(values: ArrayLike<number>, bins: number, binOf: (value: number) => number): number[] {
  const counts = Array.from<number>({ length: bins }).fill(0)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN
    if (!Number.isFinite(value)) continue
    const bin = binOf(value)
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return counts
}
