/** Images that the networks of the Fashion-MNIST system learn in a moment. */
import { type ImageSet, imagesInMemory } from '../src/images/index.ts'
import { CLASSES } from '../systems/fashion-mnist/images.ts'

/** 28×28 images with a bright square whose place says the class. */
export function squares(count: number): ImageSet {
  const labels = Array.from({ length: count }, (_, image) => image % 10)
  const pixels = new Uint8Array(count * 784)
  for (const [image, label] of labels.entries()) {
    const [top, left] = [label < 5 ? 3 : 17, 10 + (label % 5) * 2]
    for (let y = top; y < top + 8; y++)
      pixels.fill(155 + (image % 100), image * 784 + y * 28 + left, image * 784 + y * 28 + left + (label % 5) + 2)
  }
  return imagesInMemory({
    name: 'squares',
    pixels,
    size: { height: 28, width: 28 },
    channels: 1,
    classes: CLASSES,
    labels,
  })
}
