/** Training steps per second of `train` beside PyTorch's eager loop, in one process each that stays warm. */
import { z } from 'zod'
import { Random } from 'millrace/core'
import {
  adam,
  crossEntropyLoss,
  type Dataset,
  Linear,
  type Module,
  ReLU,
  Sequential,
  tensorDataset,
  train,
} from 'millrace/nn'
import { type Comparison, measurePairs } from './pairs.ts'
import { PythonPeer, pythonWith } from './processes.ts'

interface Case {
  readonly sizes: readonly number[]
  readonly batchSize: number
  readonly threads: number
  readonly warmUp: number
  readonly steps: number
  /** How many times as many steps as PyTorch Millrace shall make. */
  readonly goal: number
}

const cases: readonly Case[] = [1, 2].flatMap((threads) => [
  { sizes: [4, 16, 3], batchSize: 32, threads, warmUp: 500, steps: 4000, goal: 5 },
  { sizes: [784, 512, 256, 10], batchSize: 128, threads, warmUp: 20, steps: 150, goal: 1 },
])
const ROUNDS = 5

const answerSchema = z.object({ stepsPerSecond: z.number(), version: z.string() })

/** @throws PeerMissing when the Python interpreter has no PyTorch */
export async function compare(): Promise<Comparison[]> {
  using torch = new PythonPeer(await pythonWith(['torch']), 'step_torch.py')
  const found: Comparison[] = []
  for (const each of cases) found.push(await compareCase(each, torch))
  return found
}

async function compareCase(each: Case, torch: PythonPeer): Promise<Comparison> {
  const { sizes, batchSize, threads, warmUp, steps, goal } = each
  const request = { sizes, batch_size: batchSize, threads, warm_up: warmUp, steps }
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
  return {
    what: `training steps of MLP ${sizes.join('-')}, batch ${batchSize}, Adam, ${threads} thread${threads === 1 ? '' : 's'}`,
    millrace: `${ours.toFixed(0)} steps/s`,
    peer: `PyTorch ${version.split('+')[0]}: ${theirs.toFixed(0)} steps/s`,
    ratio: `${ratio.toFixed(2)} × as many`,
    goal: `≥ ${goal} ×`,
    met: ratio >= goal,
  }
}

async function measureMillrace({ sizes, batchSize, threads, warmUp, steps }: Case): Promise<number> {
  const rows = batchSize * 16
  let started = 0
  let ended = 0
  await train(perceptron(sizes), randomRows(rows, sizes), {
    loss: crossEntropyLoss(),
    optimizer: adam({ lr: 1e-3 }),
    batchSize,
    threads,
    epochs: Math.ceil((warmUp + steps) / 16),
    onStep({ step }) {
      if (step === warmUp) started = performance.now()
      if (step === warmUp + steps) ended = performance.now()
    },
  })
  return steps / ((ended - started) / 1000)
}

function perceptron(sizes: readonly number[]): Module {
  const layers = sizes.slice(1).flatMap((outputs, i) => [new Linear(sizes[i]!, outputs), new ReLU()])
  return new Sequential(...layers.slice(0, -1))
}

function randomRows(rows: number, sizes: readonly number[]): Dataset {
  const random = new Random(0)
  const features = new Float32Array(rows * sizes[0]!)
  random.fillUniform(features)
  const labels = BigInt64Array.from({ length: rows }, () => BigInt(random.integer(sizes.at(-1)!)))
  return tensorDataset({ data: features, shape: [rows, sizes[0]!] }, { data: labels, shape: [rows] })
}
