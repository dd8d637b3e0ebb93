/** Losses: what training makes small. Each is the mean over the batch unless it says otherwise. */
import { MillraceError } from '../core/index.ts'
import {
  abs,
  add,
  constant,
  div,
  formatShape,
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  relu,
  sameShape,
  type Shape,
  shapeError,
  softplus,
  square,
  sub,
  sum,
  type Tensor,
  type TensorData,
} from '../tensor/index.ts'

/** A loss with the name and options that it is logged under. */
export interface Loss {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  /** The scalar loss of a batch. */
  compute(output: Tensor, target: Tensor): Tensor
  /** Looks for a target of the batch that the loss has no answer to; `shape` is that of the module's output. */
  readonly findInvalidTarget?: (target: TensorData, shape: Shape) => InvalidTarget | undefined
}

export interface InvalidTarget {
  /** Position in the batch's target. */
  readonly position: number
  readonly problem: string
}

export interface CrossEntropyOptions {
  /** A weight for each class; the mean is then weighted. Default: all alike. */
  readonly classWeights?: readonly number[]
  /** The share of the target that is spread over all classes, in [0, 1). Default 0. */
  readonly labelSmoothing?: number
}

/**
 * Cross-entropy of labels under a softmax, in nats: logits [batch, classes], labels int64 [batch] → scalar.
 *
 * Equals torch.nn.functional.cross_entropy, smoothing with class weights included (Szegedy et al. 2016). `train` refuses
 * labels outside 0..classes − 1; there is no index that is left out.
 *
 * @throws MillraceError INVALID_ARGUMENT for a smoothing or a weight out of range
 */
export function crossEntropyLoss(options: CrossEntropyOptions = {}): Loss {
  const { classWeights, labelSmoothing = 0 } = options
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `crossEntropyLoss: labelSmoothing must be at least 0 and below 1, found ${labelSmoothing}.`,
    )
  }
  checkWeights('crossEntropyLoss', classWeights)
  return {
    name: 'crossEntropy',
    options: { ...options },
    findInvalidTarget: findInvalidLabel,
    compute(logits, labels) {
      const target = oneHot(checkLabels('crossEntropyLoss', logits, labels, classWeights), logits.shape[1] as number)
      const logProbabilities = logSoftmax(logits)
      const loss = negativeLikelihood(logProbabilities, target, classWeights)
      if (labelSmoothing === 0) return loss
      const uniform = uniformPart(logProbabilities, target, classWeights)
      return add(mul(loss, 1 - labelSmoothing), mul(uniform, labelSmoothing))
    },
  }
}

/** Negative log-likelihood: log-probabilities [batch, classes], labels int64 [batch] → scalar. */
export function nllLoss(options: Pick<CrossEntropyOptions, 'classWeights'> = {}): Loss {
  checkWeights('nllLoss', options.classWeights)
  return {
    name: 'nll',
    options: { ...options },
    findInvalidTarget: findInvalidLabel,
    compute(logProbabilities, labels) {
      const checked = checkLabels('nllLoss', logProbabilities, labels, options.classWeights)
      const target = oneHot(checked, logProbabilities.shape[1] as number)
      return negativeLikelihood(logProbabilities, target, options.classWeights)
    },
  }
}

/** Binary cross-entropy of logits against targets in [0, 1], of one shape, in nats; `positiveWeight` scales the loss of the ones. */
export function bceWithLogitsLoss(options: { readonly positiveWeight?: number } = {}): Loss {
  const { positiveWeight = 1 } = options
  return {
    name: 'bceWithLogits',
    options: { ...options },
    compute(logits, target) {
      checkSameShape('bceWithLogitsLoss', logits, target)
      // −w·y·log σ(x) − (1 − y)·log(1 − σ(x)), by log σ(x) = −softplus(−x)
      const ofOnes = mul(mul(target, positiveWeight), softplus(neg(logits)))
      return mean(add(ofOnes, mul(sub(1, target), softplus(logits))))
    },
  }
}

/** Mean squared error of two tensors of one shape. */
export function mseLoss(): Loss {
  return elementwise('mse', {}, (output, target) => square(sub(output, target)))
}

/** Mean absolute error of two tensors of one shape. */
export function l1Loss(): Loss {
  return elementwise('l1', {}, (output, target) => abs(sub(output, target)))
}

/** Huber's loss: square below `delta`, linear above; mean over two tensors of one shape. */
export function huberLoss({ delta = 1 }: { readonly delta?: number } = {}): Loss {
  return elementwise('huber', { delta }, (output, target) => {
    const error = abs(sub(output, target))
    const excess = relu(sub(error, delta))
    // ½(e − excess)² + δ·excess is both branches in one expression.
    return add(mul(square(sub(error, excess)), 0.5), mul(excess, delta))
  })
}

function elementwise(
  name: string,
  options: Readonly<Record<string, unknown>>,
  error: (output: Tensor, target: Tensor) => Tensor,
): Loss {
  return {
    name,
    options,
    compute(output, target) {
      checkSameShape(`${name}Loss`, output, target)
      return mean(error(output, target))
    },
  }
}

function negativeLikelihood(
  logProbabilities: Tensor,
  target: Tensor,
  classWeights: readonly number[] | undefined,
): Tensor {
  if (classWeights === undefined) return mul(sum(mul(logProbabilities, target)), -1 / (target.shape[0] as number))
  const weighted = mul(target, weightTensor(classWeights))
  return neg(div(sum(mul(logProbabilities, weighted)), sum(weighted)))
}

/** The loss against equal shares for all classes, normalised as PyTorch does it. */
function uniformPart(logProbabilities: Tensor, target: Tensor, classWeights: readonly number[] | undefined): Tensor {
  const classCount = target.shape[1] as number
  if (classWeights === undefined) return neg(div(mean(sum(logProbabilities, { axes: [1] })), classCount))
  const weights = weightTensor(classWeights)
  const total = sum(mul(logProbabilities, weights))
  return neg(div(total, mul(sum(mul(target, weights)), classCount)))
}

function weightTensor(classWeights: readonly number[]): Tensor {
  return constant(Float32Array.from(classWeights), [1, classWeights.length], 'float32')
}

function checkLabels(
  loss: string,
  logits: Tensor,
  labels: Tensor,
  classWeights: readonly number[] | undefined,
): Tensor {
  const fits = logits.shape.length === 2 && labels.shape.length === 1 && logits.shape[0] === labels.shape[0]
  if (!fits || labels.dtype !== 'int64') {
    throw shapeError(
      loss,
      `expected logits [batch, classes] and int64 labels [batch], found ${formatShape(logits.shape)} and ${labels.dtype} ${formatShape(labels.shape)}.`,
    )
  }
  if (classWeights !== undefined && classWeights.length !== logits.shape[1]) {
    throw shapeError(loss, `${classWeights.length} class weights for ${logits.shape[1]} classes.`)
  }
  return labels
}

function findInvalidLabel(labels: TensorData, [, classCount]: Shape): InvalidTarget | undefined {
  const limit = BigInt(classCount!)
  for (let position = 0; position < labels.length; position++) {
    const label = labels[position]! as bigint
    if (label < 0n || label >= limit) {
      return { position, problem: `the label ${label} is none of the ${limit} classes (0 to ${limit - 1n})` }
    }
  }
  return undefined
}

function checkWeights(loss: string, weights: readonly number[] = []): void {
  const bad = weights.find((weight) => !(weight >= 0 && weight < Infinity))
  if (bad !== undefined) {
    throw new MillraceError('INVALID_ARGUMENT', `${loss}: class weights must be numbers of at least 0, found ${bad}.`)
  }
}

function checkSameShape(loss: string, output: Tensor, target: Tensor): void {
  if (!sameShape(output.shape, target.shape)) {
    throw shapeError(
      loss,
      `output ${formatShape(output.shape)} and target ${formatShape(target.shape)} must have one shape.`,
    )
  }
}
