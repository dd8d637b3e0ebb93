/** Small images that tests of several rooms learn: bright stripes that stand or lie, and a network for them. */
import { z } from 'zod'
import { type ImageSet, imagesInMemory } from '../src/images/index.ts'
import { imageClassifier, type ImageTrainingOptions } from '../src/model/index.ts'
import { Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential } from '../src/nn/index.ts'

/** 8 × 8 grey pixels with a stripe that stands (label 0) or lies (label 1) at `place`, 0 to 7. */
export function stripeImage(label: number, place: number): Uint8Array {
  const pixels = new Uint8Array(64)
  for (let i = 0; i < 8; i++) pixels[label === 0 ? i * 8 + place : place * 8 + i] = 200
  return pixels
}

export function stripes(count: number): ImageSet {
  const labels = Array.from({ length: count }, (_, image) => image % 2)
  const pixels = new Uint8Array(count * 64)
  for (const [image, label] of labels.entries()) pixels.set(stripeImage(label, (image * 5) % 8), image * 64)
  const size = { height: 8, width: 8 }
  return imagesInMemory({ name: 'stripes', pixels, size, channels: 1, classes: ['stands', 'lies'], labels })
}

export const stripeOptions = z.strictObject({ filters: z.int().positive().default(4) })

export const stripeClassifier = imageClassifier({
  kind: 'stripe-cnn',
  options: stripeOptions,
  build: ({ filters }, { channels, classCount }) =>
    new Sequential(
      new Conv2d(channels, filters, 3, { padding: 1 }),
      new ReLU(),
      new MaxPool2d(2),
      new Flatten(),
      new Linear(filters * 16, classCount),
    ),
})

/** Learns all of them in a moment. */
export const stripeTraining: ImageTrainingOptions = {
  preprocessing: { channels: 1, normalize: { mean: [0.2], std: [0.4] } },
  learningRate: 0.02,
  epochs: 8,
  batchSize: 20,
  seed: 3,
}
