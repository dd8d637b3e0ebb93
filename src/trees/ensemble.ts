/** Boosted trees: what was learned, as tensors and as an ONNX graph. */
import { MillraceError } from '../core/index.ts'
import type { OnnxGraph } from '../onnx/index.ts'
import type { Features } from './binning.ts'
import { addScores, LEAF, type Tree } from './tree.ts'

/** Arrays by name, as safetensors files keep them. */
export type TreeTensors = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>

/** Trees whose leaves add up to the scores of a row. */
export class TreeEnsemble {
  /** The scores without any tree, one for each output. */
  readonly start: readonly number[]
  /** One for each output, round after round. */
  readonly trees: readonly Tree[]

  constructor(start: readonly number[], trees: readonly Tree[]) {
    this.start = start.map(Math.fround)
    this.trees = trees
  }

  /** How many scores a row has. */
  get outputs(): number {
    return this.start.length
  }

  /** The scores of each row, [outputs, rowCount]: one output after the other. */
  scores(features: Features): Float64Array {
    const { rowCount } = features
    const scores = new Float64Array(this.outputs * rowCount)
    for (const [output, value] of this.start.entries()) scores.fill(value, output * rowCount, (output + 1) * rowCount)
    for (const [i, tree] of this.trees.entries()) {
      const output = i % this.outputs
      addScores(tree, features, scores.subarray(output * rowCount, (output + 1) * rowCount))
    }
    return scores
  }

  /**
   * Writes the trees into the graph and returns the name of the scores, float32 [batch, columns]: those of the outputs
   * stand last, and zeros before them.
   *
   * @param features float32 [batch, features], NaN being missing
   */
  lower(graph: OnnxGraph, features: string, columns = this.outputs): string {
    const skipped = columns - this.outputs
    const nodes = { tree: ints(), node: ints(), feature: ints(), left: ints(), right: ints(), missing: ints() }
    const [thresholds, modes]: [number[], string[]] = [[], []]
    const leaves = { tree: ints(), node: ints(), output: ints(), value: ints() }
    for (const [number, tree] of this.trees.entries()) {
      for (const [node, feature] of tree.features.entries()) {
        const isLeaf = feature === LEAF
        nodes.tree.push(number)
        nodes.node.push(node)
        nodes.feature.push(isLeaf ? 0 : feature)
        nodes.left.push(tree.left[node]!)
        nodes.right.push(tree.right[node]!)
        nodes.missing.push(tree.missingLeft[node]!)
        thresholds.push(tree.thresholds[node]!)
        modes.push(isLeaf ? 'LEAF' : 'BRANCH_LEQ')
        if (!isLeaf) continue
        leaves.tree.push(number)
        leaves.node.push(node)
        leaves.output.push(skipped + (number % this.outputs))
        leaves.value.push(tree.values[node]!)
      }
    }
    const attributes = {
      n_targets: { int: columns },
      aggregate_function: { string: 'SUM' },
      post_transform: { string: 'NONE' },
      base_values: { floats: [...ints(skipped), ...this.start] },
      nodes_treeids: { ints: nodes.tree },
      nodes_nodeids: { ints: nodes.node },
      nodes_featureids: { ints: nodes.feature },
      nodes_modes: { strings: modes },
      nodes_values: { floats: thresholds },
      nodes_truenodeids: { ints: nodes.left },
      nodes_falsenodeids: { ints: nodes.right },
      nodes_missing_value_tracks_true: { ints: nodes.missing },
      target_treeids: { ints: leaves.tree },
      target_nodeids: { ints: leaves.node },
      target_ids: { ints: leaves.output },
      target_weights: { floats: leaves.value },
    }
    return graph.node('TreeEnsembleRegressor', [features], attributes, { domain: 'ai.onnx.ml' })
  }

  /** All there is to know, as tensors: the start, how many nodes each tree has, and the properties of all nodes. */
  toTensors(): TreeTensors {
    const ofNodes = nodeProperties.map((property): [string, number[]] => [
      property,
      this.trees.flatMap((tree) => Array.from(tree[property])),
    ])
    const counts = this.trees.map(({ features }) => features.length)
    const all: readonly [string, readonly number[]][] = [['start', this.start], ['nodeCounts', counts], ...ofNodes]
    return new Map(
      all.map(([name, values]) => [`trees.${name}`, { shape: [values.length], data: Float32Array.from(values) }]),
    )
  }

  /** The trees that `toTensors` described. @throws MillraceError INVALID_MODEL naming what is missing or does not fit */
  static fromTensors(tensors: TreeTensors): TreeEnsemble {
    const counts = tensorOf(tensors, 'nodeCounts')
    const nodeCount = counts.reduce((sum, count) => sum + count, 0)
    const nodes = (property: keyof Tree): Float32Array => {
      const data = tensorOf(tensors, property)
      if (data.length === nodeCount) return data
      throw invalid(`its trees have ${nodeCount} nodes, but "trees.${property}" has ${data.length} numbers`)
    }
    const [features, thresholds, missingLeft] = [nodes('features'), nodes('thresholds'), nodes('missingLeft')]
    const [left, right, values] = [nodes('left'), nodes('right'), nodes('values')]
    let end = 0
    const trees = Array.from(counts, (count): Tree => {
      const [from, to] = [end, (end += count)]
      return {
        features: Int32Array.from(features.subarray(from, to)),
        thresholds: thresholds.slice(from, to),
        missingLeft: Uint8Array.from(missingLeft.subarray(from, to)),
        left: Int32Array.from(left.subarray(from, to)),
        right: Int32Array.from(right.subarray(from, to)),
        values: values.slice(from, to),
      }
    })
    return new TreeEnsemble([...tensorOf(tensors, 'start')], trees)
  }
}

const nodeProperties = ['features', 'thresholds', 'missingLeft', 'left', 'right', 'values'] as const

function tensorOf(tensors: TreeTensors, name: string): Float32Array {
  const found = tensors.get(`trees.${name}`)
  if (found === undefined) throw invalid(`there is no tensor "trees.${name}"`)
  return found.data
}

function ints(count = 0): number[] {
  return Array.from({ length: count }, () => 0)
}

function invalid(problem: string): MillraceError {
  return new MillraceError('INVALID_MODEL', `The trees are not as they were saved: ${problem}. Train the model again.`)
}
