/**
 * What boosted trees are fitted to: losses with their first and second derivatives.
 *
 * Scores are the sums over the trees, one for each output of each row; gradients and hessians are laid out as they are:
 * [outputs, rowCount], one output after the other.
 */

export interface Objective {
  readonly name: 'squared-error' | 'logistic' | 'softmax'
  /** How many scores a row has, and trees a round. */
  readonly outputs: number
  /** Which targets it takes, in words. */
  readonly expected: string
  readonly takes: (target: number) => boolean
  /** The scores before the first tree: the best of those that are the same for all rows. */
  start(targets: Float64Array, weights?: Float64Array): readonly number[]
  /** Writes the derivatives of the loss of each row by each of its scores, and returns the mean loss. */
  derive(scores: Float64Array, targets: Float64Array, gradients: Float64Array, hessians: Float64Array): number
}

/** Targets are numbers. The loss is (score − target)². */
export const squaredError: Objective = {
  name: 'squared-error',
  outputs: 1,
  expected: 'finite numbers',
  takes: (target) => Number.isFinite(target),
  start: (targets, weights) => [mean(targets, weights)],
  derive(scores, targets, gradients, hessians) {
    let loss = 0
    for (let row = 0; row < targets.length; row++) {
      // Derivatives of half the loss: the leaves come out the same, and the hessian counts rows.
      const difference = scores[row]! - targets[row]!
      gradients[row] = difference
      loss += difference * difference
    }
    hessians.fill(1)
    return loss / targets.length
  },
}

/** Targets are 0 or 1. The score is the logarithm of the odds of 1, the loss the cross-entropy. */
export const logistic: Objective = {
  name: 'logistic',
  outputs: 1,
  expected: '0 and 1',
  takes: (target) => target === 0 || target === 1,
  start(targets, weights) {
    const share = mean(targets, weights)
    return [Math.log(share / (1 - share))]
  },
  derive(scores, targets, gradients, hessians) {
    let loss = 0
    // The logarithm of a product is the sum of the logarithms, and far cheaper.
    let product = 1
    for (let row = 0; row < targets.length; row++) {
      const score = scores[row]!
      const target = targets[row]!
      const odds = Math.exp(-Math.abs(score))
      const share = 1 / (1 + odds)
      gradients[row] = (score >= 0 ? share : odds * share) - target
      hessians[row] = odds * share * share
      loss += Math.max(target === 1 ? -score : score, 0)
      product *= 1 + odds
      if (product > 1e300) {
        loss += Math.log(product)
        product = 1
      }
    }
    return (loss + Math.log(product)) / targets.length
  },
}

/** Targets are the numbers of classes. A class has a score each, the loss is the cross-entropy of their softmax. */
export function softmax(classCount: number): Objective {
  const probabilities = new Float64Array(classCount)
  return {
    name: 'softmax',
    outputs: classCount,
    expected: `the numbers of classes, 0 to ${classCount - 1}`,
    takes: (target) => Number.isInteger(target) && target >= 0 && target < classCount,
    start: (targets, weights) =>
      Array.from({ length: classCount }, (_, output) =>
        Math.log(
          mean(
            targets.map((target) => Number(target === output)),
            weights,
          ),
        ),
      ),
    derive(scores, targets, gradients, hessians) {
      const rowCount = targets.length
      let loss = 0
      for (let row = 0; row < rowCount; row++) {
        let highest = -Infinity
        for (let i = row; i < scores.length; i += rowCount) highest = Math.max(highest, scores[i]!)
        let sum = 0
        for (let output = 0; output < classCount; output++) {
          sum += probabilities[output] = Math.exp(scores[output * rowCount + row]! - highest)
        }
        for (let output = 0; output < classCount; output++) {
          const probability = probabilities[output]! / sum
          const i = output * rowCount + row
          gradients[i] = probability - Number(targets[row] === output)
          hessians[i] = probability * (1 - probability)
        }
        loss += Math.log(sum) + highest - scores[targets[row]! * rowCount + row]!
      }
      return loss / rowCount
    },
  }
}

function mean(values: Float64Array, weights?: Float64Array): number {
  let [sum, total] = [0, 0]
  for (let row = 0; row < values.length; row++) {
    const weight = weights?.[row] ?? 1
    sum += weight * values[row]!
    total += weight
  }
  return sum / total
}
