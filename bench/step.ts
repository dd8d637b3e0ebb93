/** Training steps per second of perceptrons beside PyTorch's eager loop, in one process each that stays warm. */
import { adam, Linear, type Module, ReLU, Sequential } from 'millrace/nn'
import type { Comparison } from './pairs.ts'
import { compareTrainings, type TrainingCase } from './training-steps.ts'

const cases: readonly TrainingCase[] = [1, 2].flatMap((threads) => [
  perceptronCase([4, 16, 3], { batchSize: 32, threads, warmUp: 500, steps: 4000, goal: 5 }),
  perceptronCase([784, 512, 256, 10], { batchSize: 128, threads, warmUp: 20, steps: 150, goal: 1 }),
])

/** @throws PeerMissing when the Python interpreter has no PyTorch */
export function compare(): Promise<Comparison[]> {
  return compareTrainings(cases, 'steps')
}

function perceptronCase(
  sizes: readonly number[],
  rest: Pick<TrainingCase, 'batchSize' | 'threads' | 'warmUp' | 'steps' | 'goal'>,
): TrainingCase {
  return {
    title: `MLP ${sizes.join('-')}, Adam`,
    peer: { network: 'mlp', sizes, optimizer: 'adam' },
    network: () => perceptron(sizes),
    optimizer: adam({ lr: 1e-3 }),
    rowShape: [sizes[0]!],
    classes: sizes.at(-1)!,
    ...rest,
  }
}

function perceptron(sizes: readonly number[]): Module {
  const layers = sizes.slice(1).flatMap((outputs, i) => [new Linear(sizes[i]!, outputs), new ReLU()])
  return new Sequential(...layers.slice(0, -1))
}
