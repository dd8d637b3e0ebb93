/** The networks for Fashion-MNIST, each as a kind of classifier of images. */
import { type ImageClassifierKind, imageClassifier, type ImageTask } from 'millrace/model'
import { BatchNorm2d, Conv2d, Dropout, Linear, Module } from 'millrace/nn'
import { flatten, maxPool2d, relu, type Tensor } from 'millrace/tensor'
import { z } from 'zod'

const share = z.number().min(0).lt(1)

const cnnOptions = z.strictObject({
  /** Whether each convolution is followed by batch norm. */
  batchNorm: z.boolean().default(false),
  /** The share of the hidden layer that is left out at random; 0 for none. */
  dropout: share.default(0.25),
})

/** Two blocks of convolution and pooling, 32 and 64 channels; 3136 → 128 → classes. */
export class FashionCNN extends Module {
  conv1: Conv2d
  bn1: BatchNorm2d | undefined
  conv2 = new Conv2d(32, 64, 3, { padding: 1 })
  bn2: BatchNorm2d | undefined
  fc1: Linear
  dropout: Dropout
  fc2: Linear

  constructor({ batchNorm, dropout }: z.output<typeof cnnOptions>, { channels, height, width, classCount }: ImageTask) {
    super()
    this.conv1 = new Conv2d(channels, 32, 3, { padding: 1 })
    this.bn1 = batchNorm ? new BatchNorm2d(32) : undefined
    this.bn2 = batchNorm ? new BatchNorm2d(64) : undefined
    this.fc1 = new Linear(64 * halved(height, 2) * halved(width, 2), 128)
    this.dropout = new Dropout(dropout)
    this.fc2 = new Linear(128, classCount)
  }

  override forward(x: Tensor): Tensor {
    const second = block(block(x, this.conv1, this.bn1), this.conv2, this.bn2)
    return this.fc2.forward(this.dropout.forward(relu(this.fc1.forward(flatten(second)))))
  }
}

const threeBlocksOptions = z.strictObject({ dropout: share.default(0.2) })

/** Three blocks of convolution, batch norm and pooling, 32, 64 and 128 channels; 1152 → 256 → classes. */
export class ThreeBlocks extends Module {
  conv1: Conv2d
  bn1 = new BatchNorm2d(32)
  conv2 = new Conv2d(32, 64, 3, { padding: 'same' })
  bn2 = new BatchNorm2d(64)
  conv3 = new Conv2d(64, 128, 3, { padding: 'same' })
  bn3 = new BatchNorm2d(128)
  fc1: Linear
  dropout: Dropout
  fc2: Linear

  constructor({ dropout }: z.output<typeof threeBlocksOptions>, { channels, height, width, classCount }: ImageTask) {
    super()
    this.conv1 = new Conv2d(channels, 32, 3, { padding: 'same' })
    this.fc1 = new Linear(128 * halved(height, 3) * halved(width, 3), 256)
    this.dropout = new Dropout(dropout)
    this.fc2 = new Linear(256, classCount)
  }

  override forward(x: Tensor): Tensor {
    const third = block(block(block(x, this.conv1, this.bn1), this.conv2, this.bn2), this.conv3, this.bn3)
    return this.fc2.forward(this.dropout.forward(relu(this.fc1.forward(flatten(third)))))
  }
}

const mlpOptions = z.strictObject({
  /** Units of the hidden layers. */
  hidden: z.array(z.int().positive()).min(1).default([256, 128]),
  dropout: share.default(0.2),
})

/** Pixels as they are, hidden layers with ReLU and dropout. */
export class MLP extends Module {
  layers: Linear[]
  dropout: Dropout

  constructor({ hidden, dropout }: z.output<typeof mlpOptions>, { channels, height, width, classCount }: ImageTask) {
    super()
    const widths = [channels * height * width, ...hidden, classCount]
    this.layers = widths.slice(1).map((width, i) => new Linear(widths[i]!, width))
    this.dropout = new Dropout(dropout)
  }

  override forward(x: Tensor): Tensor {
    const last = this.layers.at(-1)!
    const hidden = this.layers
      .slice(0, -1)
      .reduce((value, layer) => this.dropout.forward(relu(layer.forward(value))), flatten(x))
    return last.forward(hidden)
  }
}

export const fashionCnn: ImageClassifierKind<z.output<typeof cnnOptions>, z.input<typeof cnnOptions>> = imageClassifier(
  { kind: 'fashion-cnn', options: cnnOptions, build: (options, task) => new FashionCNN(options, task) },
)

export const threeBlocks: ImageClassifierKind<
  z.output<typeof threeBlocksOptions>,
  z.input<typeof threeBlocksOptions>
> = imageClassifier({
  kind: 'fashion-three-blocks',
  options: threeBlocksOptions,
  build: (options, task) => new ThreeBlocks(options, task),
})

export const mlp: ImageClassifierKind<z.output<typeof mlpOptions>, z.input<typeof mlpOptions>> = imageClassifier({
  kind: 'fashion-mlp',
  options: mlpOptions,
  build: (options, task) => new MLP(options, task),
})

/** Convolution, batch norm if there is one, ReLU, and the largest of each 2×2. */
function block(x: Tensor, conv: Conv2d, norm: BatchNorm2d | undefined): Tensor {
  const convolved = conv.forward(x)
  return maxPool2d(relu(norm?.forward(convolved) ?? convolved), 2)
}

/** What is left of a side that is halved so many times. */
function halved(size: number, times: number): number {
  return Math.floor(size / 2 ** times)
}
