/**
 * Looks for networks and settings that do better than those of config/experiments.ts. All are trained a little, the best of
 * them further; each trial is a run below that of the search.
 *
 *     start ── rounds [ suggest ─(each)─ trial ── collect ] ── finish
 */
import { flow } from 'millrace/flow'
import { finishSearch, runTrial, startSearch } from 'millrace/search'
import { defaultTrackingUri, openTracking } from 'millrace/tracking'
import { z } from 'zod'
import { classifierOf, searchOf } from '../config/search.ts'
import { evaluateOnImages } from '../evaluation.ts'
import { loadTrainingImages } from '../images.ts'
import { EXPERIMENT } from '../registry.ts'

export default flow('search', {
  description: 'Search networks and settings for Fashion-MNIST.',
  parameters: {
    trials: z.int().min(1).default(20).describe('how many are tried'),
    epochs: z.int().min(1).default(9).describe('how long the best are trained; all get a ninth of it'),
    limit: z.int().min(100).optional().describe('images to train and validate on, for quick tries; all without it'),
    seed: z.int().default(42).describe('fixes the trials, the split, initial weights, order and augmentation'),
    from: z.string().optional().describe('the folder of the four files; without it, where they were onboarded'),
    mlflowTrackingUri: z.string().default(defaultTrackingUri).describe('where runs are kept'),
  },
})
  .step('start', async ({ parameters }) => {
    await loadTrainingImages(parameters)
    await using client = await openTracking({ trackingUri: parameters.mlflowTrackingUri })
    return { search: await startSearch(client, searchOf(parameters), { experiment: EXPERIMENT }) }
  })
  .loop(
    'rounds',
    (round) =>
      round
        .foreach(
          'suggest',
          ({ search, parameters }) => searchOf(parameters).next(search),
          (each) =>
            each.step('trial', async ({ item: job, search: state, parameters }, { signal, log }) => {
              await using client = await openTracking({ trackingUri: parameters.mlflowTrackingUri })
              const { training, validation } = await loadTrainingImages(parameters)
              const score = await runTrial(client, searchOf(parameters), { state, job, signal }, async (trial) => {
                const { budget: epochs, checkpoints, seed } = trial
                const classifier = classifierOf(trial.parameters, { epochs, seed })
                const options = { validation, checkpoints, resume: true, threads: 1, signal }
                await using model = (await classifier.train(training, options)).model
                return (await evaluateOnImages(model, validation, 'val')).report.accuracy
              })
              log(`trial ${job.trial}, ${job.budget} epochs: validation accuracy ${score.score.toFixed(4)}`)
              return { score }
            }),
        )
        .join('collect', (trials, { search: state, parameters }) => ({
          search: searchOf(parameters).record(
            state,
            trials.map(({ score }) => score),
          ),
        })),
    { until: ({ search, parameters }) => searchOf(parameters).isDone(search) },
  )
  .step('finish', async ({ search, parameters }, { log }) => {
    await using client = await openTracking({ trackingUri: parameters.mlflowTrackingUri })
    const best = await finishSearch(client, searchOf(parameters), search)
    log(`trial ${best.trial} is the best: ${best.score.toFixed(4)} with ${JSON.stringify(best.parameters)}`)
    return { best }
  })
