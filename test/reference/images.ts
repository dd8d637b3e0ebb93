/** What PyTorch says of the cases in images.json (made by images.py), and the networks that were recorded. */
import { readFileSync } from 'node:fs'
import { BatchNorm2d, Conv2d, Linear, Module } from '../../src/nn/index.ts'
import { flatten, maxPool2d, relu, type Tensor } from '../../src/tensor/index.ts'
import type { LayerCase, RecordedArray } from './nn.ts'

interface CurveRun {
  readonly norm: boolean
  readonly optimizer: 'sgd' | 'adam' | 'adamW'
  readonly options: { readonly lr: number }
  readonly labelSmoothing: number
  readonly clipNorm: number | null
  readonly initial: LayerCase['state']
  /** The loss of each step. */
  readonly curve: readonly number[]
}

interface Recorded {
  readonly layers: readonly LayerCase[]
  readonly curves: {
    readonly pictures: RecordedArray
    readonly labels: RecordedArray
    readonly epochs: number
    readonly batchSize: number
    readonly runs: readonly CurveRun[]
  }
}

export const recordedImages: Recorded = JSON.parse(
  readFileSync(new URL('images.json', import.meta.url), 'utf8'),
) as Recorded

/** What the usual image networks are made of, for pictures [batch, 1, 12, 12] of three classes. */
export class Classifier extends Module {
  conv1 = new Conv2d(1, 4, 3, { padding: 1 })
  bn1: BatchNorm2d | undefined
  conv2 = new Conv2d(4, 6, 3, { padding: 'same' })
  fc1 = new Linear(6 * 3 * 3, 3)

  constructor(norm: boolean) {
    super()
    this.bn1 = norm ? new BatchNorm2d(4) : undefined
  }

  override forward(x: Tensor): Tensor {
    const first = this.conv1.forward(x)
    const pooled = maxPool2d(relu(this.bn1?.forward(first) ?? first), 2)
    return this.fc1.forward(flatten(maxPool2d(relu(this.conv2.forward(pooled)), 2)))
  }
}
