/** Images trained per second by convolutional networks for Fashion-MNIST beside PyTorch's eager loop. */
import { adam, type Module, sgd } from 'millrace/nn'
import { FashionCNN, ThreeBlocks } from '../systems/fashion-mnist/networks.ts'
import type { Comparison } from './pairs.ts'
import { compareTrainings, type TrainingCase } from './training-steps.ts'

const task = { channels: 1, height: 28, width: 28, classCount: 10 }

const plainCnn = (): Module => new FashionCNN({ batchNorm: false, dropout: 0.25 }, task)
const normedCnn = (): Module => new FashionCNN({ batchNorm: true, dropout: 0.25 }, task)
const threeBlocks = (): Module => new ThreeBlocks({ dropout: 0.2 }, task)

/** The networks of Fashion-MNIST, which step_torch.py has too. */
export const networks = [
  { title: 'CNN 32-64', network: 'cnn', make: plainCnn, optimizer: 'adam' },
  { title: 'CNN 32-64 with batch norm', network: 'cnnWithNorm', make: normedCnn, optimizer: 'adam' },
  { title: 'CNN 32-64-128 with batch norm', network: 'threeBlocks', make: threeBlocks, optimizer: 'sgd' },
] as const

export const optimizers = {
  adam: { title: 'Adam', optimizer: adam({ lr: 1e-3 }) },
  sgd: { title: 'SGD', optimizer: sgd({ lr: 0.01, momentum: 0.9 }) },
}

const cases = networks.flatMap(({ title, network, make, optimizer }) =>
  [1, 2].map((threads): TrainingCase => ({
    title: `${title}, ${optimizers[optimizer].title}`,
    peer: { network, optimizer },
    network: make,
    optimizer: optimizers[optimizer].optimizer,
    rowShape: [1, 28, 28],
    classes: 10,
    batchSize: 64,
    threads,
    warmUp: 50,
    steps: 100,
    goal: 1.3,
  })),
)

/** @throws PeerMissing when the Python interpreter has no PyTorch */
export function compare(): Promise<Comparison[]> {
  return compareTrainings(cases, 'images')
}
