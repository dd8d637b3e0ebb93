/** Images trained per second by convolutional networks for Fashion-MNIST beside PyTorch's eager loop. */
import { adam, BatchNorm2d, Conv2d, Dropout, Linear, Module, sgd } from 'millrace/nn'
import { flatten, maxPool2d, relu, type Tensor } from 'millrace/tensor'
import type { Comparison } from './pairs.ts'
import { compareTrainings, type TrainingCase } from './training-steps.ts'

export class FashionCNN extends Module {
  conv1 = new Conv2d(1, 32, 3, { padding: 1 })
  bn1: BatchNorm2d | undefined
  conv2 = new Conv2d(32, 64, 3, { padding: 1 })
  bn2: BatchNorm2d | undefined
  fc1 = new Linear(64 * 7 * 7, 128)
  dropout = new Dropout(0.25)
  fc2 = new Linear(128, 10)

  constructor(norm: boolean) {
    super()
    this.bn1 = norm ? new BatchNorm2d(32) : undefined
    this.bn2 = norm ? new BatchNorm2d(64) : undefined
  }

  override forward(x: Tensor): Tensor {
    const first = block(x, this.conv1, this.bn1)
    const second = block(first, this.conv2, this.bn2)
    return this.fc2.forward(this.dropout.forward(relu(this.fc1.forward(flatten(second)))))
  }
}

export class ThreeBlocks extends Module {
  convs = [
    new Conv2d(1, 32, 3, { padding: 'same' }),
    new Conv2d(32, 64, 3, { padding: 'same' }),
    new Conv2d(64, 128, 3, { padding: 'same' }),
  ]
  norms = [32, 64, 128].map((channels) => new BatchNorm2d(channels))
  fc1 = new Linear(1152, 256)
  dropout = new Dropout(0.2)
  fc2 = new Linear(256, 10)

  override forward(x: Tensor): Tensor {
    const features = this.convs.reduce((value, conv, i) => block(value, conv, this.norms[i]), x)
    return this.fc2.forward(this.dropout.forward(relu(this.fc1.forward(flatten(features)))))
  }
}

function block(x: Tensor, conv: Conv2d, norm: BatchNorm2d | undefined): Tensor {
  const convolved = conv.forward(x)
  return maxPool2d(relu(norm?.forward(convolved) ?? convolved), 2)
}

const networks = [
  { title: 'CNN 32-64', network: 'cnn', make: () => new FashionCNN(false), optimizer: 'adam' },
  { title: 'CNN 32-64 with batch norm', network: 'cnnWithNorm', make: () => new FashionCNN(true), optimizer: 'adam' },
  { title: 'CNN 32-64-128 with batch norm', network: 'threeBlocks', make: () => new ThreeBlocks(), optimizer: 'sgd' },
] as const

const optimizers = {
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
    warmUp: 8,
    steps: 40,
    goal: 1.3,
  })),
)

/** @throws PeerMissing when the Python interpreter has no PyTorch */
export function compare(): Promise<Comparison[]> {
  return compareTrainings(cases, 'images')
}
