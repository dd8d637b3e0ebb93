/** Trains without a word of runs, and goes on as the parameter says. */
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { flow } from '../../../src/flow/index.ts'
import { openTracking, withRun } from '../../../src/tracking/index.ts'
import { penguinsModel, readPenguins } from '../../penguins.ts'

export default flow('tracked', {
  parameters: {
    after: z
      .enum([
        'return',
        'train again',
        'throw',
        'wait for the signal',
        'wait for nothing',
        'stay busy',
        'be killed',
        'open a run',
      ])
      .default('return'),
    mlflowTrackingUri: z.string().optional(),
  },
})
  .step('load', async () => ({ table: await readPenguins() }))
  .foreach(
    'fold',
    () => [1, 2],
    (fold) =>
      fold.step('train', { timeout: '1m' }, async ({ table, item, parameters: { after } }, { signal }) => {
        const train = async (): Promise<unknown> =>
          await penguinsModel({ epochs: item }).train(table, { data: { name: 'penguins', source: 'penguins.csv' } })
        if (after === 'open a run') {
          await using client = await openTracking()
          await withRun(client, { experiment: 'by hand' }, train)
        } else await train()
        if (after === 'throw') throw new RangeError('after the training')
        if (after === 'wait for the signal') await delay(60_000, undefined, { signal })
        // Longer than a task is given to end.
        if (after === 'wait for nothing') await delay(60_000)
        if (after === 'stay busy') for (const start = Date.now(); Date.now() < start + 60_000;);
        if (after === 'be killed') process.kill(process.pid, 'SIGKILL')
        if (after === 'train again') await train()
      }),
  )
  .join('end', () => ({}))
