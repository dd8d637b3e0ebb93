export {
  adaptiveAvgPool2d,
  flatten,
  gelu,
  hardswish,
  leakyRelu,
  mean,
  relu6,
  silu,
  softplus,
  square,
  standardize,
} from './composed.ts'
export { blockImages } from './block-images.ts'
export { gradients } from './gradient.ts'
export { checkGraph, topologicalOrder } from './graph.ts'
export { block, unblock } from './ops/blocks.ts'
export { batchNorm, scaleShift } from './ops/channels.ts'
export { conv2d, type ConvolutionOptions, convTranspose2d, type ConvTransposeOptions } from './ops/convolution.ts'
export {
  abs,
  add,
  div,
  erf,
  exp,
  log,
  mul,
  neg,
  type Operand,
  sigmoid,
  sign,
  sqrt,
  sub,
  tanh,
} from './ops/elementwise.ts'
export { primitives } from './ops/index.ts'
export { matmul, type MatmulOptions } from './ops/matmul.ts'
export { type AvgPoolOptions, avgPool2d, maxPool2d, type MaxPoolOptions } from './ops/pooling.ts'
export { argMax, cast, equal, gather, greater, max, oneHot, relu, scatterAdd, where } from './ops/select.ts'
export { concat, expand, pad, type ReduceOptions, reshape, slice, sum, transpose } from './ops/shaping.ts'
export { logSoftmax, softmax } from './ops/softmax.ts'
export { padImage, type Pads, type Pair } from './ops/window.ts'
export { dropExpansions, mergeFactors, type Pass, poolBeforeNorm, poolBeforeRelu } from './passes.ts'
export { type Dim, elementCount, formatShape, sameShape, type Shape } from './shape.ts'
export {
  type ArrayOf,
  type AttributeValue,
  constant,
  type DType,
  type Emitter,
  type NodeOptions,
  input,
  random,
  type Rule,
  scalar,
  shapeError,
  type Source,
  Tensor,
  type TensorData,
  type TensorType,
  variable,
} from './tensor.ts'
export { bufferValue, insideModule, isTraining, trace, type TraceOptions, updateBuffer } from './trace.ts'
