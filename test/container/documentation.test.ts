/** The programs of docs/containers.md, run as the page says. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServing } from '../../src/container/index.ts'
import { PENGUINS } from '../cli/run-millrace.ts'
import { writePicture } from '../image-files.ts'
import { type OptMl, optMl } from './opt-ml.ts'

const page = readFileSync(new URL('../../docs/containers.md', import.meta.url), 'utf8')
const [trainProgram = '', preprocessProgram = ''] = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code)
const [, serveProgram = ''] = /```js\n(.*?)```/s.exec(page) ?? []
const withoutNumbers = (text: string): string => text.replaceAll(/\d\.\d+/g, '#')

let job: OptMl
beforeAll(async () => {
  job = await optMl()
})
afterAll(() => job[Symbol.asyncDispose]())

describe('docs/containers.md', () => {
  it('trains, and prints what it says', async () => {
    const [, config = ''] = /echo '(.*)' > .*hyperparameters/.exec(page)!
    const [, output = ''] = /```text\n(epoch=.*?)```/s.exec(page)!
    await job.write('input/config/hyperparameters.json', config)
    await job.write('input/data/train/penguins.csv', readFileSync(PENGUINS, 'utf8'))
    const zod = JSON.stringify(import.meta.resolve('zod'))
    const { code, stdout } = await job.run('train', await job.write('train.ts', trainProgram.replace("'zod'", zod)))
    expect(code).toBe(0)
    expect(withoutNumbers(stdout)).toBe(withoutNumbers(output))
    expect(await job.read('model/MLmodel')).toContain('onnx')
  })

  it('preprocesses', async () => {
    await job.write('processing/input/a.txt', 'a')
    const program = await job.write('preprocess.ts', preprocessProgram)
    expect((await job.run('preprocess', program, '--share', '0.2')).code).toBe(0)
    expect(await job.read('output/message')).toBe('Copied, with 2 arguments.')
    expect(await job.read('processing/output/a.txt')).toBe('a')
  })

  it('serves', async () => {
    const program = await job.write('serve.js', serveProgram)
    const environment = { SAGEMAKER_BIND_TO_PORT: '0' }
    const open = await startServing({ root: job.root, program, environment })
    try {
      expect(await (await fetch(`${open.url}/ping`)).json()).toEqual({ status: 'ok' })
      await writePicture(job.path('picture.png'), { width: 4, height: 3 })
      const body = readFileSync(job.path('picture.png'))
      const answer = await fetch(`${open.url}/invocations`, { method: 'POST', body })
      expect(await answer.json()).toEqual({ width: 4, height: 3, modelDir: job.path('model') })
      expect((await fetch(`${open.url}/invocations`, { method: 'POST', body: 'text' })).status).toBe(400)
    } finally {
      await open.close()
    }
  })
})
