/** Metrics computed inside the training graph, for `train({ metrics })`. Each is the mean over the rows of a batch. */
import { abs, argMax, cast, equal, greater, mean, sub } from '../tensor/index.ts'
import type { BatchMetric } from './program.ts'

/** The share of rows whose largest logit is at the label: output [batch, classes], int64 target [batch]. */
export function batchAccuracy(): BatchMetric {
  return (output, target) => mean(cast(equal(argMax(output, 1), target), 'float32'))
}

/**
 * The share of answers on the right side of `threshold`, over all elements: logits and targets of one shape, with
 * targets above 0.5 counting as yes. The default of 0 is a probability of one half.
 */
export function batchBinaryAccuracy({ threshold = 0 }: { readonly threshold?: number } = {}): BatchMetric {
  return (output, target) =>
    mean(cast(equal(cast(greater(output, threshold), 'int64'), cast(greater(target, 0.5), 'int64')), 'float32'))
}

/** The mean of |output − target|, in the target's unit. */
export function batchMeanAbsoluteError(): BatchMetric {
  return (output, target) => mean(abs(sub(output, target)))
}
