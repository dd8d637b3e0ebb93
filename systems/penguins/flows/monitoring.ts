/**
 * Holds labelled production rows against the data the model learned from: do they drift, and is the model still right?
 *
 *     start ─ has_rows ─┬─ summary ─┐
 *                       ├─ drift ───┼─ report        (or no_rows, which says so)
 *                       └─ quality ─┘
 */
import { columnFrom } from 'millrace/data'
import { flow } from 'millrace/flow'
import { classificationReport } from 'millrace/metrics'
import { z } from 'zod'
import { readPenguins, TARGET } from '../model.ts'
import { featureDrift } from '../production.ts'
import { commonParameters, configSchema, openBackendOf } from '../settings.ts'

export default flow('monitoring', {
  description: 'Look for drift and for a loss of quality in production.',
  parameters: {
    ...commonParameters,
    samples: z.number().int().min(1).default(500).describe('labelled production rows to look at, the newest'),
  },
  config: configSchema,
})
  .step('start', async ({ parameters, config }) => {
    const table = await readPenguins(parameters.dataset)
    await using backend = await openBackendOf(config, parameters)
    const production = await backend.load({ limit: parameters.samples, labelled: true })
    // The reference is a model that is always right.
    return { reference: table.withColumn('prediction', columnFrom('string', table.strings(TARGET))), production }
  })
  .switch('has_rows', ({ production }) => (production.rowCount > 0 ? 'yes' : 'no'), {
    yes: (flow) =>
      flow
        .branches({
          drift: (branch) =>
            branch.step('drift', ({ reference, production }) => ({ drift: featureDrift(reference, production) })),
          quality: (branch) =>
            branch.step('quality', ({ production }) => {
              const [actual, predicted] = [production.strings('target'), production.strings('prediction')]
              return { quality: classificationReport(actual.map(String), predicted.map(String)) }
            }),
        })
        .join('report', ({ drift, quality }) => ({ drift: drift.drift, accuracy: quality.quality.accuracy })),
    no: (flow) =>
      flow.step('no_rows', (_, task) => {
        task.log('No production data.')
        return { drift: undefined, accuracy: undefined }
      }),
  })
