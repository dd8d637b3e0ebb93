/**
 * Training steps per second of `train` beside PyTorch's eager loop, measured in turns in one run:
 *
 *     MILLRACE_PYTHON=.venv/bin/python node --conditions=source bench/step.ts
 *
 * MILLRACE_PYTHON names an interpreter with bench/requirements.txt installed; default python3.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
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

/** A Python process that measures one case at a time. */
class Torch {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #answers: AsyncIterator<string>

  constructor() {
    const script = fileURLToPath(new URL('step_torch.py', import.meta.url))
    this.#process = spawn(process.env['MILLRACE_PYTHON'] ?? 'python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
  }

  async measure({ sizes, batchSize, threads, warmUp, steps }: Case): Promise<z.infer<typeof answerSchema>> {
    this.#process.stdin.write(`${JSON.stringify({ sizes, batch_size: batchSize, threads, warm_up: warmUp, steps })}\n`)
    const answer = await this.#answers.next()
    if (answer.done === true)
      throw new Error('PyTorch did not answer. Install bench/requirements.txt, set MILLRACE_PYTHON.')
    return answerSchema.parse(JSON.parse(answer.value))
  }

  end(): void {
    this.#process.stdin.end()
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

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

const torch = new Torch()
for (const each of cases) {
  const rounds: { ours: number; theirs: number }[] = []
  let version = ''
  for (let round = 0; round < ROUNDS; round++) {
    const answer = await torch.measure(each)
    version = answer.version
    rounds.push({ ours: await measureMillrace(each), theirs: answer.stepsPerSecond })
  }
  const ours = median(rounds.map((round) => round.ours))
  const theirs = median(rounds.map((round) => round.theirs))
  const ratio = median(rounds.map((round) => round.ours / round.theirs))
  const name = `MLP ${each.sizes.join('-')}, batch ${each.batchSize}, Adam, ${each.threads} thread${each.threads === 1 ? '' : 's'}`
  console.log(
    `${name}: Millrace ${ours.toFixed(0)} steps/s, PyTorch ${version} ${theirs.toFixed(0)} steps/s, ratio ${ratio.toFixed(2)} (goal ${each.goal})`,
  )
}
torch.end()
