/** A training with everything that has a state to resume: dropout, batch norm, Adam, plateaus, validation. */
import { Random } from '../../src/core/index.ts'
import {
  adam,
  BatchNorm1d,
  crossEntropyLoss,
  type Dataset,
  Dropout,
  Linear,
  type Module,
  plateauSchedule,
  ReLU,
  Sequential,
  tensorDataset,
  type TrainOptions,
} from '../../src/nn/index.ts'

export function resumableModule(width = 16): Module {
  return new Sequential(
    new Linear(4, width),
    new BatchNorm1d(width),
    new ReLU(),
    new Dropout(0.2),
    new Linear(width, 3),
  )
}

/** 58 rows: five steps an epoch, the last of them with 10 rows. */
export function resumableData(rows = 58, seed = 1): Dataset {
  const random = new Random(seed)
  const features = new Float32Array(rows * 4)
  random.fillUniform(features, -1, 1)
  const labels = BigInt64Array.from({ length: rows }, (_, row) =>
    features[4 * row]! > 0.2 ? 2n : BigInt(random.integer(2)),
  )
  return tensorDataset({ data: features, shape: [rows, 4] }, { data: labels, shape: [rows] })
}

export function resumableOptions(): TrainOptions {
  return {
    loss: crossEntropyLoss(),
    optimizer: adam({ lr: 0.02 }),
    schedule: plateauSchedule({ factor: 0.5, patience: 0 }),
    validation: resumableData(20, 2),
    clipNorm: 1,
    epochs: 8,
    batchSize: 12,
    seed: 4,
  }
}
