/** A step that opens a run of the tracking store itself, and goes on as the parameter says. */
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { flow } from '../../../src/flow/index.ts'
import { autolog, openTracking, withRun } from '../../../src/tracking/index.ts'
import { penguinsModel, readPenguins } from '../../penguins.ts'

export default flow('own-runs', {
  parameters: {
    store: z.string(),
    opens: z.enum(['withRun', 'createRun', 'autolog']).default('withRun'),
    after: z.enum(['return', 'be killed', 'wait']).default('return'),
  },
}).step('train', async ({ parameters: { store, opens, after } }) => {
  const goOn = async (): Promise<void> => {
    if (after === 'be killed') process.kill(process.pid, 'SIGKILL')
    if (after === 'wait') await delay(60_000)
  }
  if (opens === 'autolog') {
    using _ = autolog({ trackingUri: store, experiment: 'own' })
    await penguinsModel({ epochs: after === 'return' ? 1 : 1_000_000 }).train(await readPenguins())
    return
  }
  await using client = await openTracking({ trackingUri: store })
  if (opens === 'withRun') {
    return await withRun(client, { experiment: 'own' }, async (run) => {
      await run.logParams({ model: 'none' })
      await goOn()
    })
  }
  const { info } = await client.createRun(await client.createExperiment('own'))
  await client.logBatch(info.runId, { params: [{ key: 'model', value: 'none' }] })
  await goOn()
})
