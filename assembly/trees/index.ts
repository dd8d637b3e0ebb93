/**
 * The loops of tree growing, compiled to WebAssembly by assembly/build.ts. The caller's side is src/trees/kernel.ts.
 *
 * A gradient pair is one 64-bit number: the gradient in the upper half, signed, and the hessian in the lower, never
 * negative. Both are whole numbers so small that their sums over all rows fit their halves, so one addition adds both,
 * sums come out the same in every order, and a child's histogram is its parent's less its sibling's, exactly.
 */
export { encode, sort } from './binning'
export { addTo, highest, quantise, sumOf } from './gradients'
export { fill, subtract } from './histogram'
export { partition } from './partition'
export {
  bestBin,
  bestFeature,
  bestGain,
  bestLeft,
  bestMissingLeft,
  findSplit,
  gradientUnit,
  hessianUnit,
  l2,
  minChildWeight,
} from './split'

/** Memory for the caller, zeros at first. */
export function allocate(size: u32): usize {
  const address = heap.alloc(size)
  memory.fill(address, 0, size)
  return address
}
