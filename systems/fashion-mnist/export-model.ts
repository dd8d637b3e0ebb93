/** The model for other runtimes: `model.onnx`, and `model_metadata.json` that says how to use it. */
import type { ImageModel } from 'millrace/model'
import type { ActiveRun } from 'millrace/tracking'
import { logFiles } from './log-files.ts'
import { MODEL } from './registry.ts'

/** What is known of a model besides itself. */
interface ModelFacts {
  readonly version: number
  readonly accuracy: Readonly<Record<'validation' | 'test', number>>
}

/** The content of `model_metadata.json`. */
function modelMetadata({ config, shape }: ImageModel, runId: string, facts: ModelFacts): object {
  return {
    model_name: MODEL,
    version: facts.version,
    run_id: runId,
    architecture: config.kind,
    classes: config.classes,
    input: { name: 'image', shape: ['batch', ...shape], type: 'float32', range: [0, 1] },
    outputs: [
      { name: 'label', shape: ['batch'], type: 'string' },
      { name: 'probabilities', shape: ['batch', config.classes.length], type: 'float32' },
    ],
    // Normalising is part of the graph; the transforms before it are not.
    preprocessing: config.preprocessing,
    accuracy: facts.accuracy,
  }
}

/** Logs both files to the folder `export` of a run. */
export async function exportModel(run: ActiveRun, model: ImageModel, facts: ModelFacts): Promise<void> {
  await logFiles(run, 'export', {
    'model.onnx': model.content.onnx,
    'model_metadata.json': `${JSON.stringify(modelMetadata(model, run.runId, facts), null, 2)}\n`,
  })
}
