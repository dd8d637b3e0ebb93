/** The web app with something on each of its pages: runs, models, flows, model servers. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { flowEndpoints, FlowPrograms, ModelServers, servingEndpoints } from '../../src/app/index.ts'
import { runFlow } from '../../src/flow/index.ts'
import { createModelServer, listen } from '../../src/serve/index.ts'
import { penguinRegistry } from '../served-penguins.ts'
import { openApp, type OpenApp } from './web-app.ts'

export interface EveryPage extends AsyncDisposable {
  /** Undefined where there is no browser. */
  readonly app: OpenApp | undefined
  /** Every page: its address, and its title before " · Millrace". */
  readonly pages: readonly (readonly [string, string])[]
}

export async function everyPage(): Promise<EveryPage> {
  await using stack = new AsyncDisposableStack()
  const registry = stack.use(await penguinRegistry())
  const { client, trackingUri } = registry
  for (const epochs of [1, 2]) await registry.register({ epochs })
  const folder = fileURLToPath(new URL('../app/programs', import.meta.url))
  const root = join(registry.folder, 'flows')
  const programs = stack.use(new FlowPrograms(folder, { root }))
  const { runId: flowRun } = await runFlow(join(folder, 'deep/birds.ts'), { root })
  const models = [{ uri: 'models:/penguins/1' }] as const
  const served = await listen(await createModelServer({ trackingUri, models }), { port: 0 })
  stack.defer(async () => await served.close())
  const servers = stack.use(new ModelServers([served.url]))
  const app = await openApp(trackingUri, {
    endpoints: [...flowEndpoints({ root, programs }), ...servingEndpoints(servers)],
  })
  if (app !== undefined) stack.use(app)
  const { runId } = await client.getModelVersion('penguins', '1')
  const { experimentId, runName } = (await client.getRun(runId)).info
  const run = `/experiments/${experimentId}/runs/${runId}`
  const ofRun = `${runName} · Runs`
  const everything = stack.move()
  return {
    app,
    pages: [
      ['/experiments', 'Experiments'],
      [`/experiments/${experimentId}`, 'Default · Experiments'],
      [run, ofRun],
      [`${run}?tab=charts`, ofRun],
      [`${run}?tab=artifacts`, ofRun],
      [`/compare-runs?runs=${encodeURIComponent(JSON.stringify([runId]))}`, 'Compare 1 run'],
      ['/models', 'Models'],
      ['/models/penguins', 'penguins · Models'],
      ['/models/penguins/versions/1', 'Version 1 · penguins'],
      ['/models/penguins/compare?from=1&to=2', 'Version 1 and version 2 · penguins'],
      ['/flows', 'Flows'],
      [`/flows/birds/${flowRun}?step=load&task=%220%22`, `birds/${flowRun} · Flows`],
      ['/serving', 'Serving'],
      [`/serving/${served.url.slice('http://'.length).replaceAll(/[.:]/g, '-')}`, 'Try penguins 1 · Serving'],
      ['/monitoring', 'Monitoring'],
    ],
    [Symbol.asyncDispose]: async () => await everything.disposeAsync(),
  }
}
