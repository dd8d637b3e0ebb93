/** The app over HTTP: the shapes of its answers, and what it says to bad uploads. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { imagePreprocessing, preprocessImage } from 'millrace/images'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ServedFashion, serveFashion } from '../../test/served-fashion.ts'
import { preprocess } from './app/preprocess.js'
import { CLASSES } from './images.ts'

const samples = join(import.meta.dirname, 'app', 'samples')

let served: ServedFashion

beforeAll(async () => {
  served = await serveFashion()
}, 60_000)

afterAll(async () => await served[Symbol.asyncDispose]())

async function upload(content: Uint8Array | undefined): Promise<{ status: number; body: unknown }> {
  const form = new FormData()
  if (content !== undefined) form.append('file', new Blob([new Uint8Array(content)]), 'picture')
  return await send('/predict', form)
}

async function send(path: string, body: FormData | string | Uint8Array<ArrayBuffer>, type?: string) {
  const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type }
  const reply = await fetch(`${served.url}${path}`, { method: 'POST', body, headers })
  return { status: reply.status, body: await reply.json() }
}

async function get(path: string): Promise<Response> {
  return await fetch(`${served.url}${path}`)
}

const noise = Buffer.from(Array.from({ length: 3 * 64 * 64 }, (_, i) => (i * 7919) % 251))
const noisy = sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })

/** A small file that claims to be a very large picture. */
async function bomb(): Promise<Buffer> {
  return await sharp({ create: { width: 9000, height: 9000, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
}

/** A GIF of two frames. */
async function animated(): Promise<Buffer> {
  const frame = await noisy.clone().png().toBuffer()
  return await sharp([frame, await sharp(frame).negate().png().toBuffer()], { join: { animated: true } })
    .gif()
    .toBuffer()
}

describe('POST /predict', () => {
  const answerSchema = z.strictObject({
    success: z.literal(true),
    prediction: z.enum(CLASSES),
    confidence: z.string().regex(/^\d+\.\d\d%$/),
    all_probabilities: z.record(z.string(), z.string().regex(/^\d+\.\d\d%$/)),
  })

  it.each([
    ['PNG', async () => await readFile(join(samples, 'dress.png'))],
    ['JPEG', async () => await noisy.clone().jpeg().toBuffer()],
    ['WebP', async () => await noisy.clone().webp().toBuffer()],
    ['PNG of 16 bits', async () => await noisy.clone().toColourspace('rgb16').png().toBuffer()],
    ['CMYK', async () => await noisy.clone().toColourspace('cmyk').jpeg().toBuffer()],
  ])('answers %s with class, confidence and the five best', async (_, make) => {
    const { status, body } = await upload(await make())
    expect(status).toBe(200)
    const { prediction, confidence, all_probabilities: probabilities } = answerSchema.parse(body)
    expect(Object.entries(probabilities)[0]).toEqual([prediction, confidence])
    const shares = Object.values(probabilities).map(Number.parseFloat)
    expect(shares).toHaveLength(5)
    expect(shares).toEqual(shares.toSorted((a, b) => b - a))
  })

  it.each([
    ['no file', () => undefined, /no picture/],
    ['an empty file', () => new Uint8Array(), /no picture/],
    ['text', () => Buffer.from('I am no picture'), /cannot be decoded/],
    [
      'SVG',
      () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0H9"/></svg>'),
      /it is none of PNG/,
    ],
    ['a picture cut short', async () => (await noisy.clone().jpeg().toBuffer()).subarray(0, 900), /damaged, cut off/],
    ['a PNG cut short', async () => (await readFile(join(samples, 'bag.png'))).subarray(0, 500), /damaged, cut off/],
    ['a moving picture', animated, /2 frames or pages\. Send one of them\.$/],
    ['a bomb', bomb, /9000×9000, more than .* allowed\. Make it smaller\.$/],
  ])('answers 400 to %s', async (_, make, message) => {
    const { status, body } = await upload(await make())
    expect([status, body]).toEqual([400, { error: expect.stringMatching(message) }])
  })

  it('answers 4xx to what is no form, and to what is too large', async () => {
    const failure = { error: expect.any(String) }
    expect(await send('/predict', '{}', 'application/json')).toEqual({ status: 400, body: failure })
    expect(await send('/predict', '--x', 'multipart/form-data; boundary=x')).toEqual({ status: 400, body: failure })
    const text = new FormData()
    text.append('file', 'a text of that name')
    expect(await send('/predict', text)).toEqual({ status: 400, body: failure })
    expect(await upload(new Uint8Array(7 * 2 ** 20))).toEqual({ status: 413, body: failure })
  })
})

describe('GET', () => {
  it('/model_info tells of the model and where it comes from', async () => {
    expect(await (await get('/model_info')).json()).toEqual({
      model_name: 'fashion-mnist-cnn',
      version: 1,
      alias: 'champion',
      run_id: served.runId,
      experiment_name: 'fashion-mnist',
      best_val_accuracy: 0.875,
    })
  })

  it('/health tells that it is well', async () => {
    expect(await (await get('/health')).json()).toEqual({ status: 'healthy', model_loaded: true })
  })

  it('gives all that a browser needs to run the model, and nothing from elsewhere', async () => {
    expect(await (await get('/model.json')).json()).toMatchObject({ version: 1, classes: CLASSES })
    const onnx = await get('/model.onnx')
    expect([onnx.headers.get('x-model-version'), (await onnx.bytes()).length > 100_000]).toEqual(['1', true])
    expect((await get('/onnxruntime-web.js')).headers.get('content-type')).toBe('text/javascript')
    expect((await get('/onnxruntime-web.wasm')).headers.get('content-type')).toBe('application/wasm')
    for (const page of ['/', '/browser.html']) {
      const html = await (await get(page)).text()
      expect(html).toContain("default-src 'none'")
      expect(html).not.toMatch(/(?:src|href)="(?:\w+:)?\/\//)
    }
  })
})

describe('the samples', () => {
  it('are there for every class, as pictures the server takes', async () => {
    const files = await readdir(samples)
    expect(files).toHaveLength(CLASSES.length)
    for (const file of files) expect((await upload(await readFile(join(samples, file)))).status).toBe(200)
  })
})

describe('the preprocessing of the browser', () => {
  const side = fc.integer({ min: 1, max: 70 })
  const transform = fc.oneof(
    fc.record({
      kind: fc.constant('resize' as const),
      size: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant<[number, number]>([28, 28])),
      filter: fc.constantFrom('bilinear' as const, 'lanczos' as const),
    }),
    fc.record({
      kind: fc.constant('invert' as const),
      when: fc.constantFrom('always' as const, 'light-border' as const),
    }),
  )

  it('gives the numbers of the server, to the bit', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1 as const, 3 as const),
        fc.array(transform, { maxLength: 3 }),
        side,
        side,
        fc.infiniteStream(fc.nat(255)),
        (channels, transforms, width, height, bytes) => {
          const rgba = Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) =>
            i % 4 === 3 ? 255 : bytes.next().value,
          )
          const data = new Uint8Array(rgba.filter((_, i) => i % 4 !== 3))
          const settings = imagePreprocessing({ channels, transforms })
          const expected = preprocessImage(settings, { width, height, channels: 3, data })
          expect(preprocess({ channels, transforms }, { width, height, data: rgba }).values).toEqual(expected)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('says what it cannot do', () => {
    const picture = { width: 1, height: 1, data: new Uint8ClampedArray(4) }
    const settings = { channels: 1 as const, transforms: [{ kind: 'center-crop', size: 1 } as never] }
    expect(() => preprocess(settings, picture)).toThrow(/cannot do the transform "center-crop"/)
  })
})
