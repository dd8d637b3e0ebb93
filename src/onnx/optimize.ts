/** The passes that graphs go through on their way to a training session, each checked. */
import {
  blockImages,
  checkGraph,
  dropExpansions,
  mergeFactors,
  type Pass,
  poolBeforeNorm,
  poolBeforeRelu,
  type Tensor,
  topologicalOrder,
} from '../tensor/index.ts'
import { detectBlockSize } from './block-size.ts'

/** Passes for a graph that is still to be differentiated. The layout of images is what this processor's kernels are fastest with. */
export async function optimizeForward(roots: readonly Tensor[]): Promise<Tensor[]> {
  const pooled = runAll({ poolBeforeRelu, poolBeforeNorm }, roots)
  const hasImages = topologicalOrder(pooled).some(({ shape }) => shape.length === 4)
  const size = hasImages ? await detectBlockSize() : undefined
  return size === undefined ? pooled : runAll({ blockImages: (each) => blockImages(each, size) }, pooled)
}

/** Passes for a graph with its gradients. */
export function optimizeStep(roots: readonly Tensor[]): Tensor[] {
  return runAll({ dropExpansions, mergeFactors }, roots)
}

function runAll(passes: Readonly<Record<string, Pass>>, roots: readonly Tensor[]): Tensor[] {
  let made = [...roots]
  for (const [name, pass] of Object.entries(passes)) {
    made = pass(made)
    checkGraph(made, name)
  }
  return made
}
