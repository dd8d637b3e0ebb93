/**
 * Augmented images per second beside PyTorch's DataLoader with torchvision's transforms: prepared alone, and while
 * the networks of Fashion-MNIST are trained on them. 28×28 grey images, random crop with padding, flip, normalise.
 */
import { z } from 'zod'
import { Random } from 'millrace/core'
import { imageDataset, imagePreprocessing, type ImageSet } from 'millrace/images'
import { crossEntropyLoss, openReader, train } from 'millrace/nn'
import { networks, optimizers } from './cnn.ts'
import { type Comparison, measurePairs } from './pairs.ts'
import { PythonPeer, pythonWith } from './processes.ts'
import { randomImages } from './small-cnn.ts'

interface Case {
  readonly what: string
  /** The network to train; without one, images are only prepared. */
  readonly network?: (typeof networks)[number]
  readonly images: number
  readonly workers: number
  readonly peerWorkers: number
  /** Threads that train, on either side. */
  readonly threads: number
}

const cases: readonly Case[] = [
  { what: 'augmented images, no worker', images: 16_384, workers: 0, peerWorkers: 0, threads: 1 },
  { what: 'augmented images, 2 workers', images: 32_768, workers: 2, peerWorkers: 2, threads: 1 },
  ...networks.flatMap((network) =>
    [
      { how: '1 thread, no worker', workers: 0, peerWorkers: 0, threads: 1 },
      { how: '2 threads, no worker', workers: 0, peerWorkers: 0, threads: 2 },
      { how: '2 threads, 1 worker beside 2', workers: 1, peerWorkers: 2, threads: 2 },
    ].map(({ how, ...rest }) => ({
      what: `training ${network.title} on them, ${how}`,
      network,
      images: 4096,
      ...rest,
    })),
  ),
]
const ROUNDS = 3
const BATCH = 64
/** How many times as many images a second as the peer. */
const GOAL = 3

const answerSchema = z.object({ imagesPerSecond: z.number(), version: z.string() })

/** @throws PeerMissing when the Python interpreter has no torchvision */
export async function compare(): Promise<Comparison[]> {
  using peer = new PythonPeer(await pythonWith(['torch', 'torchvision']), 'augment_torchvision.py')
  const found: Comparison[] = []
  for (const each of cases) found.push(await compareCase(each, peer))
  return found
}

async function compareCase(each: Case, peer: PythonPeer): Promise<Comparison> {
  const { what, network, images, workers, peerWorkers, threads } = each
  const trained = network === undefined ? {} : { name: network.network, optimizer: network.optimizer }
  const request = { ...trained, images, workers: peerWorkers, batch_size: BATCH, threads }
  const set = randomImages(images)
  let version = ''
  const { ours, theirs, ratio } = await measurePairs(
    ROUNDS,
    () => (network === undefined ? preparedPerSecond(set, workers) : trainedPerSecond(set, network, each)),
    async () => {
      const answer = await peer.ask(request, answerSchema)
      version = answer.version
      return answer.imagesPerSecond
    },
  )
  return {
    what: `${what}, 28×28, batch ${BATCH}`,
    millrace: `${ours.toFixed(0)} images/s`,
    peer: `torchvision ${version.split('+')[0]}: ${theirs.toFixed(0)} images/s`,
    ratio: `${ratio.toFixed(2)} × as many`,
    goal: `≥ ${GOAL} ×`,
    met: ratio >= GOAL,
  }
}

const preprocessing = imagePreprocessing({
  channels: 1,
  transforms: [{ kind: 'random-crop', size: 28, padding: 4 }, { kind: 'horizontal-flip' }],
  normalize: { mean: [0.2860405969887955], std: [0.3530242445149223] },
})

async function preparedPerSecond(set: ImageSet, workers: number): Promise<number> {
  const dataset = imageDataset(set, { preprocessing, workers })
  const batch = { inputs: [new Float32Array(BATCH * 784)], target: new BigInt64Array(BATCH) }
  const order = new Random(0).permutation(set.count)
  const batches = Array.from({ length: set.count / BATCH }, (_, i) => order.subarray(i * BATCH, (i + 1) * BATCH))
  await using reader = openReader(dataset)
  let seconds = 0
  // The first epoch starts threads and warms the code up; the peer's first is not counted either.
  for (const epoch of [0, 1]) {
    const started = performance.now()
    reader.begin({ epoch, batches })
    for (const rows of batches) await reader.fill(rows, batch)
    seconds = (performance.now() - started) / 1000
  }
  return set.count / seconds
}

async function trainedPerSecond(
  set: ImageSet,
  { make, optimizer }: (typeof networks)[number],
  { workers, threads }: Case,
): Promise<number> {
  const { history } = await train(make(), imageDataset(set, { preprocessing, workers }), {
    loss: crossEntropyLoss(),
    optimizer: optimizers[optimizer].optimizer,
    batchSize: BATCH,
    threads,
    epochs: 2,
  })
  return history[1]!.rowsPerSecond
}
