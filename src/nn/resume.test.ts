import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { resumableData, resumableModule, resumableOptions } from '../../test/reference/nn-resume.ts'
import { log, scalar } from '../tensor/index.ts'
import {
  adam,
  crossEntropyLoss,
  decodeSafetensors,
  encodeSafetensors,
  loadSafetensors,
  type StateDict,
  train,
  type TrainingResult,
  type TrainOptions,
} from './index.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-resume-'))
})
afterEach(() => rm(folder, { recursive: true }))

interface Outcome {
  readonly result: TrainingResult
  readonly weights: StateDict
  readonly last: Buffer
  readonly best: Buffer
}

async function run(checkpoints: string, options: Partial<TrainOptions> = {}): Promise<Outcome> {
  const module = resumableModule()
  const result = await train(module, resumableData(), { ...resumableOptions(), checkpoints, ...options })
  const [last, best] = await Promise.all(
    ['last', 'best'].map((name) => readFile(join(checkpoints, `${name}.safetensors`))),
  )
  return { result, weights: module.stateDict(), last: last!, best: best! }
}

/** What must be equal: all but the speed. */
function withoutSpeed({ result, ...rest }: Outcome): object {
  const history = result.history.map((report) => ({ ...report, rowsPerSecond: 0 }))
  return { ...rest, result: { ...result, history } }
}

async function runAndInterrupt(checkpoints: string, atStep: number): Promise<TrainingResult> {
  const controller = new AbortController()
  return train(resumableModule(), resumableData(), {
    ...resumableOptions(),
    checkpoints,
    resume: true,
    signal: controller.signal,
    onStep: ({ step }) => {
      if (step === atStep) controller.abort()
    },
  })
}

describe('a resumed training', () => {
  it.each([
    ['in the middle of an epoch', [7]],
    ['after an epoch', [10]],
    ['before the first epoch was over', [2]],
    ['before its first step', [0]],
    ['again and again', [3, 4, 15, 16, 30]],
  ])('ends with the same bytes as one that never stopped, when interrupted %s', async (_, steps) => {
    const whole = await run(join(folder, 'whole'))
    const checkpoints = join(folder, 'parts')
    for (const step of steps) {
      const stopped = step === 0 ? await abortedAtOnce(checkpoints) : await runAndInterrupt(checkpoints, step)
      expect([stopped.ended, stopped.steps]).toEqual(['interrupted', step])
    }
    expect(withoutSpeed(await run(checkpoints, { resume: true }))).toEqual(withoutSpeed(whole))
  })

  it('ends with the same bytes when its process was killed between checkpoints', async () => {
    const whole = await run(join(folder, 'whole'))
    const checkpoints = join(folder, 'killed')
    // Epoch 3 has begun, and nothing of it is saved.
    await trainAndKill(checkpoints, 13)
    expect(existsSync(join(checkpoints, 'last.safetensors'))).toBe(true)
    expect(withoutSpeed(await run(checkpoints, { resume: true }))).toEqual(withoutSpeed(whole))
  })

  it('makes up for a best checkpoint that a killed process did not get to write', async () => {
    const whole = await run(join(folder, 'whole'))
    const checkpoints = join(folder, 'killed')
    await run(checkpoints, { epochs: 1 })
    const stale = join(folder, 'stale.safetensors')
    await copyFile(join(checkpoints, 'best.safetensors'), stale)
    const { result } = await run(checkpoints, { epochs: 2, resume: true })
    expect(result.bestEpoch).toBe(2)
    await copyFile(stale, join(checkpoints, 'best.safetensors'))
    const { best } = await run(checkpoints, { epochs: 2, resume: true })
    expect(best).not.toEqual(await readFile(stale))
    expect((await run(checkpoints, { resume: true })).weights).toEqual(whole.weights)
  })

  it('is over at once when it had come to its end', async () => {
    const first = await run(folder)
    expect(withoutSpeed(await run(folder, { resume: true, onStep: unexpected }))).toEqual(withoutSpeed(first))
  })

  it('goes on for more epochs when asked to', async () => {
    const whole = await run(join(folder, 'whole'), { keep: 'last', epochs: 7 })
    await run(join(folder, 'parts'), { keep: 'last', epochs: 3 })
    const { weights } = await run(join(folder, 'parts'), { keep: 'last', epochs: 7, resume: true })
    expect(weights).toEqual(whole.weights)
  })

  it('starts from the beginning when there is no checkpoint', async () => {
    const whole = await run(join(folder, 'whole'))
    expect(withoutSpeed(await run(join(folder, 'new'), { resume: true }))).toEqual(withoutSpeed(whole))
  })

  it('starts over, replacing the checkpoints, when it is not told to resume', async () => {
    const whole = await run(join(folder, 'whole'))
    await runAndInterrupt(join(folder, 'parts'), 7)
    expect(withoutSpeed(await run(join(folder, 'parts')))).toEqual(withoutSpeed(whole))
  })
})

describe('checkpoints', () => {
  it('can be read as safetensors with the names of the state dict', async () => {
    const { weights } = await run(folder, { keep: 'last' })
    const { tensors, metadata } = await loadSafetensors(join(folder, 'last.safetensors'))
    for (const [name, { data }] of weights) expect(tensors.get(`model.${name}`)?.data).toEqual(data)
    expect(metadata['format']).toBe('pt')
  })

  it('keep a metric that has no value', async () => {
    const metrics = { nothing: () => log(scalar(-1)) }
    await run(folder, { epochs: 2, metrics })
    const { result } = await run(folder, { epochs: 3, metrics, resume: true })
    expect(result.history.map((report) => report.metrics)).toEqual([
      { nothing: NaN },
      { nothing: NaN },
      { nothing: NaN },
    ])
  })
})

describe('resuming is refused', () => {
  it('with other options, naming them and both values', async () => {
    await run(folder)
    const other = { resume: true, optimizer: adam({ lr: 0.5 }), seed: 9, batchSize: 16 }
    await expect(run(folder, other)).rejects.toThrow(
      /it belongs to another training \(optimizer \["adam",\{"lr":0\.02\}\] there, \["adam",\{"lr":0\.5\}\] now; seed 4 there, 9 now; batchSize 12 there, 16 now\)/,
    )
    await expect(run(folder, { resume: true, loss: crossEntropyLoss({ labelSmoothing: 0.1 }) })).rejects.toThrow(
      /loss .* there/,
    )
    await expect(run(folder, { resume: true, dropLast: true })).rejects.toThrow(/dropLast false there/)
  })

  it('by another module, naming what does not fit', async () => {
    await run(folder)
    const module = resumableModule(17)
    const options = { ...resumableOptions(), checkpoints: folder, resume: true }
    await expect(train(module, resumableData(), options)).rejects.toThrow(
      /"0\.weight" has shape \[16, 4\], the module needs \[17, 4\]/,
    )
  })

  it('without a folder to resume from', async () => {
    const options = { ...resumableOptions(), resume: true }
    await expect(train(resumableModule(), resumableData(), options)).rejects.toThrow(/resume needs the folder/)
  })

  it('from a file that is no checkpoint', async () => {
    const path = join(folder, 'last.safetensors')
    await writeFile(path, encodeSafetensors({ tensors: resumableModule().stateDict(), metadata: {} }))
    await expect(run(folder, { resume: true })).rejects.toThrow(`The checkpoint ${path} is not valid. "state"`)
    await writeFile(path, 'half a fi')
    await expect(run(folder, { resume: true })).rejects.toThrow(/cut short/)
  })

  it('from a checkpoint that lacks the optimiser’s numbers', async () => {
    await run(folder)
    const path = join(folder, 'last.safetensors')
    const { tensors, metadata } = decodeSafetensors(await readFile(path), path)
    const without = new Map([...tensors].filter(([name]) => name !== 'optimizer.1'))
    await writeFile(path, encodeSafetensors({ tensors: without, metadata }))
    await expect(run(folder, { resume: true })).rejects.toThrow(/the optimiser's numbers .* are not complete/)
  })

  it('when the best weights are wanted and their checkpoint is gone', async () => {
    // The plateau of the last epochs: the best is not the last.
    const { result } = await run(folder, { epochs: 12 })
    expect(result.bestEpoch).toBeLessThan(12)
    await rm(join(folder, 'best.safetensors'))
    await expect(run(folder, { epochs: 12, resume: true })).rejects.toThrow(/best\.safetensors is missing/)
  })
})

async function abortedAtOnce(checkpoints: string): Promise<TrainingResult> {
  const options = { ...resumableOptions(), checkpoints, signal: AbortSignal.abort() }
  return train(resumableModule(), resumableData(), options)
}

/** Trains in a process of its own and kills it after a step. */
async function trainAndKill(checkpoints: string, atStep: number): Promise<void> {
  const program = fileURLToPath(new URL('../../test/reference/nn-resume-process.ts', import.meta.url))
  const child = spawn(process.execPath, [program, checkpoints, String(atStep)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child.stdout.once('data', () => child.kill('SIGKILL'))
  const signal = await new Promise((resolve) => child.on('exit', (_, by) => resolve(by)))
  expect(signal).toBe('SIGKILL')
}

function unexpected(): never {
  throw new Error('No step was expected.')
}
