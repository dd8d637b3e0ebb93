/** Fashion-MNIST as jobs: preprocessed, trained, stopped and served by SageMaker's contract, on few images. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { cp, readFile, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { runProcessing, runTraining, startServing } from 'millrace/container'
import { imageAt, type ImageSet, preprocessImage } from 'millrace/images'
import { ImageModel } from 'millrace/model'
import { loadSafetensors, loadTorchFile } from 'millrace/nn'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { outcomeOf } from '../../test/cli/run-millrace.ts'
import { type OptMl, optMl } from '../../test/container/opt-ml.ts'
import { idx } from '../../test/image-files.ts'
import { pythonHas, runPython } from '../../test/python.ts'
import { squares } from '../../test/squares.ts'
import { CLASSES, preprocessing } from './images.ts'

const program = (stage: string): string => fileURLToPath(new URL(`container/${stage}.ts`, import.meta.url))
const HYPERPARAMETERS = 'input/config/hyperparameters.json'
const hyperparameters = { epochs: '5', 'learning-rate': '0.05', 'batch-size': '32', sagemaker_region: 'eu-west-1' }
const trainSet = squares(160)
const testSet = squares(20)

let job: OptMl
beforeAll(async () => {
  job = await optMl()
  await writeIdx(job, 'train', trainSet)
  await writeIdx(job, 't10k', testSet, gzipSync)
}, 60_000)
afterAll(() => job[Symbol.asyncDispose]())
afterEach(() => void vi.unstubAllEnvs())

/** The pair of IDX files, as the set is published, in the folder of the job's input. */
async function writeIdx(
  to: OptMl,
  name: string,
  set: ImageSet,
  pack = (bytes: Buffer): Buffer => bytes,
): Promise<void> {
  const pixels = Buffer.concat(await Promise.all(Array.from(set.labels, async (_, i) => (await imageAt(set, i)).data)))
  const end = pack === gzipSync ? '.gz' : ''
  await to.write(`processing/input/${name}-images-idx3-ubyte${end}`, pack(idx([set.count, 28, 28], pixels)))
  await to.write(
    `processing/input/${name}-labels-idx1-ubyte${end}`,
    pack(idx([set.count], Uint8Array.from(set.labels))),
  )
}

/** The job in this process, which is quicker; its log. */
async function run(stage: 'preprocess' | 'train', at: OptMl, ...args: readonly string[]): Promise<string> {
  const lines: string[] = []
  const log = (line: string): void => void lines.push(line)
  const options = { program: program(stage), root: at.root, signal: new AbortController().signal, log }
  await (stage === 'train' ? runTraining(options) : runProcessing({ ...options, arguments: args }))
  return lines.join('\n')
}

/** What the processing job left, as the channel `train` of a training. */
async function withChannel(to: OptMl): Promise<OptMl> {
  await cp(job.path('processing/output'), to.path('input/data/train'), { recursive: true })
  await to.write(HYPERPARAMETERS, hyperparameters)
  return to
}

/** A picture of the set, or its negative, as a file. */
async function picture(
  index: number,
  format: 'png' | 'jpeg',
  { negative = true, size = 112 } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { data, width, height } = await imageAt(testSet, index)
  const large = sharp(data, { raw: { width, height, channels: 1 } }).resize(size, size, { kernel: 'nearest' })
  return new Uint8Array(await (negative ? large.negate() : large)[format]().toBuffer())
}

async function serving(invert?: string): Promise<AsyncDisposable & { readonly url: string }> {
  if (invert !== undefined) vi.stubEnv('INVERT', invert)
  const environment = { SAGEMAKER_BIND_TO_PORT: '0' }
  const open = await startServing({ root: job.root, program: program('serve'), environment })
  return { url: open.url, [Symbol.asyncDispose]: () => open.close() }
}

async function ask(
  url: string,
  path: string,
  type: string,
  body: string | Uint8Array<ArrayBuffer>,
): Promise<readonly [number, unknown]> {
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': type }, body })
  return [answer.status, await answer.json()]
}

describe('preprocess', () => {
  it('makes of the IDX files what this network and what PyTorch trains on', async () => {
    const outcome = '160 images to train, 20 images to test.'
    expect(await job.run('preprocess', program('preprocess'))).toEqual({ code: 0, stdout: `${outcome}\n`, stderr: '' })
    expect(await job.read('output/message')).toBe(outcome)
    const torch = await loadTorchFile(job.path('processing/output/test_dataset.pt'))
    expect([...torch].map(([name, { shape }]) => [name, shape])).toEqual([
      ['images', [20, 1, 28, 28]],
      ['labels', [20]],
    ])
    expect(Array.from(torch.get('labels')!.data)).toEqual(Array.from(testSet.labels))
    const seventh = await imageAt(testSet, 7)
    const values = torch.get('images')!.data.subarray(7 * 784, 8 * 784)
    expect(values).toEqual(preprocessImage(preprocessing({ invert: 'never' }), seventh))
    const [least, next] = [...new Set(values)]
    expect([least, next]).toEqual([-1, expect.closeTo((162 / 255 - 0.5) / 0.5, 6)])
    const { tensors } = await loadSafetensors(job.path('processing/output/test.safetensors'))
    expect(tensors.get('images')!.data.subarray(7 * 784, 8 * 784)).toEqual(Float32Array.from(seventh.data))
  })

  it('takes its folders from SM_CHANNEL_INPUT and SM_OUTPUT_DATA_DIR where they are set, and no more images than --limit', async () => {
    await using other = await optMl()
    vi.stubEnv('SM_CHANNEL_INPUT', job.path('processing/input'))
    vi.stubEnv('SM_OUTPUT_DATA_DIR', other.path('made/here'))
    await run('preprocess', other, '--limit', '12')
    expect(await other.read('output/message')).toBe('12 images to train, 12 images to test.')
    expect((await loadTorchFile(other.path('made/here/train_dataset.pt'))).get('labels')!.shape).toEqual([12])
  })

  it.each([
    [
      ['--limit', 'abc'],
      'The command line is not valid. "limit": expected a number of images, such as 1000, found "abc"',
    ],
    [['--limit', '0'], 'The command line is not valid. "limit": expected a number of images, such as 1000, found "0"'],
    [['--lmit', '12'], "Unknown option '--lmit'"],
  ])('refuses %j as wrong use, with one line', async (args, message) => {
    await using other = await optMl()
    const { code, stderr } = await other.run('preprocess', program('preprocess'), ...args)
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^[^\n]* \[INVALID_ARGUMENT\]\n$/) })
    expect(stderr).toContain(message)
    expect(await other.read('output/message')).toContain(message)
  })

  it('names the file that is missing', async () => {
    await using empty = await optMl()
    await expect(run('preprocess', empty)).rejects.toThrow(/train-labels-idx1-ubyte\.gz: .*there is no such file/)
    expect(await empty.read('output/message')).toContain('train-labels-idx1-ubyte.gz')
  })
})

describe.skipIf(process.platform === 'win32')('train', () => {
  let log: string
  beforeAll(async () => {
    log = await run('train', await withChannel(job))
  }, 60_000)

  it('learns, measures and leaves the model in both forms', async () => {
    expect(log).toMatch(
      /^epoch=1 [^]*\nepoch=5 train_loss=0\.\d+ accuracy=\d[^]*\nTraining finished\ntest_accuracy=\d\.\d+ test_loss=/,
    )
    const { metrics } = JSON.parse((await job.read('output/data/evaluation.json'))!) as { metrics: object }
    expect(metrics).toMatchObject({ test_accuracy: expect.any(Number) as number, test_accuracy_bag: 1 })
    await using model = await ImageModel.load(job.path('model'))
    expect(await loadTorchFile(job.path('model/model.pth'))).toEqual(model.content.weights)
    expect(model.config.params).toMatchObject({
      network: { dropout: 0.2 },
      training: { optimizer: 'sgd', momentum: 0.9, schedule: { kind: 'step', stepSize: 10, gamma: 0.5 }, epochs: 5 },
    })
  })

  it('gives the weights the names and shapes of the same network in PyTorch', async () => {
    const path = new URL('../../test/reference/three-blocks.json', import.meta.url)
    const { stateDict } = JSON.parse(readFileSync(path, 'utf8')) as { stateDict: Record<string, number[]> }
    const ours = await loadTorchFile(job.path('model/model.pth'))
    const known = Object.entries(stateDict).filter(([name]) => !name.endsWith('num_batches_tracked'))
    expect([...ours].map(([name, { shape }]) => [name, shape])).toEqual(known)
  })

  it.skipIf(!pythonHas('torch'))('leaves what PyTorch loads, with the same answers', { timeout: 120_000 }, async () => {
    const script = fileURLToPath(new URL('../../test/reference/three_blocks.py', import.meta.url))
    const theirs = runPython(job.root, script, 'model/model.pth', 'processing/output/test_dataset.pt') as {
      labels: number[]
      probabilities: number[][]
    }
    expect(theirs.labels).toEqual(Array.from(testSet.labels))
    await using model = await ImageModel.load(job.path('model'))
    const { probabilities } = await model.predictSet(testSet)
    const differences = theirs.probabilities.flat().map((value, i) => Math.abs(value - probabilities[i]!))
    expect(Math.max(...differences)).toBeLessThan(1e-5)
  })

  it('ends in order when told to stop, and then learns on to the same bytes', { timeout: 60_000 }, async () => {
    await using stopped = await withChannel(await optMl())
    const child = stopped.start('train', program('train'))
    const ended = outcomeOf(child)
    let printed = ''
    while (!printed.includes('epoch=1 ')) printed += String((await once(child.stdout, 'data'))[0])
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 0, stdout: expect.stringContaining('Training interrupted') as string })
    const early = await readFile(stopped.path('model/model.pth'))
    expect(early.equals(await readFile(job.path('model/model.pth')))).toBe(false)
    expect(await run('train', stopped)).not.toContain('epoch=1 ')
    for (const file of ['model.pth', 'model.onnx']) {
      const [a, b] = await Promise.all([stopped, job].map((of) => readFile(of.path('model', file))))
      expect(a!.equals(b!), file).toBe(true)
    }
  })

  it.each([
    [
      'a channel',
      async (broken: OptMl) => rm(broken.path('input/data/train'), { recursive: true }),
      'RESOURCE_DOES_NOT_EXIST',
      /no channel "train"/,
    ],
    [
      'the file in its channel',
      async (broken: OptMl) => rm(broken.path('input/data/train/train.safetensors')),
      'RESOURCE_DOES_NOT_EXIST',
      /There is no .*train\.safetensors\. Preprocess/,
    ],
    [
      'a hyperparameter that fits',
      async (broken: OptMl) => broken.write(HYPERPARAMETERS, { dropout: '2' }),
      'INVALID_CONFIG',
      /hyperparameters\.json with \{"dropout":"2"\} is not valid\. "dropout"/,
    ],
  ])('says in output/failure that it lacks %s', async (_, breakIt, code, message) => {
    await using broken = await withChannel(await optMl())
    await breakIt(broken)
    await expect(run('train', broken)).rejects.toMatchObject({ code })
    expect(await broken.read('output/failure')).toMatch(message)
  })
})

describe.skipIf(process.platform === 'win32')('serve', () => {
  it('says that it is there, and answers photographs of dark things on white alike at both paths', async () => {
    await using server = await serving()
    const ping = await fetch(`${server.url}/ping`)
    expect([ping.status, await ping.json()]).toEqual([200, { status: 'ok' }])
    const confidence = expect.closeTo(1, 1) as number
    for (const [path, type, format] of [
      ['/invocations', 'image/png', 'png'],
      ['/invocations', 'application/octet-stream', 'jpeg'],
      ['/predict', 'image/jpeg', 'jpeg'],
      ['/predict', 'application/x-image', 'png'],
    ] as const) {
      const answer = await ask(server.url, path, type, await picture(8, format))
      expect(answer, `${path} ${type}`).toEqual([200, { class: CLASSES[8], confidence }])
    }
  })

  it.each([
    ['never', [true, false]],
    ['always', [false, true]],
    ['auto', [true, true]],
  ] as const)('inverts %s where INVERT says so', async (invert, rightly) => {
    await using server = await serving(invert)
    await using model = await ImageModel.load(job.path('model'))
    const { labels, probabilities } = await model.predict([await imageAt(testSet, 8)])
    const expected = { class: labels[0], confidence: Math.max(...probabilities) }
    const answers = [false, true].map(async (negative) =>
      ask(server.url, '/invocations', 'image/png', await picture(8, 'png', { negative, size: 28 })),
    )
    const found = (await Promise.all(answers)).map(([, answer]) => answer)
    expect(found.map((answer) => JSON.stringify(answer) === JSON.stringify(expected))).toEqual(rightly)
  })

  it('refuses another INVERT', async () => {
    await expect(serving('sometimes')).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(/environment.*"INVERT"/) as string,
    })
  })

  it.each([
    ['text', 'image/png', 'hello', 400, /The picture: .*no image/],
    ['nothing', 'image/png', '', 400, /Expected an image, found an empty file/],
    ['half a picture', 'image/png', undefined, 400, /The picture: /],
    ['JSON', 'application/json', '{}', 415, /found application\/json\. Send content-type image\/png/],
  ])('refuses %s', async (_, type, body, status, message) => {
    await using server = await serving()
    const sent = body ?? (await picture(1, 'png')).subarray(0, 60)
    for (const path of ['/invocations', '/predict']) {
      const answer = await ask(server.url, path, type, sent)
      expect(answer).toMatchObject([status, { message: expect.stringMatching(message) as string }])
    }
  })
})
