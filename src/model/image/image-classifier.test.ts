import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  stripeClassifier as stripes,
  stripeOptions as options,
  stripes as stripeSet,
  stripeTraining as training,
} from '../../../test/stripes.ts'
import { imageAt, imagesInMemory } from '../../images/index.ts'
import { Linear } from '../../nn/index.ts'
import { imageClassifier } from './image-classifier.ts'
import { ImageModel } from './image-model.ts'

let folder: string
let model: ImageModel
const set = stripeSet(100)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-image-model-'))
  ;({ model } = await stripes.create({ training }).train(set, { validation: stripeSet(20) }))
})

afterAll(async () => {
  await model[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

test('learns, and names the class of an image with its probability', async () => {
  const image = await imageAt(set, 1)
  const { labels, classes, probabilities } = await model.predict([image])
  expect(classes).toEqual(['stands', 'lies'])
  expect(labels).toEqual(['lies'])
  expect(probabilities[1]).toBeGreaterThan(0.9)
})

test('classifies a set as its images one by one, to the bit of a batch', async () => {
  const whole = await model.predictSet(set)
  expect(whole.labels).toEqual(Array.from(set.labels, (label) => set.classes[label]))
  const some = await model.predict(await Promise.all([0, 1, 2].map(async (index) => await imageAt(set, index))))
  expect([...whole.probabilities.subarray(0, 6)]).toEqual([...some.probabilities])
})

test('gives the same bytes for the same seed and any number of threads', async () => {
  for (const threads of [1, 2]) {
    const again = await stripes.create({ training }).train(set, { validation: stripeSet(20), threads, workers: 1 })
    expect(Buffer.from(again.model.content.onnx).equals(model.content.onnx)).toBe(true)
  }
})

async function bytesAfter(epochs: number, checkpoints: string): Promise<Buffer> {
  const given = { ...training, schedule: { kind: 'cosine', epochs: 4 }, epochs } as const
  const trained = await stripes.create({ training: given }).train(set, { checkpoints, resume: true })
  await trained.model[Symbol.asyncDispose]()
  return Buffer.from(trained.model.content.onnx)
}

test('ends as one that was never interrupted when the cosine is that of the whole training', async () => {
  const [stopped, whole] = [join(folder, 'stopped'), join(folder, 'whole')]
  const early = await bytesAfter(2, stopped)
  const resumed = await bytesAfter(4, stopped)
  expect(resumed.equals(early)).toBe(false)
  expect(resumed.equals(await bytesAfter(4, whole))).toBe(true)
})

test('comes back from its folder as it was, and as a network in code', async () => {
  const path = await model.save(join(folder, 'saved'), { runId: 'a1', clock: () => 0 })
  await using loaded = await ImageModel.load(path)
  expect(loaded.config).toEqual(model.config)
  const image = await imageAt(set, 4)
  expect((await loaded.predict([image])).probabilities).toEqual((await model.predict([image])).probabilities)
  expect(stripes.recreate(loaded).stateDict()).toEqual(loaded.content.weights)
  const mlmodel = await readFile(join(path, 'MLmodel'), 'utf8')
  expect(mlmodel).toContain('run_id: a1')
  expect(JSON.parse(/inputs: '(.*)'/.exec(mlmodel)![1]!)).toEqual([
    { name: 'image', type: 'tensor', 'tensor-spec': { dtype: 'float32', shape: [-1, 1, 8, 8] } },
  ])
})

describe('refuses', () => {
  test('random transforms in what it is served with', () => {
    const preprocessing = { ...training.preprocessing, transforms: [{ kind: 'horizontal-flip' as const }] }
    expect(() => stripes.create({ training: { ...training, preprocessing } })).toThrow(/"augmentation"/)
  })

  test('unknown keys and wrong values of the network and of the training', () => {
    expect(() => stripes.create({ network: { filters: 0 }, training })).toThrow(/The network of stripe-cnn.*"filters"/)
    expect(() => stripes.create({ training: { ...training, optimizer: 'lion' as 'sgd' } })).toThrow(/"optimizer"/)
  })

  test('images of another size, naming both', async () => {
    const image = { height: 9, width: 8, channels: 1 as const, data: new Uint8Array(72) }
    await expect(model.predict([image])).rejects.toThrow(/takes images of 8 × 8 pixels, found 9 × 8/)
  })

  test('validation images of other classes', async () => {
    const other = { ...stripeSet(20), classes: ['lies', 'stands'] }
    await expect(stripes.create({ training }).train(set, { validation: other })).rejects.toThrow(/lies, stands/)
  })

  test('patience without validation images, and a single class', async () => {
    await expect(stripes.create({ training: { ...training, patience: 2 } }).train(set)).rejects.toThrow(/"patience"/)
    await expect(stripes.create({ training }).train({ ...set, classes: ['lies'] })).rejects.toThrow(/at least two/)
  })

  test('a network that does not fit the images, naming the module and both shapes', async () => {
    const tall = imagesInMemory({
      name: 'tall',
      pixels: new Uint8Array(4 * 16 * 8),
      size: { height: 16, width: 8 },
      channels: 1,
      classes: ['a', 'b'],
      labels: [0, 1, 0, 1],
    })
    await expect(stripes.create({ training }).train(tall)).rejects.toThrow(/\[batch, 64\].*\[4, 128\].*in module "4"/)
  })

  test('a folder that was changed, and models of another kind', async () => {
    const path = await model.save(join(folder, 'changed'))
    await writeFile(join(path, 'config.json'), '{}')
    await expect(ImageModel.load(path)).rejects.toThrow(/config\.json/)
    const other = imageClassifier({ kind: 'other', options, build: () => new Linear(1, 1) })
    expect(() => other.recreate(model)).toThrow(/"stripe-cnn", expected "other"/)
  })
})
