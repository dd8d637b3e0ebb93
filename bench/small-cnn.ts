/** A network of Fashion-MNIST's size, and images for it, where a benchmark is about what is around them. */
import { Random } from 'millrace/core'
import { type ImageSet, imagesInMemory } from 'millrace/images'
import { Conv2d, Flatten, Linear, MaxPool2d, type Module, ReLU, Sequential } from 'millrace/nn'

/** From 28×28 grey images to logits of 10 classes, by two convolutions of 32 and 64 channels. */
export function smallCnn(): Module {
  return new Sequential(
    new Conv2d(1, 32, 3, { padding: 1 }),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(32, 64, 3, { padding: 1 }),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(3136, 128),
    new ReLU(),
    new Linear(128, 10),
  )
}

/** `count` images of noise, 28×28 and grey, in 10 classes. */
export function randomImages(count: number): ImageSet {
  const random = new Random(0)
  return imagesInMemory({
    name: 'random',
    pixels: Uint8Array.from({ length: count * 784 }, () => random.integer(256)),
    size: { height: 28, width: 28 },
    channels: 1,
    classes: Array.from({ length: 10 }, (_, i) => String(i)),
    labels: Uint32Array.from({ length: count }, () => random.integer(10)),
  })
}
