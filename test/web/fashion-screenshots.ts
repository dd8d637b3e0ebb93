/** The pictures of a store that the experiments on Fashion-MNIST have left: figures of a run, a drawing that is scored. */
import { join } from 'node:path'
import { runFlow } from 'millrace/flow'
import { createModelServer, listen } from 'millrace/serve'
import { openTracking } from 'millrace/tracking'
import type { Page } from 'playwright-core'
import { ModelServers, servingEndpoints } from '../../src/app/index.ts'
import experiments from '../../systems/fashion-mnist/flows/experiments.ts'
import { EXPERIMENT, MODEL } from '../../systems/fashion-mnist/registry.ts'
import { type Shot, take } from './picture.ts'
import { openApp } from './web-app.ts'

/** @param from the folder of the four files of Fashion-MNIST, of which a part is enough here */
export async function takeFashion(folder: string, from: string): Promise<void> {
  const trackingUri = join(folder, 'fashion.db')
  const parameters = { from, mlflowTrackingUri: trackingUri, epochs: 4, limit: 8000, experiments: ['mlp', 'cnn'] }
  const { artifacts } = await runFlow(experiments, { root: join(folder, 'fashion-flows'), parameters })
  await using client = await openTracking({ trackingUri })
  const { experimentId } = (await client.getExperimentByName(EXPERIMENT))!
  const models = [{ uri: `models:/${MODEL}@champion` }] as const
  const served = await listen(await createModelServer({ trackingUri, models }), { port: 0 })
  const { host } = new URL(served.url)
  try {
    await using servers = new ModelServers([served.url])
    await using app = (await openApp(trackingUri, { endpoints: servingEndpoints(servers) }))!
    const run = `/experiments/${experimentId}/runs/${artifacts.best.runId}`
    const shots: readonly Shot[] = [
      {
        name: 'figures',
        address: `${run}?tab=artifacts&artifact=${encodeURIComponent('figures/sample_predictions.png')}`,
        shown: async (page) => await page.getByRole('img', { name: /sample_predictions/ }).waitFor(),
      },
      { name: 'drawing', address: `/serving/${host.replaceAll(/[.:]/g, '-')}?here=true`, shown: drawShirt },
    ]
    for (const shot of shots) await take(app, shot, { [host]: '127.0.0.1:8080' })
  } finally {
    await served.close()
  }
}

/** Draws a T-shirt, in one stroke to and fro, and waits for both answers. */
async function drawShirt(page: Page): Promise<void> {
  const answered = page.getByText('The largest difference is')
  // It is still there when the colours have changed.
  if ((await answered.count()) > 0) return
  await page.getByRole('tab', { name: 'Draw one' }).click()
  const pad = (await page.getByRole('img', { name: 'Draw with the mouse or a finger.' }).boundingBox())!
  const moveTo = async (x: number, y: number): Promise<void> =>
    await page.mouse.move(pad.x + x, pad.y + y, { steps: 8 })
  await moveTo(34, 50)
  await page.mouse.down()
  for (let row = 0; row < 25; row++) {
    const ends = row < 7 ? [34, 190] : [78, 146]
    for (const x of row % 2 === 0 ? ends : ends.toReversed()) await moveTo(x, 50 + 6 * row)
  }
  await page.mouse.up()
  await answered.waitFor()
}
