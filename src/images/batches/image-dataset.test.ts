/** Image sets as training data: the same bytes whatever prepares them, and threads that end when the training does. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeIdxPair, writePicture, writePictureFolder } from '../../../test/image-files.ts'
import { observeTraining, type ObservedDataset } from '../../core/index.ts'
import {
  type Batch,
  crossEntropyLoss,
  type Dataset,
  Linear,
  Module,
  openReader,
  sgd,
  subset,
  train,
  type TrainOptions,
} from '../../nn/index.ts'
import { reshape, type Tensor } from '../../tensor/index.ts'
import {
  imageDataset,
  imagePreprocessing,
  imagesInMemory,
  type ImageSet,
  readIdxImages,
  readImageFolder,
} from '../index.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-batches-'))
})
afterEach(async () => await rm(folder, { recursive: true, force: true }))

const augmented = imagePreprocessing({
  channels: 1,
  transforms: [{ kind: 'random-crop', size: [5, 4], padding: 2 }, { kind: 'horizontal-flip' }],
  normalize: { mean: [0.5], std: [0.5] },
})

async function grey(count = 11): Promise<ImageSet> {
  const { images, labels } = await writeIdxPair(folder, { count })
  return await readIdxImages(images, labels)
}

function emptyBatch({ inputs: [input] }: Dataset, rows: number): Batch {
  const length = input!.shape.reduce((product, size) => product * size, rows)
  return { inputs: [new Float32Array(length)], target: new BigInt64Array(rows) }
}

/** Every batch of some epochs, as the trainer reads them. */
async function readEpochs(
  dataset: Dataset,
  epochs: readonly number[],
  batches: readonly Uint32Array[],
): Promise<unknown[]> {
  const found: unknown[] = []
  await using reader = openReader(dataset)
  for (const epoch of epochs) {
    reader.begin({ epoch, batches })
    for (const rows of batches) {
      const batch = emptyBatch(dataset, rows.length)
      await reader.fill(rows, batch)
      found.push({ pixels: [...(batch.inputs[0] as Float32Array)], labels: [...(batch.target as BigInt64Array)] })
    }
  }
  return found
}

const batches = [Uint32Array.of(10, 0, 3, 7), Uint32Array.of(1, 2, 4, 5), Uint32Array.of(6, 8, 9)]

describe('imageDataset', () => {
  it('gives the same bytes with no, one and two workers', async () => {
    const set = await grey()
    const [none, one, two] = await Promise.all(
      [0, 1, 2].map((workers) =>
        readEpochs(imageDataset(set, { preprocessing: augmented, seed: 5, workers, prefetch: 1 }), [0, 1, 2], batches),
      ),
    )
    expect(one).toEqual(none)
    expect(two).toEqual(none)
  })

  it('draws by seed, epoch and image, not by the order of images', async () => {
    const set = await grey()
    const read = async (seed: number, epoch: number, order: readonly Uint32Array[]): Promise<unknown[]> =>
      await readEpochs(imageDataset(set, { preprocessing: augmented, seed }), [epoch], order)
    const first = await read(5, 0, batches)
    expect(await read(5, 0, batches)).toEqual(first)
    expect(await read(5, 1, batches)).not.toEqual(first)
    expect(await read(6, 0, batches)).not.toEqual(first)
    expect((await read(5, 0, [batches[2]!, batches[0]!]))[1]).toEqual(first[0])
  })

  it('reads the same from files as from memory, in threads too', async () => {
    await writePictureFolder(folder)
    const preprocessing = imagePreprocessing({ channels: 3, transforms: [{ kind: 'resize', size: [4, 5] }] })
    const order = [Uint32Array.of(5, 0, 2), Uint32Array.of(1, 3, 4)]
    const inMemory = await readImageFolder(folder)
    const onDisk = await readImageFolder(folder, { memoryLimit: 10 })
    const expected = await readEpochs(imageDataset(inMemory, { preprocessing }), [0], order)
    for (const workers of [0, 2]) {
      expect(await readEpochs(imageDataset(onDisk, { preprocessing, workers }), [0], order)).toEqual(expected)
    }
  })

  it('keeps the draws of an image in a subset, and tells subsets apart by their digest', async () => {
    const dataset = imageDataset(await grey(), { preprocessing: augmented, workers: 1 })
    const part = subset(dataset, Uint32Array.of(10, 0, 3, 7))
    const [expected] = await readEpochs(dataset, [2], [batches[0]!])
    expect(await readEpochs(part, [2], [Uint32Array.of(0, 1, 2, 3)])).toEqual([expected])
    const digests = [dataset, part, subset(dataset, Uint32Array.of(10, 0, 3))].map(async (each) => await each.digest!())
    expect(new Set(await Promise.all(digests)).size).toBe(3)
  })

  it('gives a plan up for another one', async () => {
    const dataset = imageDataset(await grey(), { preprocessing: augmented, workers: 2 })
    const expected = await readEpochs(dataset, [1], batches)
    await using reader = openReader(dataset)
    reader.begin({ epoch: 0, batches })
    await reader.fill(batches[0]!, emptyBatch(dataset, 4))
    reader.begin({ epoch: 1, batches })
    const batch = emptyBatch(dataset, 4)
    await reader.fill(batches[0]!, batch)
    expect([...(batch.inputs[0] as Float32Array)]).toEqual((expected[0] as { pixels: number[] }).pixels)
    await expect(reader.fill(batches[2]!, batch)).rejects.toThrow(/have to be read in its order/)
  })

  it.each([
    [{ workers: -1 }, /workers must be a whole number of at least 0, found -1/],
    [{ prefetch: 0 }, /prefetch must be a whole number of at least 1, found 0/],
  ])('refuses %j', async (options, message) => {
    const set = await grey()
    expect(() => imageDataset(set, { preprocessing: augmented, ...options })).toThrow(message)
  })

  it.each([0, 2])('names the file that cannot be decoded, with %i workers', async (workers) => {
    await writePictureFolder(folder)
    const set = await readImageFolder(folder, { memoryLimit: 10 })
    const preprocessing = imagePreprocessing({ channels: 3 })
    const file = join(folder, 'dog', '1.png')
    await writeFile(file, (await readFile(file)).subarray(0, 90))
    const reading = readEpochs(imageDataset(set, { preprocessing, workers }), [0], [Uint32Array.of(0, 3)])
    await expect(reading).rejects.toMatchObject({ name: 'DataError', location: { file } })
    await expect(reading).rejects.toThrow(/dog.1\.png: The image cannot be decoded/)
  })

  it.each([0, 1])('names the image that is too small for its crop, with %i workers', async (workers) => {
    await writePictureFolder(folder)
    await writePicture(join(folder, 'cat', '5.png'), { height: 3, width: 3 })
    const preprocessing = imagePreprocessing({ channels: 3, transforms: [{ kind: 'random-crop', size: 6 }] })
    const dataset = imageDataset(await readImageFolder(folder), { preprocessing, workers })
    const everything = [Uint32Array.from({ length: dataset.rowCount }, (_, i) => i)]
    await expect(readEpochs(dataset, [0], everything)).rejects.toThrow(/cat.5\.png: random-crop: an image of 3×3/)
  })
})

class Flat extends Module {
  linear = new Linear(20, 3)

  override forward(x: Tensor): Tensor {
    return this.linear.forward(reshape(x, [x.shape[0] as number, 20]))
  }
}

async function run(given: Partial<TrainOptions> & { workers?: number; set?: ImageSet } = {}): Promise<Flat> {
  const { workers = 0, set = await grey(40), ...options } = given
  const net = new Flat()
  const dataset = imageDataset(set, { preprocessing: augmented, workers })
  await train(net, dataset, {
    loss: crossEntropyLoss(),
    optimizer: sgd({ lr: 0.1 }),
    epochs: 3,
    batchSize: 8,
    validation: subset(dataset, Uint32Array.of(1, 2, 3)),
    ...options,
  })
  return net
}

describe('training on images', () => {
  const workers: Worker[] = []
  const note = (worker: Worker): void => void workers.push(worker)
  beforeEach(() => {
    workers.length = 0
    process.on('worker', note)
  })
  afterEach(() => void process.off('worker', note))

  /** Threads that were started and have not ended. */
  function alive(): number {
    return workers.filter(({ threadId }) => threadId !== -1).length
  }

  it('ends with the same weights for any number of workers, and with no thread left', async () => {
    const set = await grey(40)
    const weights = []
    for (const count of [0, 1, 2]) weights.push((await run({ workers: count, set })).stateDict())
    expect(workers).toHaveLength(6)
    expect(alive()).toBe(0)
    expect(weights[1]).toEqual(weights[0])
    expect(weights[2]).toEqual(weights[0])
  })

  it('leaves no thread when it is interrupted, and resumes to the same weights', async () => {
    const set = await grey(40)
    const whole = await run({ workers: 2, set })
    const interrupted = new AbortController()
    const checkpoints = join(folder, 'checkpoints')
    const onStep = ({ step }: { step: number }): void => {
      if (step === 7) interrupted.abort()
    }
    await run({ workers: 2, set, checkpoints, signal: interrupted.signal, onStep })
    expect(alive()).toBe(0)
    const resumed = await run({ workers: 1, set, checkpoints, resume: true })
    expect(resumed.stateDict()).toEqual(whole.stateDict())
  })

  it('leaves no thread when it stops early or fails', async () => {
    await run({ workers: 2, earlyStopping: { patience: 1, minDelta: 100 } })
    expect(alive()).toBe(0)
    const failing = run({
      workers: 2,
      onStep: () => {
        throw new Error('no more')
      },
    })
    await expect(failing).rejects.toThrow('no more')
    expect([workers.length, alive()]).toEqual([6, 0])
  })

  it('goes on only with the same preprocessing', async () => {
    const set = await grey(40)
    const checkpoints = join(folder, 'checkpoints')
    await run({ set, checkpoints, epochs: 1 })
    const other = imageDataset(set, { preprocessing: imagePreprocessing({ channels: 1 }) })
    const resuming = train(new Flat(), other, {
      loss: crossEntropyLoss(),
      optimizer: sgd({ lr: 0.1 }),
      epochs: 3,
      batchSize: 8,
      checkpoints,
      resume: true,
    })
    await expect(resuming).rejects.toThrow(/belongs to another training \(data /)
  })

  it('tells the observer the name, digest and preprocessing of its data', async () => {
    const set = await grey(40)
    const seen: ObservedDataset[] = []
    const parameters: unknown[] = []
    await observeTraining(
      {
        datasetUsed: (dataset) => void seen.push(dataset),
        started(given) {
          parameters.push(given)
          return { epochEnded() {}, ended() {}, weightsTrained() {}, modelTrained() {} }
        },
      },
      () => run({ set, epochs: 1 }),
    )
    expect(seen.map(({ context }) => context)).toEqual(['training', 'validation'])
    expect(seen[0]).toMatchObject({
      name: 'train-images-idx3-ubyte',
      source: join(folder, 'train-images-idx3-ubyte.gz'),
      digest: await set.digest(),
      rowCount: 40,
    })
    expect(parameters).toEqual([
      expect.objectContaining({ preprocessing: JSON.stringify(augmented), augmentation_seed: 0 }),
    ])
  })
})

describe('imagesInMemory', () => {
  it('is a set of what it is given, and refuses what does not fit together', async () => {
    const given = {
      name: 'made',
      pixels: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
      size: { height: 2, width: 2 },
      channels: 1 as const,
      classes: ['a', 'b'],
      labels: [1, 0],
    }
    const set = imagesInMemory(given)
    const dataset = imageDataset(set, { preprocessing: imagePreprocessing({ channels: 1 }) })
    const batch = emptyBatch(dataset, 1)
    await dataset.fill(Uint32Array.of(1), batch)
    expect([...(batch.inputs[0] as Float32Array)]).toEqual([5, 6, 7, 8].map((value) => Math.fround(value / 255)))
    expect(batch.target).toEqual(BigInt64Array.of(0n))
    expect(() => imagesInMemory({ ...given, labels: [1] })).toThrow(/make 4 bytes of pixels, found 8/)
    expect(() => imagesInMemory({ ...given, labels: [0, 2] })).toThrow(/the label of image 2 is 2, but there are 2/)
  })
})
