/** Comparing steps of `train` with those of PyTorch's eager loop (step_torch.py), on random rows. */
import { z } from 'zod'
import { Random } from 'millrace/core'
import { crossEntropyLoss, type Dataset, type Module, type Optimizer, tensorDataset, train } from 'millrace/nn'
import { type Comparison, measurePairs } from './pairs.ts'
import { PythonPeer, pythonWith } from './processes.ts'

/** A network on either side, and how it is trained. */
export interface TrainingCase {
  /** Names the network and the optimiser in the table. */
  readonly title: string
  /** What step_torch.py knows the network and the optimiser by. */
  readonly peer: { readonly network: string; readonly sizes?: readonly number[]; readonly optimizer: 'adam' | 'sgd' }
  readonly network: () => Module
  readonly optimizer: Optimizer
  /** The shape of one row, and into how many classes rows fall. */
  readonly rowShape: readonly number[]
  readonly classes: number
  readonly batchSize: number
  readonly threads: number
  readonly warmUp: number
  readonly steps: number
  /** How many times as many steps as PyTorch Millrace shall make. */
  readonly goal: number
}

const ROUNDS = 5
/** Batches of the dataset. */
const BATCHES = 16

const answerSchema = z.object({ stepsPerSecond: z.number(), version: z.string() })

/** `unit` says what is counted: steps, or the rows of their batches. @throws PeerMissing when Python has no PyTorch */
export async function compareTrainings(
  cases: readonly TrainingCase[],
  unit: 'steps' | 'images',
): Promise<Comparison[]> {
  using torch = new PythonPeer(await pythonWith(['torch']), 'step_torch.py')
  const found: Comparison[] = []
  for (const each of cases) found.push(await compareCase(each, unit, torch))
  return found
}

async function compareCase(each: TrainingCase, unit: 'steps' | 'images', torch: PythonPeer): Promise<Comparison> {
  const { title, peer, rowShape, classes, batchSize, threads, warmUp, steps, goal } = each
  const request = { ...peer, row_shape: rowShape, classes, batch_size: batchSize, threads, warm_up: warmUp, steps }
  let version = ''
  const { ours, theirs, ratio } = await measurePairs(
    ROUNDS,
    () => measureMillrace(each),
    async () => {
      const answer = await torch.ask(request, answerSchema)
      version = answer.version
      return answer.stepsPerSecond
    },
  )
  const counted = (stepsPerSecond: number): string =>
    `${(unit === 'steps' ? stepsPerSecond : stepsPerSecond * batchSize).toFixed(0)} ${unit}/s`
  return {
    what: `training ${title}, batch ${batchSize}, ${threads} thread${threads === 1 ? '' : 's'}`,
    millrace: counted(ours),
    peer: `PyTorch ${version.split('+')[0]}: ${counted(theirs)}`,
    ratio: `${ratio.toFixed(2)} × as many`,
    goal: `≥ ${goal} ×`,
    met: ratio >= goal,
  }
}

async function measureMillrace(each: TrainingCase): Promise<number> {
  const { network, optimizer, batchSize, threads, warmUp, steps } = each
  let started = 0
  let ended = 0
  await train(network(), randomRows(each), {
    loss: crossEntropyLoss(),
    optimizer,
    batchSize,
    threads,
    epochs: Math.ceil((warmUp + steps) / BATCHES),
    onStep({ step }) {
      if (step === warmUp) started = performance.now()
      if (step === warmUp + steps) ended = performance.now()
    },
  })
  return steps / ((ended - started) / 1000)
}

function randomRows({ rowShape, classes, batchSize }: TrainingCase): Dataset {
  const random = new Random(0)
  const rows = batchSize * BATCHES
  const features = new Float32Array(rowShape.reduce((product, size) => product * size, rows))
  random.fillUniform(features)
  const labels = BigInt64Array.from({ length: rows }, () => BigInt(random.integer(classes)))
  return tensorDataset({ data: features, shape: [rows, ...rowShape] }, { data: labels, shape: [rows] })
}
