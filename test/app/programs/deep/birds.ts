/** A flow with what the web app shows: prints, cards, retries, failures, values of many kinds. */
import { setTimeout as delay } from 'node:timers/promises'
import { flow } from 'millrace/flow'
import { markdown } from 'millrace/report'
import { z } from 'zod'
export default flow('birds', {
  description: 'counts birds',
  parameters: {
    folds: z.number().int().min(1).default(2).describe('how many'),
    fail: z.boolean().default(false),
    waitMs: z.number().default(0),
    options: z.looseObject({}).default({}),
  },
})
  .step('load', ({ parameters }, task) => {
    console.log('loading ünïcode')
    task.card.append(markdown('# A card <script>top.document.title = "harmed"</script>'))
    return { rows: [1, NaN], big: 'x'.repeat(100_000), options: parameters.options, when: new Date(0) }
  })
  .foreach(
    'fold',
    ({ parameters }) => Array.from({ length: parameters.folds }, (_, i) => i),
    (fold) =>
      fold.step('fit', { retry: { times: 1, minDelay: 1 } }, async ({ index, parameters }, { attempt, signal }) => {
        await delay(parameters.waitMs, undefined, { signal })
        if (index === 0 && attempt === 0) throw new Error('once')
        if (parameters.fail) throw new RangeError('always')
        return { score: index }
      }),
  )
  .join('evaluate', (folds) => ({ total: folds.length }))
