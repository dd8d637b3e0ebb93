/** Training jobs by the contract, each as a process in a folder that stands for /opt/ml. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runTraining } from '../../src/container/index.ts'
import { outcomeOf } from '../cli/run-millrace.ts'
import { type OptMl, optMl, programs } from './opt-ml.ts'

const TRAIN = join(programs, 'train.ts')
const HYPERPARAMETERS = 'input/config/hyperparameters.json'
const zod = JSON.stringify(import.meta.resolve('zod'))

let job: OptMl
beforeAll(async () => {
  job = await optMl()
})
afterAll(() => job[Symbol.asyncDispose]())

/** A program whose `train` has this body. */
async function program(body: string, beforeIt = ''): Promise<string> {
  return await job.write(
    'program.ts',
    `import { z } from ${zod}
    import { writeFileSync } from 'node:fs'
    import { MillraceError } from 'millrace/core'
    import { defineTraining } from 'millrace/container'
    ${beforeIt}
    export default defineTraining({
      hyperparameters: z.strictObject({ epochs: z.int().default(1) }),
      async train(context) { ${body} },
    })`,
  )
}

describe.skipIf(process.platform === 'win32')('the penguins', () => {
  it('are split, trained on, told to stop, and trained further to the same bytes', { timeout: 60_000 }, async () => {
    await using penguins = await optMl()
    await penguins.addPenguins()
    expect(await penguins.read('output/message')).toBe('275 penguins to learn from, 69 to validate on.')
    await penguins.write(HYPERPARAMETERS, { epochs: '150', 'batch-size': '16', sagemaker_region: 'eu-west-1' })

    const child = penguins.start('train', TRAIN)
    const ended = outcomeOf(child)
    let printed = ''
    while (!printed.includes('epoch=3 ')) {
      const [piece] = (await once(child.stdout, 'data')) as [Buffer]
      printed += piece.toString()
    }
    child.kill('SIGTERM')
    const stopped = await ended
    expect(stopped.code).toBe(0)
    expect(stopped.stdout).toMatch(/Training interrupted, validation accuracy 0\.\d+/)
    expect(stopped.stdout).not.toContain('epoch=150 ')
    expect(await penguins.read('output/failure')).toBeUndefined()
    const early = await readFile(penguins.path('model/model.onnx'))

    const resumed = await penguins.run('train', TRAIN)
    expect(resumed.code).toBe(0)
    expect(resumed.stdout).not.toContain('epoch=1 ')
    expect(resumed.stdout).toMatch(/epoch=150 train_loss=0\.\d+ val_loss=0\.\d+\n/)
    const evaluation = JSON.parse((await penguins.read('output/data/evaluation.json'))!) as object
    expect(evaluation).toMatchObject({ metrics: { accuracy: expect.any(Number) as number } })

    await using whole = await optMl()
    await whole.addPenguins()
    await whole.write(HYPERPARAMETERS, { epochs: '150', 'batch-size': '16' })
    expect((await whole.run('train', TRAIN)).code).toBe(0)
    for (const name of ['model.onnx', 'model.safetensors', 'config.json']) {
      const [a, b] = [await readFile(penguins.path('model', name)), await readFile(whole.path('model', name))]
      expect(a.equals(b), name).toBe(true)
    }
    expect(early.equals(await readFile(whole.path('model/model.onnx')))).toBe(false)
  })
})

describe('a training job', () => {
  it('knows its channels, hyperparameters, folders and checkpoints, also by SM_ variables when it is imported', async () => {
    await job.write(HYPERPARAMETERS, { epochs: '3' })
    await job.write('input/config/inputdataconfig.json', {
      train: { TrainingInputMode: 'File', ContentType: 'text/csv' },
      stream: { TrainingInputMode: 'Pipe' },
    })
    for (const name of ['epoch-9.bin', 'epoch-10.bin', 'notes']) await job.write(`checkpoints/${name}`, '')
    const file = await program(
      `const { train, stream } = context.channels
      writeFileSync(context.outputDataDir + '/seen.json', JSON.stringify({
        atImport, hyperparameters: context.hyperparameters, folder: context.channel('train'), mode: stream.inputMode,
        pipe: stream.pipe(2), type: train.contentType, host: context.resources.current_host,
        newest: await context.newestCheckpoint(), modelDir: context.modelDir,
      }))`,
      `const atImport = [process.env.SM_HP_EPOCHS, process.env.SM_CHANNEL_TRAIN, process.env.SM_USER_ARGS]`,
    )
    expect(await job.run('train', file)).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse((await job.read('output/data/seen.json'))!)).toEqual({
      atImport: ['3', job.path('input/data/train'), '["--epochs","3"]'],
      hyperparameters: { epochs: 3 },
      folder: job.path('input/data/train'),
      mode: 'Pipe',
      pipe: job.path('input/data/stream_2'),
      type: 'text/csv',
      host: 'algo-1',
      newest: job.path('checkpoints/epoch-10.bin'),
      modelDir: job.path('model'),
    })
  })

  it.each([
    [
      'a hyperparameter',
      `{ "epochs": "many" }`,
      '',
      2,
      /^hyperparameters\.json with \{"epochs":"many"\} is not valid\. "epochs": .* \[INVALID_CONFIG\]\n$/,
    ],
    ['a file that is no JSON', `{`, '', 2, /hyperparameters\.json is not valid JSON.*\[INVALID_CONFIG\]\n$/],
    [
      'a channel',
      `{}`,
      `context.channel('test')`,
      4,
      /^The job has no channel "test"\. .*train.* \[RESOURCE_DOES_NOT_EXIST\]\n$/,
    ],
    [
      'the data',
      `{}`,
      `throw new MillraceError('INVALID_DATA', 'row 7: no label')`,
      1,
      /^row 7: no label \[INVALID_DATA\]\n$/,
    ],
    [
      'the program',
      `{}`,
      `throw new RangeError('too much')`,
      1,
      /^RangeError: too much\n\nRangeError: too much\n {4}at /,
    ],
    [
      'what nobody waits for',
      `{}`,
      `setTimeout(() => { throw new Error('late') }); await new Promise((r) => setTimeout(r, 9e5))`,
      1,
      /^Error: late\n/,
    ],
  ])(
    'that fails by %s says so in output/failure, on standard error and by its exit code',
    async (_, config, body, code, reason) => {
      await job.write(HYPERPARAMETERS, config)
      const outcome = await job.run('train', await program(body))
      expect(outcome.code).toBe(code)
      const failure = (await job.read('output/failure'))!
      // Messages name files by their whole path; the end of the path is enough here.
      expect(failure.replace(`${job.path('input/config')}/`, '')).toMatch(reason)
      expect(outcome.stderr).toContain(
        failure
          .split('\n')[0]!
          .replace(/^\w+Error: | \[\w+\]$/g, '')
          .slice(0, 60),
      )
    },
  )

  it('puts the reason into the first 1024 characters of output/failure, the stack behind it', async () => {
    await job.write(HYPERPARAMETERS, {})
    await job.run('train', await program(`throw new Error('x'.repeat(5000))`))
    const failure = (await job.read('output/failure'))!
    expect(failure.slice(0, 1024)).toBe(`Error: ${'x'.repeat(1017)}`)
    expect(failure.slice(1024)).toMatch(/^\n\nError: x+\n {4}at /)
  })

  it('forgets the failure of an earlier run', async () => {
    await job.write('output/failure', 'old')
    expect((await job.run('train', await program(''))).code).toBe(0)
    expect(await job.read('output/failure')).toBeUndefined()
  })

  it.each([
    [
      `export default { stage: 'serve' }`,
      /The default export of .*other\.ts is no program to train\. Write: export default defineTraining/,
    ],
    [`import 'nowhere'`, /Cannot import .*other\.ts: .*nowhere/],
  ])('refuses a module that is no program: %s', async (text, message) => {
    const outcome = await job.run('train', await job.write('other.ts', text))
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringMatching(message) as string })
  })

  it('tells a project that is no ES module what to set', async () => {
    await job.write('old/package.json', { type: 'commonjs' })
    const file = await job.write('old/program.ts', `import 'node:fs'\nexport default {}`)
    const { code, stderr } = await job.run('train', file)
    expect([code, stderr]).toEqual([2, expect.stringContaining('Set "type": "module" in the package.json above it.')])
  })

  it('asks which program', async () => {
    expect(await job.run('train')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Which program?') as string,
    })
    expect((await job.run('train', 'missing.ts')).stderr).toMatch(/no file .*missing\.ts with a program in it/)
  })
})

describe.skipIf(process.platform === 'win32')('a training job that is told to stop', () => {
  it('and gives up at once has not failed', async () => {
    const file = await program(`context.log('begun'); await new Promise((_, reject) => {
      const busy = setInterval(() => {}, 1000)
      context.signal.addEventListener('abort', () => { clearInterval(busy); reject(context.signal.reason) })
    })`)
    const child = job.start('train', file)
    const ended = outcomeOf(child)
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Stopped before there was a model') as string,
    })
    expect(await job.read('output/failure')).toBeUndefined()
  })

  it('and takes too long leaves the reason, before it is killed', async () => {
    const file = await program(
      `await new Promise((resolve) => {
        const waiting = setInterval(() => {
          if (existsSync(${JSON.stringify(job.path('output/failure'))})) resolve(clearInterval(waiting))
        }, 5)
      })`,
      `import { existsSync } from 'node:fs'`,
    )
    const controller = new AbortController()
    const { signal } = controller
    const lines: string[] = []
    const log = (line: string): void => void lines.push(line)
    const training = runTraining({ program: file, root: job.root, signal, stopMs: 20, log })
    controller.abort()
    await training
    expect(await job.read('output/failure')).toMatch(/told to stop, and had not ended 0\.02 seconds later/)
  })

  it('and fails to save its model has failed', async () => {
    const file = await program(`context.log('begun'); await new Promise((resolve) => {
      const busy = setInterval(() => {}, 1000)
      context.signal.addEventListener('abort', () => { clearInterval(busy); resolve() })
    }); throw new Error('no room for the model')`)
    const child = job.start('train', file)
    const ended = outcomeOf(child)
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    expect((await ended).code).toBe(1)
    expect(await job.read('output/failure')).toMatch(/^Error: no room for the model/)
  })
})
