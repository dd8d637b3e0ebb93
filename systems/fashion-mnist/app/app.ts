/** The paths of the app. The pages are the files beside this one. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { defineApp } from 'millrace/serve'

export default defineApp({
  'POST /predict': async (request, model) => {
    const form = await request.formData().catch(() => undefined)
    const file = form?.get('file')
    if (!(file instanceof File) || file.size === 0) {
      return Response.json({ error: 'There is no picture. Send one as the form field "file".' }, { status: 400 })
    }
    const { prediction, confidence, probabilities } = await model.classify(await file.bytes())
    return Response.json({
      success: true,
      prediction,
      confidence: percent(confidence),
      all_probabilities: fiveBest(probabilities),
    })
  },

  'GET /model_info': async (_, { info, origin }) => {
    const { version, run, experiment } = await origin()
    return Response.json({
      model_name: info.name,
      version: info.version,
      alias: info.uri.split('@')[1] ?? version?.aliases[0] ?? null,
      run_id: info.run_id,
      experiment_name: experiment?.name ?? null,
      best_val_accuracy: run?.data.metrics['best_val_accuracy'] ?? null,
    })
  },

  // Whoever can ask has a model that is loaded: without one the server does not start.
  'GET /health': () => Response.json({ status: 'healthy', model_loaded: true }),

  // For the page that runs the model itself: all probabilities, the graph, what comes before it, and a runtime for it.
  'POST /classify': async (request, model) => Response.json(await model.classify(await request.bytes())),
  'GET /model.json': (_, { info, preprocessing }) =>
    Response.json({ name: info.name, version: info.version, classes: info.classes, preprocessing }),
  'GET /model.onnx': (_, { info, onnx }) =>
    new Response(onnx, {
      headers: { 'content-type': 'application/octet-stream', 'x-model-version': String(info.version) },
    }),
  'GET /onnxruntime-web.js': async () =>
    await runtimeFile(() => import.meta.resolve('onnxruntime-web/wasm'), 'text/javascript'),
  'GET /onnxruntime-web.wasm': async () =>
    await runtimeFile(() => import.meta.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'), 'application/wasm'),

  error: ({ message }) => ({ error: message }),
})

function fiveBest(probabilities: Readonly<Record<string, number>>): Readonly<Record<string, string>> {
  const best = Object.entries(probabilities).toSorted(([, a], [, b]) => b - a)
  return Object.fromEntries(best.slice(0, 5).map(([name, probability]) => [name, percent(probability)]))
}

/** `97.31%` */
function percent(probability: number): string {
  return `${(100 * probability).toFixed(2)}%`
}

/** A file of the package onnxruntime-web, from where npm has put it. */
async function runtimeFile(resolve: () => string, type: string): Promise<Response> {
  try {
    const file = await readFile(fileURLToPath(resolve()))
    return new Response(file, { headers: { 'content-type': type, 'cache-control': 'max-age=3600' } })
  } catch {
    const error = 'The runtime is not installed. Run "npm install onnxruntime-web@1.30" in the project of this app.'
    return Response.json({ error }, { status: 404 })
  }
}
