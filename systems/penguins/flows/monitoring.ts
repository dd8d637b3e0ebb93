/**
 * Holds labelled production rows against the data the model learned from: do they drift, and is the model still right?
 * Each of the three looks has a card: `millrace flow card monitoring/<run>/drift --open`.
 *
 *     start ─ has_rows ─┬─ summary ─┐
 *                       ├─ drift ───┼─ report        (or no_rows, which says so)
 *                       └─ quality ─┘
 *
 * `report` keeps the check as a run, so that the web app shows it among those before it.
 */
import { flow } from 'millrace/flow'
import { reportComponents, trackCheck } from 'millrace/monitor'
import { markdown } from 'millrace/report'
import { z } from 'zod'
import { readPenguins } from '../model.ts'
import { featureReport, qualityReport, wholeReport } from '../production.ts'
import { commonParameters, configSchema, NAME, openBackendOf, openTrackingOf } from '../settings.ts'

export default flow('monitoring', {
  description: 'Look for drift and for a loss of quality in production.',
  parameters: {
    ...commonParameters,
    samples: z.number().int().min(1).default(500).describe('labelled production rows to look at, the newest'),
  },
  config: configSchema,
})
  .step('start', async ({ parameters, config }) => {
    const reference = await readPenguins(parameters.dataset)
    await using backend = await openBackendOf(config, parameters)
    return { reference, production: await backend.load({ limit: parameters.samples, labelled: true }) }
  })
  .switch('has_rows', ({ production }) => (production.rowCount > 0 ? 'yes' : 'no'), {
    yes: (flow) =>
      flow
        .branches({
          summary: (branch) =>
            branch.step('summary', { card: true }, ({ reference, production }, task) => {
              const { drift: _, ...summary } = featureReport(reference, production)
              task.card.append(...reportComponents(summary))
              return { failedTests: summary.tests.filter(({ status }) => status === 'FAIL').length }
            }),
          drift: (branch) =>
            branch.step('drift', { card: true }, ({ reference, production }, task) => {
              const report = featureReport(reference, production)
              task.card.append(...reportComponents({ ...report, tests: [] }))
              return { drift: report.drift }
            }),
          quality: (branch) =>
            branch.step('quality', { card: true }, ({ reference, production }, task) => {
              const report = qualityReport(reference, production)
              task.card.append(...reportComponents(report))
              return { quality: report.quality?.current }
            }),
        })
        .join('report', async ({ summary, drift: { drift }, quality: { quality } }, { parameters }, task) => {
          const { reference, production, failedTests } = summary
          await using client = await openTrackingOf(parameters)
          await trackCheck(client, wholeReport(reference, production), {
            experiment: `${NAME}-monitoring`,
            model: NAME,
            tags: { 'millrace.flow': task.pathspec },
          })
          const accuracy = quality !== undefined && 'accuracy' in quality ? quality.accuracy : undefined
          const drifted = drift?.driftedCount
          task.log(
            `${drifted} ${drifted === 1 ? 'feature drifts' : 'features drift'}, ${failedTests} data tests fail, accuracy ${accuracy}.`,
          )
          return { drift, failedTests, accuracy }
        }),
    no: (flow) =>
      flow.step('no_rows', { card: true }, (_, task) => {
        task.card.append(markdown('No production data.'))
        task.log('No production data.')
        return { drift: undefined, failedTests: undefined, accuracy: undefined }
      }),
  })
