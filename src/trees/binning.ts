/** Features as bytes: each value by the number of the interval it lies in, chosen so that intervals hold like many rows. */
import type { Random } from '../core/index.ts'
import type { Kernel } from './kernel.ts'

/** Rows of features, [rowCount, featureCount] row by row; NaN is missing. */
export interface Features {
  readonly data: Float32Array
  readonly rowCount: number
  readonly featureCount: number
}

/** The features of the training rows in the memory of a kernel. */
export interface Bins {
  /** Where they lie: a byte a feature, row after row. */
  readonly place: number
  /** For each feature the ends of its intervals but the last: a value belongs to the first whose end is not below it. */
  readonly ends: readonly Float32Array[]
  /** For each feature whether values are missing. Their bin is the one behind the intervals. */
  readonly missing: readonly boolean[]
}

/** More rows than these tell hardly more about where the intervals should end. */
const SAMPLE_ROWS = 200_000
const RADIX = 256

/**
 * Puts the values of each feature into at most `maxBins` intervals: one for each distinct value where there are no more,
 * ending half way to the next; else such that all hold about the same number of rows.
 */
export function binFeatures(kernel: Kernel, features: Features, maxBins: number, random: Random): Bins {
  const { data, rowCount, featureCount } = features
  const sample = rowCount > SAMPLE_ROWS ? random.permutation(rowCount).subarray(0, SAMPLE_ROWS) : undefined
  const bins = kernel.bytes(rowCount * featureCount)
  const column = kernel.floats(rowCount)
  const [sorted, spare] = [kernel.floats(sample?.length ?? rowCount), kernel.floats(sample?.length ?? rowCount)]
  const counts = kernel.words(RADIX)
  const ends = kernel.floats(maxBins)
  const all: { ends: Float32Array[]; missing: boolean[] } = { ends: [], missing: [] }
  for (let feature = 0; feature < featureCount; feature++) {
    for (let row = 0, i = feature; row < rowCount; row++, i += featureCount) column.view[row] = data[i]!
    const present = copyPresent(column.view, sorted.view, sample)
    kernel.loops.sort(sorted.place, present, spare.place, counts.place)
    const found = intervalEnds(sorted.view.subarray(0, present), maxBins)
    ends.view.set(found)
    kernel.loops.encode(column.place, rowCount, ends.place, found.length, bins.place + feature, featureCount)
    all.ends.push(found)
    all.missing.push(column.view.some(Number.isNaN))
  }
  return { place: bins.place, ...all }
}

/** Copies what is not missing, of the rows of the sample alone, and returns how many values that are. */
function copyPresent(values: Float32Array, target: Float32Array, sample: Uint32Array | undefined): number {
  const count = sample?.length ?? values.length
  let present = 0
  for (let i = 0; i < count; i++) {
    const value = values[sample === undefined ? i : sample[i]!]!
    if (!Number.isNaN(value)) target[present++] = value
  }
  return present
}

function intervalEnds(sorted: Float32Array, maxBins: number): Float32Array {
  const ends: number[] = []
  const distinct = countDistinct(sorted)
  let closedRows = 0
  for (let i = 0, seen = 0; i < sorted.length - 1; i++) {
    if (sorted[i] === sorted[i + 1]) continue
    seen += 1
    const [left, rows] = [maxBins - ends.length, i + 1 - closedRows]
    const isFull = rows * left >= sorted.length - closedRows
    // As many intervals as there are values left need no more rows than one value has.
    if (left === 1 || !(isFull || distinct - seen < left)) continue
    ends.push(between(sorted[i]!, sorted[i + 1]!))
    closedRows = i + 1
  }
  return Float32Array.from(ends)
}

function countDistinct(sorted: Float32Array): number {
  let count = Math.min(sorted.length, 1)
  for (let i = 1; i < sorted.length; i++) if (sorted[i] !== sorted[i - 1]) count += 1
  return count
}

/** A 32-bit number from `low` up, but below `high`: half way, where there is one. */
function between(low: number, high: number): number {
  const middle = Math.fround(low + (high - low) / 2)
  return middle >= low && middle < high ? middle : low
}
