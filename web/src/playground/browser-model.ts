/** A served model run by ONNX Runtime in the browser; the page loads this file when somebody asks for it. */
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm'
import type { Answer, ModelDescription, ModelInput, Row } from '../api/serving.ts'
import { read } from '../api/http.ts'
import { type Pixels, pixelsOf } from './pixels.ts'

// More threads need memory that is shared with other pages' permission.
env.wasm.numThreads = 1

/** The last model stays loaded. */
let loaded: { readonly address: string; readonly session: Promise<InferenceSession> } | undefined

/** Says of `asked` what the model whose file is at `address` says. @throws ServerError where there is no such file */
export async function scoreHere(
  address: string,
  { inputs, classes, task }: ModelDescription,
  asked: Row | File,
): Promise<Answer> {
  const session = await sessionOf(address)
  const feeds = asked instanceof File ? await imageFeeds(inputs, asked) : rowFeeds(inputs, asked)
  const results = await session.run(feeds)
  if (task === 'regression') return { prediction: results['prediction']!.data[0] as number, probabilities: {} }
  const shares = results['probabilities']!.data as Float32Array
  return {
    prediction: results['label']!.data[0] as string,
    probabilities: Object.fromEntries(classes.map((name, place) => [name, shares[place]!])),
  }
}

async function sessionOf(address: string): Promise<InferenceSession> {
  if (loaded?.address !== address) {
    void loaded?.session.then(async (session) => await session.release()).catch(() => undefined)
    loaded = { address, session: load(address) }
  }
  try {
    return await loaded.session
  } catch (error) {
    loaded = undefined
    throw error
  }
}

async function load(address: string): Promise<InferenceSession> {
  return await InferenceSession.create(new Uint8Array(await read(address)))
}

/** As the model server does it: a missing number is NaN, a missing text is empty. */
function rowFeeds(inputs: readonly ModelInput[], row: Row): Record<string, Tensor> {
  return Object.fromEntries(
    inputs.map(({ name, type }) => {
      const value = row[name] ?? null
      return [
        name,
        type === 'string'
          ? new Tensor('string', [value === null ? '' : String(value)], [1])
          : new Tensor('float32', Float32Array.of(value === null ? Number.NaN : Number(value)), [1]),
      ]
    }),
  )
}

async function imageFeeds(inputs: readonly ModelInput[], file: File): Promise<Record<string, Tensor>> {
  const input = inputs.find((one) => one.type === 'image')
  if (input === undefined) return {}
  const [channels = 1, height = 0, width = 0] = input.shape
  const image = await createImageBitmap(file)
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')!
  context.imageSmoothingQuality = 'high'
  context.drawImage(image, 0, 0, width, height)
  const rgba: Pixels = context.getImageData(0, 0, width, height)
  return { [input.name]: new Tensor('float32', pixelsOf(rgba, channels), [1, ...input.shape]) }
}
