/** A decision tree whose leaves hold what they add to a score. */
import type { Features } from './binning.ts'

/** Its nodes, the first being the root, as one array for each of their properties. */
export interface Tree {
  /** The feature that divides a node; -1 for a leaf. */
  readonly features: Int32Array
  /** Values up to this one go left. */
  readonly thresholds: Float32Array
  /** Whether missing values go left, as 1 or 0. */
  readonly missingLeft: Uint8Array
  /** The numbers of the children. */
  readonly left: Int32Array
  readonly right: Int32Array
  /** What a leaf adds to the score. */
  readonly values: Float32Array
}

export const LEAF = -1

/** Adds what the tree gives for `row` of the features, and for each of `rows` or all, to that row's place in `scores`. */
export function addScores(
  tree: Tree,
  { data, featureCount, rowCount }: Features,
  scores: Float64Array,
  rows?: Uint32Array,
): void {
  const { features, thresholds, missingLeft, left, right, values } = tree
  const count = rows?.length ?? rowCount
  for (let i = 0; i < count; i++) {
    const row = rows?.[i] ?? i
    let node = 0
    for (let feature = features[node]!; feature !== LEAF; feature = features[node]!) {
      const value = data[row * featureCount + feature]!
      const goesLeft = Number.isNaN(value) ? missingLeft[node] === 1 : value <= thresholds[node]!
      node = goesLeft ? left[node]! : right[node]!
    }
    scores[row]! += values[node]!
  }
}
