/**
 * How well the networks for Fashion-MNIST do on its 10,000 test images beside the same networks of PyTorch after the same
 * epochs: on average over some seeds, from each side's own initial weights and order of images.
 */
import { z } from 'zod'
import { imageDataset, imagePreprocessing, type ImageSet, loadKnownImages } from 'millrace/images'
import { batchAccuracy, cosineSchedule, crossEntropyLoss, train } from 'millrace/nn'
import { sharedDataset } from '../test/shared-datasets.ts'
import { networks, optimizers } from './cnn.ts'
import type { Comparison } from './pairs.ts'
import { PeerMissing, PythonPeer, pythonWith } from './processes.ts'

/** Without batch norm and with it. */
const cases = networks.filter(({ network }) => network !== 'cnnWithNorm')
const EPOCHS = 3
const SEEDS = [1, 2, 3]
/** Points. */
const MOST_DIFFERENCE = 0.3

const answerSchema = z.object({ accuracy: z.number(), version: z.string() })

const preprocessing = imagePreprocessing({ channels: 1, normalize: { mean: [0.5], std: [0.5] } })

/** @throws PeerMissing when the Python interpreter has no PyTorch, or the images are not here */
export async function compare(): Promise<Comparison[]> {
  using torch = new PythonPeer(await pythonWith(['torch']), 'accuracy_torch.py')
  const folder = sharedDataset('fashion-mnist')
  if (folder === undefined)
    throw new PeerMissing('skipped: the folder "fashion-mnist" of MILLRACE_DATASETS is not there.')
  const training = await loadKnownImages('fashion-mnist', { part: 'train', from: folder })
  const test = await loadKnownImages('fashion-mnist', { part: 'test', from: folder })
  const found: Comparison[] = []
  for (const each of cases) {
    const [ours, theirs]: [number[], number[]] = [[], []]
    let version = ''
    for (const seed of SEEDS) {
      ours.push(await accuracyOf(each, training, test, seed))
      const { network, optimizer } = each
      const answer = await torch.ask({ network, optimizer, folder, seed, epochs: EPOCHS }, answerSchema)
      theirs.push(answer.accuracy)
      version = answer.version
    }
    found.push(compareAccuracies(`${each.title}, ${optimizers[each.optimizer].title}`, ours, theirs, version))
  }
  return found
}

async function accuracyOf(
  { make, optimizer }: (typeof cases)[number],
  training: ImageSet,
  test: ImageSet,
  seed: number,
): Promise<number> {
  const { history } = await train(make(), imageDataset(training, { preprocessing }), {
    loss: crossEntropyLoss(),
    optimizer: optimizers[optimizer].optimizer,
    schedule: cosineSchedule(),
    epochs: EPOCHS,
    batchSize: 64,
    seed,
    validation: imageDataset(test, { preprocessing }),
    metrics: { accuracy: batchAccuracy() },
  })
  return history.at(-1)!.metrics['accuracy']!
}

function compareAccuracies(
  title: string,
  ours: readonly number[],
  theirs: readonly number[],
  version: string,
): Comparison {
  const [mine, other] = [mean(ours), mean(theirs)]
  const points = 100 * (mine - other)
  return {
    what: `test accuracy of ${title}, ${EPOCHS} epochs, mean of ${SEEDS.length} seeds`,
    millrace: mine.toFixed(4),
    peer: `PyTorch ${version}: ${other.toFixed(4)}`,
    ratio: `${points > 0 ? '+' : ''}${points.toFixed(2)} points`,
    goal: `within ${MOST_DIFFERENCE} points`,
    met: Math.abs(points) <= MOST_DIFFERENCE,
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
