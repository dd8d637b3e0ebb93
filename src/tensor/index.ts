export { gelu, leakyRelu, mean, silu, softplus, square, standardize } from './composed.ts'
export { gradients } from './gradient.ts'
export { checkGraph, topologicalOrder } from './graph.ts'
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
  relu,
  sigmoid,
  sign,
  sqrt,
  sub,
  tanh,
} from './ops/elementwise.ts'
export { primitives } from './ops/index.ts'
export { matmul, type MatmulOptions } from './ops/matmul.ts'
export { argMax, cast, equal, gather, greater, max, oneHot, scatterAdd, where } from './ops/select.ts'
export { concat, expand, pad, type ReduceOptions, reshape, slice, sum, transpose } from './ops/shaping.ts'
export { logSoftmax, softmax } from './ops/softmax.ts'
export { type Dim, elementCount, formatShape, sameShape, type Shape } from './shape.ts'
export {
  type ArrayOf,
  type AttributeValue,
  constant,
  type DType,
  type Emitter,
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
