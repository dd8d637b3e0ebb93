/** Serving a model of images, and an app around it. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describedBy } from '../../test/openapi.ts'
import { pngPromising } from '../../test/png-header.ts'
import { penguinRegistry, post, type Reply, replyOf } from '../../test/served-penguins.ts'
import { stripeClassifier, stripeImage, stripes, stripeTraining } from '../../test/stripes.ts'
import { openTracking, registerModel, withRun } from '../tracking/index.ts'
import { loadApp } from './app.ts'
import { createModelServer, type ModelServer } from './model-server.ts'

let folder: string
let model: string
let server: ModelServer
let lying: Buffer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-serve-images-'))
  const trained = await stripeClassifier.create({ training: stripeTraining }).train(stripes(100))
  model = await trained.model.save(join(folder, 'model'))
  await trained.model[Symbol.asyncDispose]()
  server = await createModelServer({ models: [{ uri: model }] })
  lying = await png(stripeImage(1, 3))
})

afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

async function png(pixels: Uint8Array, size = 8): Promise<Buffer> {
  return await sharp(pixels, { raw: { width: size, height: size, channels: 1 } })
    .png()
    .toBuffer()
}

async function send(
  path: string,
  body: string | FormData | Uint8Array<ArrayBuffer>,
  type?: string,
  to: ModelServer = server,
): Promise<Reply> {
  const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type }
  return await replyOf(await to.fetch(new Request(`http://localhost${path}`, { method: 'POST', headers, body })))
}

async function get(from: ModelServer, path: string): Promise<Response> {
  return await from.fetch(new Request(`http://localhost${path}`))
}

function form(...files: readonly Uint8Array[]): FormData {
  const data = new FormData()
  for (const file of files) data.append('file', new Blob([new Uint8Array(file)]), 'image.png')
  return data
}

/** The label of each image in an answer of /predict. */
function labels({ body }: Reply): readonly string[] {
  return (body as { predictions: { prediction: string }[] }).predictions.map(({ prediction }) => prediction)
}

/** Each list of images in the forms in which it can be sent. */
function bodies(lists: readonly unknown[]): unknown[] {
  return lists.flatMap((list) => [list, { inputs: list }, { instances: list }, { image: list }])
}

describe('a model of images', () => {
  test('takes the bytes of a file, forms, base64 and numbers alike', async () => {
    const numbers = Array.from({ length: 8 }, (_, y) =>
      Array.from(stripeImage(1, 3).subarray(y * 8, y * 8 + 8), (v) => v / 255),
    )
    const base64 = lying.toString('base64')
    const replies = [
      await send('/predict', new Uint8Array(lying), 'image/png'),
      await send('/predict', new Uint8Array(lying), 'application/x-image'),
      await send('/predict', form(lying)),
      await post(server, '/predict', { image: base64 }),
      await post(server, '/predict', { inputs: [`data:image/png;base64,${base64}`] }),
      await post(server, '/predict', { inputs: [[numbers]] }),
      await post(server, '/predict', { instances: [numbers] }),
    ]
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200))
    expect(replies.map(labels)).toEqual(replies.map(() => ['lies']))
    expect(new Set(replies.map(({ body }) => JSON.stringify(body))).size).toBe(1)
  })

  test('answers several images in order, by each protocol', async () => {
    const standing = await png(stripeImage(0, 5))
    expect(labels(await send('/predict', form(lying, standing)))).toEqual(['lies', 'stands'])
    const inputs = [standing.toString('base64'), lying.toString('base64')]
    expect((await post(server, '/invocations', { inputs })).body).toMatchObject({
      predictions: { label: ['stands', 'lies'], probabilities: [expect.any(Array), expect.any(Array)] },
    })
    const data = Array.from(stripeImage(0, 5), (value) => value / 255)
    const tensor = { name: 'image', shape: [1, 1, 8, 8], datatype: 'FP32', data }
    const { body } = await post(server, '/v2/models/model/infer', { inputs: [tensor] })
    expect(body).toMatchObject({ outputs: [{ name: 'label', data: ['stands'] }, { shape: [1, 2] }] })
  })

  test('says what it takes', () => {
    expect(server.info()).toMatchObject({
      task: 'classification',
      classes: ['stands', 'lies'],
      inputs: [{ name: 'image', type: 'image', shape: [1, 8, 8] }],
      batched: true,
    })
  })

  test('describes what it takes and answers, as OpenAPI', async () => {
    const { posts } = await describedBy(server)
    const numbers = Array.from({ length: 8 }, (_, y) => Array.from({ length: 8 }, (_, x) => (x + y) / 14))
    const base64 = lying.toString('base64')
    const images = [[base64], [[numbers]], [numbers], [numbers.flat()], [base64, numbers]]
    const wrong = [[numbers.slice(1)], [numbers.flat().slice(1)], [[numbers, numbers]], [5]]
    const records = [{ image: base64 }]
    const others = [base64, { dataframe_records: records }, { inputs: records }, { inputs: { image: [numbers] } }]
    for (const { path, types, example, takes, gives } of posts.slice(0, 2)) {
      expect((await post(server, path, example)).status).toBe(200)
      for (const body of [...bodies(images), ...others]) {
        const { status, body: answer } = await post(server, path, JSON.stringify(body))
        expect([status, takes(body), gives(200, answer)]).toEqual([200, true, true])
      }
      for (const body of bodies(wrong)) {
        const { status, body: answer } = await post(server, path, JSON.stringify(body))
        expect([status, takes(body), gives(400, answer)]).toEqual([400, false, true])
      }
      for (const type of types.filter((type) => type.startsWith('image/') || /octet|x-image/.test(type))) {
        expect((await send(path, new Uint8Array(lying), type)).status).toBe(200)
      }
      expect(types).toContain('multipart/form-data')
      expect(types).not.toContain('text/csv')
    }
    const tensor = { name: 'image', shape: [1, 1, 8, 8], datatype: 'FP32', data: numbers.flat() }
    const { path, takes, gives } = posts[2]!
    const { body } = await post(server, path, { inputs: [tensor] })
    expect([takes({ inputs: [tensor] }), takes({ inputs: [{ ...tensor, shape: [1] }] })]).toEqual([true, false])
    expect(gives(200, body)).toBe(true)
  })

  test.each([
    ['nothing', 'image/png', new Uint8Array(), /found nothing/],
    ['text', 'image/png', Buffer.from('no image'), /cannot be used/],
    ['an image cut short', 'image/png', () => lying.subarray(0, 60), /cannot be used/],
    ['a form without a file', undefined, () => new FormData(), /holds no file/],
    ['a broken form', 'multipart/form-data; boundary=x', Buffer.from('--y'), /form cannot be read/],
    ['JSON without an image', 'application/json', Buffer.from('{"inputs": []}'), /no image/],
    ['numbers of another count', 'application/json', Buffer.from('{"inputs": [[1, 2]]}'), /64 numbers.*found 2 values/],
    ['numbers that are none', 'application/json', Buffer.from(`{"inputs": [[${'"a",'.repeat(63)}1]]}`), /the text "a"/],
  ])('answers 400 to %s', async (_, type, content, message) => {
    const body = typeof content === 'function' ? content() : content
    const reply = await send('/predict', body instanceof FormData ? body : new Uint8Array(body), type)
    expect(reply.status).toBe(400)
    expect((reply.body as { message: string }).message).toMatch(message)
  })

  test('answers 400 to images that are too large or of another size, and 415 to other content', async () => {
    const wide = new Uint8Array(await pngPromising(9000, 9000))
    expect(await send('/predict', wide, 'image/png')).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('9000×9000') },
    })
    expect(await send('/predict', new Uint8Array(await png(new Uint8Array(81), 9)), 'image/png')).toMatchObject({
      status: 400,
      body: { message: expect.stringMatching(/8 × 8 pixels, found 9 × 9\. Scale the image(?!,)/) },
    })
    expect(await send('/predict', 'a,b', 'text/csv')).toMatchObject({ status: 415 })
  })

  test('refuses more images than there may be in memory, and lets others have their turn meanwhile', async () => {
    const many = JSON.stringify({ inputs: Array(2_100_000).fill(0) })
    expect(await send('/predict', many, 'application/json')).toMatchObject({
      status: 400,
      body: { message: 'Invalid input. There are 2100000 images. Send at most 2097152 at once.' },
    })
    const answered = new AbortController()
    const inputs = Array.from({ length: 6400 }, () => [])
    const answer = post(server, '/predict', { inputs }).finally(() => answered.abort())
    let turns = 0
    for (; !answered.signal.aborted; turns++) await setImmediate()
    expect(await answer).toMatchObject({ status: 400 })
    expect(turns).toBeGreaterThan(90)
  })

  test('skips images that cannot be used when asked to', async () => {
    const inputs = [lying.toString('base64'), 'bm90aGluZw==']
    const { status, body } = await post(server, '/predict', { inputs, params: { skip_bad_rows: true } })
    expect(status).toBe(200)
    expect(body).toMatchObject({ predictions: [{ prediction: 'lies' }, null], errors: [{ row: 2, field: 'image' }] })
  })

  test('is not served beside models of rows, nor captured', async () => {
    await using registry = await penguinRegistry()
    const version = await registry.register()
    const penguins = { uri: await registry.folderOf(version) }
    await expect(createModelServer({ models: [{ uri: model }, penguins] })).rejects.toThrow(/takes images, others/)
    const capture = { save: () => undefined }
    await expect(createModelServer({ models: [{ uri: model }], capture })).rejects.toThrow(/only rows can be kept/)
  })
})

describe('an app', () => {
  let place: string
  let appServer: ModelServer

  beforeAll(async () => {
    place = join(folder, 'app')
    await mkdir(join(place, 'samples'), { recursive: true })
    await writeFile(join(place, 'index.html'), '<h1>Stripes</h1>')
    await writeFile(join(place, 'samples', 'one.png'), lying)
    await writeFile(join(place, '.secret'), 'secret')
    await writeFile(
      join(place, 'app.js'),
      `export default {
        'POST /predict': async (request, model) => {
          const { prediction } = await model.classify(await request.bytes())
          return Response.json({ success: true, prediction }, { headers: { 'x-app': 'stripes' } })
        },
        'GET /model.onnx': (_, model) => new Response(model.onnx),
        'GET /facts': async (_, { info, preprocessing, origin }) =>
          Response.json({ name: info.name, preprocessing, origin: await origin() }),
        'GET /broken': () => { throw new Error('no luck') },
        error: ({ status, message }) => ({ error: message, status }),
      }`,
    )
    appServer = await createModelServer({ models: [{ uri: model }], app: await loadApp(place) })
  })

  afterAll(async () => await appServer.close())

  test('answers its own paths by the model, and leaves the others to the server', async () => {
    const reply = await send('/predict', new Uint8Array(lying), 'image/png', appServer)
    expect(reply.body).toEqual({ success: true, prediction: 'lies' })
    expect(reply.headers.get('x-app')).toBe('stripes')
    expect((await send('/invocations', new Uint8Array(lying), 'image/png', appServer)).status).toBe(200)
  })

  test('is named among the paths there are, and takes no other method', async () => {
    const nothing = await get(appServer, '/nothing')
    expect(nothing.status).toBe(404)
    expect(await nothing.json()).toMatchObject({
      message: expect.stringMatching(/There are: POST \/predict, .*GET \/facts, .*POST \/invocations/),
    })
    expect(await send('/broken', 'x', 'text/plain', appServer)).toMatchObject({
      status: 405,
      body: { message: '/broken does not take POST. Use GET.' },
    })
  })

  test('is not described as the paths of the server that it takes the place of', async () => {
    const { paths } = (await (await get(appServer, '/openapi.json')).json()) as { paths: object }
    expect(Object.keys(paths)).toContain('/invocations')
    expect(Object.keys(paths)).not.toContain('/predict')
  })

  test('words errors in its own way, those of the server before it too', async () => {
    expect(await send('/predict', 'no image', 'image/png', appServer)).toMatchObject({
      status: 400,
      body: { status: 400, error: expect.stringMatching(/^Expected an image .* cannot be decoded: .*no image\.$/) },
    })
    const large = await send('/predict', new Uint8Array(7 * 2 ** 20), 'image/png', appServer)
    expect(large).toMatchObject({ status: 413, body: { error: expect.stringMatching(/larger than/) } })
    const broken = await get(appServer, '/broken')
    expect([broken.status, await broken.json()]).toEqual([
      500,
      { status: 500, error: 'The server could not answer: no luck' },
    ])
    expect((await send('/invocations', 'no image', 'image/png', appServer)).body).toMatchObject({
      error_code: 'BAD_REQUEST',
    })
  })

  test('gets the bytes of the model, what is done to images before it, and where it comes from', async () => {
    const bytes = new Uint8Array(await (await get(appServer, '/model.onnx')).arrayBuffer())
    expect(Buffer.from(bytes).equals(await readFile(join(model, 'model.onnx')))).toBe(true)
    // A folder is all there is to know of this one.
    const facts = { name: 'model', preprocessing: { channels: 1, transforms: [] }, origin: {} }
    expect(await (await get(appServer, '/facts')).json()).toEqual(facts)

    await using client = await openTracking({ trackingUri: join(folder, 'mlflow.db') })
    const run = await withRun(client, { experiment: 'stripes' }, async (run) => {
      await run.logArtifacts(model, 'model')
      await run.logMetrics({ val_accuracy: 0.75 })
      return run
    })
    await registerModel(client, 'stripe-cnn', { runId: run.runId }, { aliases: ['champion'], tags: { gate: 'passed' } })
    const models = [{ uri: 'models:/stripe-cnn@champion' }] as const
    const registered = await createModelServer({ models, client, app: await loadApp(place) })
    expect(await (await get(registered, '/facts')).json()).toMatchObject({
      name: 'stripe-cnn',
      origin: {
        version: { version: 1, aliases: ['champion'], tags: { gate: 'passed' } },
        run: { info: { runId: run.runId }, data: { metrics: { val_accuracy: 0.75 } } },
        experiment: { name: 'stripes' },
      },
    })
    await client.deleteModelVersion('stripe-cnn', 1)
    expect(await (await get(registered, '/facts')).json()).toMatchObject({
      origin: { experiment: { name: 'stripes' } },
    })
    await registered.close()
  })

  test('serves its files, but neither its program nor hidden ones', async () => {
    expect(await (await get(appServer, '/')).text()).toBe('<h1>Stripes</h1>')
    expect((await get(appServer, '/samples/one.png')).headers.get('content-type')).toBe('image/png')
    for (const path of ['/app.js', '/.secret', '/samples/../app.js']) {
      expect((await get(appServer, path)).status).toBe(404)
    }
  })

  test.each([
    ['export const routes = {}', /no default export/],
    ['export default { predict: () => 1 }', /"predict" is no route/],
    ['export default { "GET /": 1 }', /"GET \/" is no route/],
    ['export default {', /Cannot import .*app\.js/],
  ])('is refused with %s', async (program, message) => {
    const broken = await mkdtemp(join(folder, 'broken-'))
    await writeFile(join(broken, 'app.js'), program)
    await expect(loadApp(broken)).rejects.toThrow(message)
  })

  test('is refused where there is no folder', async () => {
    await expect(loadApp(join(folder, 'nowhere'))).rejects.toThrow(/There is no folder/)
  })
})
