/**
 * Growing a tree leaf by leaf, always where it lowers the loss most, from histograms of gradients.
 *
 * T. Chen, C. Guestrin: XGBoost: A Scalable Tree Boosting System, KDD 2016, for the gain of a division and the value of a
 * leaf; G. Ke et al.: LightGBM: A Highly Efficient Gradient Boosting Decision Tree, NIPS 2017, for histograms and the order
 * of growing; Y. Shi et al.: Quantized Training of Gradient Boosting Decision Trees, NeurIPS 2022, for sums of whole numbers.
 */
import type { Random } from '../core/index.ts'
import { type Bins, binFeatures, type Features } from './binning.ts'
import { type InMemory, Kernel } from './kernel.ts'
import { LEAF, type Tree } from './tree.ts'

/** No bin of missing values. */
const NO_BIN = 256

export interface GrowOptions {
  /** Intervals a feature is divided into at most, 2 to 255. */
  readonly maxBins: number
  readonly maxLeaves: number
  /** Divisions between the root and a leaf. Default: no limit. */
  readonly maxDepth?: number | undefined
  /** The least sum of hessians in a leaf. */
  readonly minChildWeight: number
  /** Added to the sum of hessians of a leaf. */
  readonly l2: number
  readonly learningRate: number
}

interface Leaf {
  readonly node: number
  readonly depth: number
  /** Where its rows lie among all. */
  readonly begin: number
  readonly count: number
  /** The sum of its gradient pairs. */
  readonly total: bigint
  /** Where its histogram lies. */
  readonly histogram: number
  /** How it would best be divided; undefined where that is not worth it. */
  split: Split | undefined
}

interface Split {
  readonly gain: number
  readonly feature: number
  /** The highest bin that goes left. */
  readonly bin: number
  readonly missingLeft: boolean
  /** The sum of the gradient pairs that go left. */
  readonly left: bigint
}

/** Grows one tree after the other on the same rows. Whoever calls keeps scores and their derivatives in its memory. */
export class Grower {
  /** Of each row, one output after the other: [outputs, rowCount]. */
  readonly scores: Float64Array
  /** The derivatives of the loss by the scores. */
  readonly gradients: Float64Array
  readonly hessians: Float64Array
  readonly #kernel = new Kernel()
  readonly #options: GrowOptions
  readonly #featureCount: number
  readonly #bins: Bins
  readonly #places: { readonly scores: number; readonly gradients: number; readonly hessians: number }
  readonly #rows: InMemory<Uint32Array>
  readonly #spare: number
  readonly #pairs: number
  readonly #slots: number
  readonly #missing: number
  readonly #used: InMemory<Uint8Array>
  readonly #histogramBytes: number
  readonly #histograms: number[] = []

  constructor(features: Features, outputs: number, options: GrowOptions, random: Random) {
    const { rowCount, featureCount } = features
    const kernel = this.#kernel
    this.#options = options
    this.#featureCount = featureCount
    this.#bins = binFeatures(kernel, features, options.maxBins, random)
    const [scores, gradients, hessians] = [
      kernel.doubles(outputs * rowCount),
      kernel.doubles(outputs * rowCount),
      kernel.doubles(outputs * rowCount),
    ]
    this.scores = scores.view
    this.gradients = gradients.view
    this.hessians = hessians.view
    this.#places = { scores: scores.place, gradients: gradients.place, hessians: hessians.place }
    this.#rows = kernel.words(rowCount)
    this.#spare = kernel.words(rowCount).place
    this.#pairs = kernel.doubles(rowCount).place
    const missing = kernel.bytes(featureCount)
    missing.view.set(this.#bins.missing.map(Number))
    this.#missing = missing.place
    this.#used = kernel.bytes(featureCount)
    const slots = kernel.words(featureCount + 1)
    for (const [feature, ends] of this.#bins.ends.entries()) {
      slots.view[feature + 1] = slots.view[feature]! + 8 * (ends.length + 1 + missing.view[feature]!)
    }
    this.#slots = slots.place
    this.#histogramBytes = roundedUp(slots.view[featureCount]!, 16)
    kernel.loops.l2.value = options.l2
    kernel.loops.minChildWeight.value = options.minChildWeight
  }

  /**
   * Grows a tree for one of the outputs on some rows, by some features, and adds what it gives to the scores of those.
   *
   * @param rows the numbers of the rows, ascending
   * @param used for each feature whether it may divide, as 1 or 0
   */
  grow(output: number, rows: Uint32Array, used: Uint8Array): Tree {
    const { loops } = this.#kernel
    const offset = output * 8 * this.#rows.view.length
    const [scores, gradients, hessians] = [
      this.#places.scores + offset,
      this.#places.gradients + offset,
      this.#places.hessians + offset,
    ]
    this.#rows.view.set(rows)
    this.#used.view.set(used)
    const nodes = new Nodes()
    const leaves = [this.#root(nodes, rows.length, this.#quantise(gradients, hessians, rows.length))]
    while (leaves.length < this.#options.maxLeaves) {
      const best = indexOfBest(leaves)
      if (best === undefined) break
      const [left, right] = this.#divide(nodes, leaves[best]!, leaves.length)
      leaves[best] = left
      leaves.push(right)
    }
    for (const { node, begin, count } of leaves) {
      const inLeaf = this.#rows.place + 4 * begin
      // Where the loss of these rows is lowest, by a step of Newton's method.
      const divisor = loops.sumOf(hessians, inLeaf, count) + this.#options.l2
      const step = divisor > 0 ? -loops.sumOf(gradients, inLeaf, count) / divisor : 0
      const value = Math.fround(this.#options.learningRate * step)
      nodes.values[node] = value
      loops.addTo(scores, inLeaf, count, value)
    }
    return nodes.toTree()
  }

  /**
   * Writes the gradient pairs as whole numbers, as large as they may be for their sums to fit, and returns the sum over
   * all rows. Units are powers of two: a hessian of 1 stays one exactly.
   */
  #quantise(gradients: number, hessians: number, count: number): bigint {
    const { loops } = this.#kernel
    const rows = this.#rows.place
    const gradientScale = powerOfTwo((2 ** 31 - 1) / count - 1, loops.highest(gradients, rows, count))
    const hessianScale = powerOfTwo((2 ** 32 - 1) / count - 1, loops.highest(hessians, rows, count))
    loops.gradientUnit.value = 1 / gradientScale
    loops.hessianUnit.value = 1 / hessianScale
    return loops.quantise(gradients, hessians, rows, count, gradientScale, hessianScale, this.#pairs)
  }

  #root(nodes: Nodes, count: number, total: bigint): Leaf {
    const leaf = leafOf(nodes.add(), { depth: 0, begin: 0, count, total, histogram: this.#histogram(0) })
    this.#fillHistogram(leaf)
    leaf.split = this.#bestSplit(leaf)
    return leaf
  }

  /** Makes two leaves of one; there are `leafCount` so far. */
  #divide(nodes: Nodes, parent: Leaf, leafCount: number): [Leaf, Leaf] {
    const { feature, bin, left: leftTotal } = parent.split!
    const ends = this.#bins.ends[feature]!
    const leftCount = this.#partition(parent, parent.split!)
    const rightCount = parent.count - leftCount
    const depth = parent.depth + 1
    // The smaller child's rows are gone through; what they leave of the parent's histogram is its sibling's.
    const [smaller, larger] = [this.#histogram(leafCount), parent.histogram]
    const isLeftSmaller = leftCount <= rightCount
    const left = leafOf(nodes.add(), {
      depth,
      begin: parent.begin,
      count: leftCount,
      total: leftTotal,
      histogram: isLeftSmaller ? smaller : larger,
    })
    const right = leafOf(nodes.add(), {
      depth,
      begin: parent.begin + leftCount,
      count: rightCount,
      total: parent.total - leftTotal,
      histogram: isLeftSmaller ? larger : smaller,
    })
    const missingLeft = this.#bins.missing[feature] === true ? parent.split!.missingLeft : !isLeftSmaller
    // Behind the last interval: everything but what is missing.
    const threshold = ends[bin] ?? Infinity
    nodes.divide(parent.node, { feature, threshold, missingLeft, left: left.node, right: right.node })
    if (leafCount + 1 < this.#options.maxLeaves && depth < (this.#options.maxDepth ?? Infinity)) {
      this.#fillHistogram(isLeftSmaller ? left : right)
      this.#kernel.loops.subtract(larger, smaller, this.#histogramBytes)
      left.split = this.#bestSplit(left)
      right.split = this.#bestSplit(right)
    }
    return [left, right]
  }

  /** Puts the rows of a leaf that go left first, and returns how many these are. */
  #partition({ begin, count }: Leaf, { feature, bin, missingLeft }: Split): number {
    const missing = this.#bins.missing[feature] === true ? this.#bins.ends[feature]!.length + 1 : NO_BIN
    return this.#kernel.loops.partition(
      this.#bins.place + feature,
      this.#featureCount,
      this.#rows.place + 4 * begin,
      count,
      bin,
      missing,
      missingLeft,
      this.#spare,
    )
  }

  /** Where a histogram lies; room for it is taken with the first tree that has so many leaves. */
  #histogram(number: number): number {
    return (this.#histograms[number] ??= this.#kernel.bytes(this.#histogramBytes).place)
  }

  #fillHistogram({ begin, count, histogram }: Leaf): void {
    const rows = this.#rows.place + 4 * begin
    const { place } = this.#bins
    this.#kernel.loops.fill(place, this.#featureCount, rows, count, this.#pairs, this.#slots, histogram)
  }

  #bestSplit({ histogram, total }: Leaf): Split | undefined {
    const { loops } = this.#kernel
    loops.findSplit(histogram, this.#featureCount, this.#slots, this.#missing, this.#used.place, total)
    if (!(loops.bestGain.value > 0)) return undefined
    return {
      gain: loops.bestGain.value,
      feature: loops.bestFeature.value,
      bin: loops.bestBin.value,
      missingLeft: loops.bestMissingLeft.value === 1,
      left: loops.bestLeft.value,
    }
  }
}

function leafOf(node: number, leaf: Omit<Leaf, 'node' | 'split'>): Leaf {
  return { node, ...leaf, split: undefined }
}

/** The nodes of a tree that is still growing. */
class Nodes {
  readonly #features: number[] = []
  readonly #thresholds: number[] = []
  readonly #missingLeft: number[] = []
  readonly #left: number[] = []
  readonly #right: number[] = []
  readonly values: number[] = []

  /** Adds a leaf and returns its number. */
  add(): number {
    for (const property of [this.#thresholds, this.#missingLeft, this.#left, this.#right, this.values]) property.push(0)
    return this.#features.push(LEAF) - 1
  }

  /** Makes a leaf an inner node. */
  divide(
    node: number,
    split: { feature: number; threshold: number; missingLeft: boolean; left: number; right: number },
  ): void {
    this.#features[node] = split.feature
    this.#thresholds[node] = split.threshold
    this.#missingLeft[node] = Number(split.missingLeft)
    this.#left[node] = split.left
    this.#right[node] = split.right
  }

  toTree(): Tree {
    return {
      features: Int32Array.from(this.#features),
      thresholds: Float32Array.from(this.#thresholds),
      missingLeft: Uint8Array.from(this.#missingLeft),
      left: Int32Array.from(this.#left),
      right: Int32Array.from(this.#right),
      values: Float32Array.from(this.values),
    }
  }
}

function indexOfBest(leaves: readonly Leaf[]): number | undefined {
  let best: number | undefined
  for (const [i, { split }] of leaves.entries()) {
    if (split !== undefined && split.gain > (best === undefined ? 0 : leaves[best]!.split!.gain)) best = i
  }
  return best
}

/** The highest power of two by which `value` may be multiplied to stay below `limit`. */
function powerOfTwo(limit: number, value: number): number {
  return value === 0 ? 1 : 2 ** Math.min(Math.floor(Math.log2(limit / value)), 1000)
}

function roundedUp(size: number, step: number): number {
  return Math.ceil(size / step) * step
}
