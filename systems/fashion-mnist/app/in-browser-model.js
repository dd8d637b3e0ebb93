/** The model that the server has, run by ONNX Runtime in this page. */
import { contextOf, make } from './elements.js'
import { preprocess } from './preprocess.js'

/**
 * @typedef {object} Answer
 * @property {Record<string, number>} probabilities
 * @property {Float32Array} pixels as the graph takes them, from 0 to 1
 * @property {[channels: number, height: number, width: number]} shape
 *
 * @typedef {object} Description what `model.json` tells
 * @property {string} name
 * @property {number | null} version null for a folder
 * @property {string[]} classes
 * @property {import('./preprocess.js').Preprocessing} preprocessing
 *
 * @typedef {Description & { classify: (picture: Blob) => Promise<Answer> }} InBrowserModel
 */

/**
 * Gets the version that is served now.
 *
 * @returns {Promise<InBrowserModel>}
 * @throws {Error} with what the server says when it has no runtime or no model
 */
export async function loadServedModel() {
  const { InferenceSession, Tensor } = await loadRuntime()
  /** @type {Description} */
  const description = await (await fetchOk('model.json')).json()
  const graph = await fetchOk('model.onnx')
  // The server has gone over to another version in between.
  if (graph.headers.get('x-model-version') !== String(description.version)) return await loadServedModel()
  const session = await InferenceSession.create(await graph.arrayBuffer())
  return {
    ...description,
    classify: async (picture) => {
      const { shape, values } = preprocess(description.preprocessing, await pixelsOf(picture))
      const image = new Tensor('float32', values, [1, ...shape])
      const { probabilities } = await session.run({ image }, ['probabilities'])
      const shares = /** @type {Float32Array} */ (probabilities.data)
      return {
        probabilities: Object.fromEntries(description.classes.map((name, i) => [name, shares[i]])),
        pixels: values,
        shape,
      }
    },
  }
}

/** @returns {Promise<typeof import('onnxruntime-web/wasm')>} */
async function loadRuntime() {
  const module = 'onnxruntime-web.js'
  const runtime = await import(`./${module}`).catch(async () => {
    await fetchOk(module) // says why
    throw new Error('This browser cannot load ONNX Runtime.')
  })
  runtime.env.wasm.wasmPaths = { wasm: new URL('onnxruntime-web.wasm', import.meta.url).href }
  // More would need the page to be isolated from other origins.
  runtime.env.wasm.numThreads = 1
  return runtime
}

/** @param {string} path */
async function fetchOk(path) {
  const reply = await fetch(path)
  if (reply.ok) return reply
  const { error } = await reply.json().catch(() => ({}))
  throw new Error(error ?? `The server answers ${path} with status ${reply.status}.`)
}

/**
 * The pixels of a picture as the server decodes it: upright, transparent parts white.
 *
 * @param {Blob} picture
 */
async function pixelsOf(picture) {
  const bitmap = await createImageBitmap(picture).catch(() => {
    throw new Error('This browser cannot decode the picture.')
  })
  const { width, height } = bitmap
  const context = contextOf(make('canvas', { width, height }))
  context.fillStyle = '#fff'
  context.fillRect(0, 0, width, height)
  context.drawImage(bitmap, 0, 0)
  bitmap.close()
  return context.getImageData(0, 0, width, height)
}
