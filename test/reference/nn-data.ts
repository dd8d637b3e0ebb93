/** Small datasets and networks for the tests of training. */
import { Random } from '../../src/core/index.ts'
import { type Dataset, Linear, type Module, ReLU, Sequential, tensorDataset } from '../../src/nn/index.ts'

/** Three arms of a spiral: no linear model separates them. */
export function spirals(rows: number, seed = 1): Dataset {
  const random = new Random(seed)
  const features = new Float32Array(rows * 2)
  const labels = BigInt64Array.from({ length: rows }, (_, row) => BigInt(row % 3))
  for (let row = 0; row < rows; row++) {
    const radius = 0.1 + 0.9 * random.uniform()
    const angle = (row % 3) * ((2 * Math.PI) / 3) + 3 * radius + 0.1 * random.normal()
    features.set([radius * Math.cos(angle), radius * Math.sin(angle)], row * 2)
  }
  return tensorDataset({ data: features, shape: [rows, 2] }, { data: labels, shape: [rows] })
}

export function noisyRows(rows: number, width: number, classes: number): Dataset {
  const random = new Random(3)
  const features = new Float32Array(rows * width)
  random.fillUniform(features, -1, 1)
  const labels = BigInt64Array.from({ length: rows }, () => BigInt(random.integer(classes)))
  return tensorDataset({ data: features, shape: [rows, width] }, { data: labels, shape: [rows] })
}

export function perceptron(...sizes: readonly number[]): Module {
  const layers = sizes.slice(1).flatMap((size, i) => [new Linear(sizes[i]!, size), new ReLU()])
  return new Sequential(...layers.slice(0, -1))
}
