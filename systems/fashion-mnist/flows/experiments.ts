/**
 * Trains the experiments of config/experiments.ts, each as a tracked run, registers the best by validation accuracy, and puts it
 * into production when it has been measured on the test images.
 *
 *     start ── experiment ─(each)─ train ── choose ── evaluate ── promote
 */
import { flow } from 'millrace/flow'
import { ImageModel } from 'millrace/model'
import {
  defaultTrackingUri,
  openTracking,
  registerModel,
  resolveModelUri,
  type TrackingClient,
  withRun,
} from 'millrace/tracking'
import { z } from 'zod'
import { classifierOf } from '../classifiers.ts'
import { experimentNames, experiments } from '../config/experiments.ts'
import { evaluateOnImages } from '../evaluation.ts'
import { exportModel } from '../export-model.ts'
import { logFigures } from '../figures.ts'
import { loadTestImages, loadTrainingImages } from '../images.ts'
import { EXPERIMENT, MODEL, promoteModelToProduction } from '../registry.ts'

export default flow('experiments', {
  description: 'Train the experiments, register the best and put it into production.',
  parameters: {
    epochs: z.int().min(1).default(10).describe('how often every image is seen'),
    limit: z.int().min(100).optional().describe('images to train and validate on, for quick tries; all without it'),
    experiments: z
      .array(z.enum(experimentNames))
      .min(1)
      .default([...experimentNames])
      .describe('which of the experiments'),
    validationFraction: z.number().gt(0).lt(1).default(0.1).describe('the share of images to validate on'),
    seed: z.int().default(42).describe('fixes the split, initial weights, order and augmentation'),
    threads: z.int().min(1).default(1).describe('threads for one operator; experiments run side by side as well'),
    from: z.string().optional().describe('the folder of the four files; without it, where they were onboarded'),
    mlflowTrackingUri: z.string().default(defaultTrackingUri).describe('where runs and models are kept'),
  },
})
  // Before anything is trained: the data are there, and the store can be opened.
  .step('start', async ({ parameters }) => {
    const { training, validation } = await loadTrainingImages(parameters)
    await using client = await openStore(parameters)
    if ((await client.getExperimentByName(EXPERIMENT)) === undefined) await client.createExperiment(EXPERIMENT)
    return { counts: { training: training.count, validation: validation.count } }
  })
  .foreach(
    'experiment',
    ({ parameters }) => parameters.experiments,
    (each) =>
      each.step('train', async ({ item, parameters }, { signal, pathspec, log }) => {
        await using client = await openStore(parameters)
        const { training, validation } = await loadTrainingImages(parameters)
        const { epochs, seed, threads } = parameters
        const classifier = classifierOf(experiments[item], { epochs, seed })
        const tags = { 'millrace.flow': pathspec }
        return await withRun(client, { experiment: EXPERIMENT, name: item, tags, signal }, async (run) => {
          const trained = await classifier.train(training, { validation, threads, signal })
          await using model = trained.model
          const { metrics, report } = await evaluateOnImages(model, validation, 'best_val')
          await run.logMetrics(metrics)
          log(`${item}: validation accuracy ${report.accuracy.toFixed(4)}`)
          return { trial: { name: item, runId: run.runId, accuracy: report.accuracy } }
        })
      }),
  )
  .join('choose', async (trained, { parameters }) => {
    const trials = trained.map(({ trial }) => trial).toSorted((a, b) => b.accuracy - a.accuracy)
    const best = trials[0]!
    await using client = await openStore(parameters)
    const tags = { experiment: best.name, best_val_accuracy: String(best.accuracy) }
    const { version } = await registerModel(client, MODEL, { runId: best.runId }, { tags })
    return { trials, best, version }
  })
  .step('evaluate', { card: true }, async ({ best, version, parameters }) => {
    await using client = await openStore(parameters)
    const test = await loadTestImages(parameters)
    const { path } = await resolveModelUri(client, `models:/${MODEL}/${version}`)
    await using model = await ImageModel.load(path!)
    const evaluation = await evaluateOnImages(model, test, 'test')
    await withRun(client, { runId: best.runId }, async (run) => {
      await run.logMetrics(evaluation.metrics)
      await logFigures(client, run, test, evaluation)
      const accuracy = { validation: best.accuracy, test: evaluation.report.accuracy }
      await exportModel(run, model, { version, accuracy })
    })
    return { testAccuracy: evaluation.report.accuracy }
  })
  .step('promote', async ({ best, version, testAccuracy, parameters }, { log }) => {
    await promoteModelToProduction(best.runId, { trackingUri: parameters.mlflowTrackingUri })
    log(`${MODEL} version ${version} (${best.name}) is in production: test accuracy ${testAccuracy.toFixed(4)}`)
  })

async function openStore({ mlflowTrackingUri }: { readonly mlflowTrackingUri: string }): Promise<TrackingClient> {
  return await openTracking({ trackingUri: mlflowTrackingUri })
}
