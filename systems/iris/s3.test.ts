/** Every stage on a bucket that S3_ENDPOINT_URL names, with nothing left on this machine. */
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ask, HEADER, type IrisFolder, irisFolder, irisRows } from '../../test/iris.ts'
import { type S3Server, startS3 } from '../../test/s3-server.ts'

let server: S3Server
let folder: IrisFolder

beforeAll(async () => {
  server = await startS3()
  const { AWS_ENDPOINT_URL_S3: endpoint = '', ...credentials } = server.env
  folder = await irisFolder({ ...credentials, S3_ENDPOINT_URL: endpoint })
})
afterAll(async () => {
  await folder[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

it('data, features and models are in the bucket', async () => {
  const training = { tracking: 'off', max_epochs: 5 }
  const config = await folder.configure({ training }, 's3://models/iris')
  await writeFile(join(folder.path, 'iris.data'), await irisRows())
  const done = async (program: string, ...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await folder.run(program, '--config', config, ...args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return stdout
  }
  expect(await done('onboard', '--source', 'iris.data')).toMatch(/are at s3:\/\/models\/iris\/iris\.csv\.\n$/)
  expect(await done('preprocess')).toMatch(/are in s3:\/\/models\/iris\/features\.\n$/)
  expect(await done('train')).toMatch(
    /best model is at s3:\/\/models\/iris\/models\/try_best, the final one at .*_final\.\n$/,
  )
  expect((await readdir(folder.path)).toSorted()).toEqual(['config.json', 'iris.data'])

  await using served = await folder.serve(config)
  const info: unknown = await (await fetch(`${served.url}/info`)).json()
  expect(info).toMatchObject({ model_name: 'mlp-classifier', feature_names: HEADER.split(',').slice(0, 4) })
  const { status, body } = await ask(served.url, { features: [[5.1, 3.5, 1.4, 0.2]] })
  expect([status, body]).toEqual([200, { predictions: [[expect.any(Number), expect.any(Number), expect.any(Number)]] }])
}, 30_000)

it('what is not there yet is named', async () => {
  const config = await folder.configure({}, 's3://models/elsewhere')
  for (const program of ['preprocess', 'train', 'serve']) {
    const { code, stderr } = await folder.run(program, '--config', config)
    expect(code).toBe(1)
    expect(stderr).toMatch(/s3:\/\/models\/elsewhere/)
  }
})
