/** The passes that graphs go through on their way to a training session, each checked. */
import {
  blockImages,
  checkGraph,
  dropExpansions,
  mergeFactors,
  type Pass,
  poolBeforeRelu,
  type Tensor,
  topologicalOrder,
} from '../tensor/index.ts'
import { detectBlockSize } from './block-size.ts'

/** Passes for a graph that is still to be differentiated. The layout of images is what this processor's kernels are fastest with. */
export async function optimizeForward(roots: readonly Tensor[]): Promise<Tensor[]> {
  const pooled = run('poolBeforeRelu', poolBeforeRelu, roots)
  const hasImages = topologicalOrder(pooled).some(({ shape }) => shape.length === 4)
  const size = hasImages ? await detectBlockSize() : undefined
  return size === undefined ? pooled : run('blockImages', (each) => blockImages(each, size), pooled)
}

/** Passes for a graph with its gradients. */
export function optimizeStep(roots: readonly Tensor[]): Tensor[] {
  return run('mergeFactors', mergeFactors, run('dropExpansions', dropExpansions, roots))
}

function run(name: string, pass: Pass, roots: readonly Tensor[]): Tensor[] {
  const made = pass(roots)
  checkGraph(made, name)
  return made
}
