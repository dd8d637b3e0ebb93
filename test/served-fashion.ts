/** The Fashion-MNIST app before a small model that was trained on made-up images, so that no data set is needed. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createModelServer, listen, loadApp } from 'millrace/serve'
import { openTracking, withRun } from 'millrace/tracking'
import { preprocessing } from '../systems/fashion-mnist/images.ts'
import { fashionCnn } from '../systems/fashion-mnist/networks.ts'
import { EXPERIMENT, MODEL, promoteModelToProduction } from '../systems/fashion-mnist/registry.ts'
import { squares } from './squares.ts'

export interface ServedFashion extends AsyncDisposable {
  readonly url: string
  readonly runId: string
  /** Trains another version and puts it into production, which the server follows. */
  readonly promoteAnother: () => Promise<void>
}

const ACCURACY = 0.875

/** Serves the app at a free port, by the alias, with `best_val_accuracy` 0.875 on the run of the model. */
export async function serveFashion(): Promise<ServedFashion> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-fashion-app-'))
  const trackingUri = join(folder, 'mlflow.db')
  const client = await openTracking({ trackingUri })

  const promote = async (seed: number): Promise<string> => {
    const { runId } = await withRun(client, { experiment: EXPERIMENT }, async (run) => {
      const training = { preprocessing: preprocessing(), epochs: 1, seed }
      const { model } = await fashionCnn.create({ network: { batchNorm: true }, training }).train(squares(320))
      await model[Symbol.asyncDispose]()
      await run.logMetrics({ best_val_accuracy: ACCURACY })
      return run
    })
    await promoteModelToProduction(runId, { trackingUri })
    return runId
  }

  const runId = await promote(1)
  const app = await loadApp(join(import.meta.dirname, '../systems/fashion-mnist/app'))
  const models = [{ uri: `models:/${MODEL}@champion` }] as const
  const listening = await listen(await createModelServer({ models, client, app, pollMs: 50 }), { port: 0 })
  return {
    url: listening.url,
    runId,
    promoteAnother: async () => void (await promote(2)),
    [Symbol.asyncDispose]: async () => {
      await listening.close()
      await client[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
