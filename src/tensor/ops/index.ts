/** The closed set of primitives. Everything else is composed of these. */
import type { Rule } from '../tensor.ts'
import { blockedConv2dRule, blockRule, unblockRule } from './blocks.ts'
import { batchNormRule, scaleShiftRule } from './channels.ts'
import { conv2dRule, convTranspose2dRule } from './convolution.ts'
import * as elementwise from './elementwise.ts'
import { matmulRule } from './matmul.ts'
import { avgPool2dRule, maxPool2dRule } from './pooling.ts'
import * as select from './select.ts'
import * as shaping from './shaping.ts'
import { logSoftmaxRule, softmaxRule } from './softmax.ts'

export const primitives = [
  elementwise.addRule,
  elementwise.subRule,
  elementwise.mulRule,
  elementwise.divRule,
  elementwise.negRule,
  elementwise.absRule,
  elementwise.signRule,
  elementwise.expRule,
  elementwise.logRule,
  elementwise.sqrtRule,
  elementwise.tanhRule,
  elementwise.sigmoidRule,
  elementwise.erfRule,
  shaping.reshapeRule,
  shaping.transposeRule,
  shaping.expandRule,
  shaping.sumRule,
  shaping.sliceRule,
  shaping.padRule,
  shaping.concatRule,
  matmulRule,
  select.greaterRule,
  select.equalRule,
  select.whereRule,
  select.reluRule,
  select.castRule,
  select.oneHotRule,
  select.gatherRule,
  select.scatterAddRule,
  select.maxRule,
  select.argMaxRule,
  softmaxRule,
  logSoftmaxRule,
  conv2dRule,
  convTranspose2dRule,
  maxPool2dRule,
  avgPool2dRule,
  scaleShiftRule,
  batchNormRule,
  blockRule,
  unblockRule,
  blockedConv2dRule,
] as const satisfies readonly Rule<never>[]
