/**
 * Cross-validates the penguins model, trains it on all rows, and registers it if it is good enough.
 *
 *     start ─┬─ cross_validation ─(each fold)─ train_fold ─ evaluate_fold ─ average_scores ─┬─ register ─ end
 *            └─ train ──────────────────────────────────────────────────────────────────────┘
 */
import { systemClock } from 'millrace/core'
import { kFold } from 'millrace/data'
import { flow } from 'millrace/flow'
import { evaluateModel } from 'millrace/model'
import {
  decideGate,
  foldMetrics,
  recordGate,
  registerModel,
  summariseFolds,
  summaryMetrics,
  withRun,
} from 'millrace/tracking'
import { z } from 'zod'
import { MISSING, penguinsModel, readPenguins, TARGET } from '../model.ts'
import { commonParameters, configSchema, NAME, openTrackingOf } from '../settings.ts'

export default flow('training', {
  description: 'Cross-validate, train and register the penguins model.',
  parameters: {
    ...commonParameters,
    trainingEpochs: z.number().int().min(1).default(50).describe('how often every row is seen'),
    trainingBatchSize: z.number().int().min(1).default(32).describe('rows in one step'),
    accuracyThreshold: z.number().min(0).max(1).default(0.7).describe('the mean accuracy that registration asks for'),
    folds: z.number().int().min(2).default(5).describe('folds of the cross-validation'),
    seed: z.number().int().default(42).describe('fixes folds, initial weights and the order of rows'),
  },
  config: configSchema,
})
  .step('start', async ({ parameters }, task) => {
    const table = await readPenguins(parameters.dataset)
    await using client = await openTrackingOf(parameters)
    const runId = await withRun(client, { experiment: NAME, name: task.runId }, async (run) => {
      await run.setTags({ 'millrace.flow': task.pathspec })
      return run.runId
    })
    return { table, runId }
  })
  .branches({
    crossValidation: (branch) =>
      branch
        .foreach(
          'cross_validation',
          ({ table, parameters }) => kFold(table.rowCount, parameters.folds, { seed: parameters.seed }),
          (fold) =>
            fold
              .step('train_fold', async ({ table, item, index, runId, parameters }) => {
                await using client = await openTrackingOf(parameters)
                const options = {
                  parent: { runId },
                  name: `cross-validation-fold-${index}`,
                  autolog: { models: false },
                }
                return await withRun(client, options, async (run) => {
                  const data = { name: NAME, source: parameters.dataset, missing: MISSING }
                  const { model } = await modelOf(parameters).train(table.take(item.train), { data })
                  return { model, foldRunId: run.runId }
                })
              })
              .step('evaluate_fold', async ({ table, item, model, foldRunId, parameters }) => {
                await using client = await openTrackingOf(parameters)
                const { metrics, perRow } = await evaluateModel(model, table.take(item.test), TARGET)
                await withRun(client, { runId: foldRunId }, async (run) => await run.logMetrics(foldMetrics(metrics)))
                return { metrics, perRow }
              }),
        )
        .join('average_scores', async (folds, { runId, parameters }) => {
          const validation = summariseFolds(folds)
          await using client = await openTrackingOf(parameters)
          await withRun(client, { runId }, async (run) => await run.logMetrics(summaryMetrics(validation)))
          return { validation }
        }),
    final: (branch) =>
      branch.step('train', async ({ table, runId, parameters }) => {
        await using client = await openTrackingOf(parameters)
        await withRun(client, { runId }, async () => {
          await modelOf(parameters).train(table, {
            data: { name: NAME, source: parameters.dataset, missing: MISSING },
          })
        })
      }),
  })
  .join('register', { card: true }, async ({ crossValidation: { validation } }, { table, runId, parameters }, task) => {
    await using client = await openTrackingOf(parameters)
    const gate = { metric: 'accuracy', comparison: '>=', threshold: parameters.accuracyThreshold } as const
    const evidence = decideGate(gate, validation, { runId, clock: systemClock, table })
    const scores = validation.scores
    if (!evidence.passed) {
      task.log(`Not registered: the accuracy is ${evidence.value.toFixed(3)}, below ${parameters.accuracyThreshold}.`)
      return { registered: false, scores, evidence, version: undefined }
    }
    const { version } = await registerModel(client, NAME, { runId })
    await recordGate(client, NAME, version, evidence)
    await client.setRegisteredModelAlias(NAME, 'challenger', version)
    return { registered: true, scores, evidence, version }
  })
  .step('end', ({ registered, version }, task) => {
    task.log(registered ? `Registered ${NAME}, version ${version}.` : 'Nothing was registered.')
  })

interface Training {
  readonly trainingEpochs: number
  readonly trainingBatchSize: number
  readonly seed: number
}

function modelOf({ trainingEpochs, trainingBatchSize, seed }: Training): ReturnType<typeof penguinsModel> {
  return penguinsModel({ epochs: trainingEpochs, batchSize: trainingBatchSize, seed })
}
