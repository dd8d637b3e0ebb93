/**
 * Looks for the settings of an experiment that do best, for config/experiments.ts. All trials are trained a little, the best of
 * them further; each is a run below that of the search.
 *
 *     start ── rounds [ suggest ─(each)─ trial ── collect ] ── finish
 */
import { flow } from 'millrace/flow'
import { finishSearch, runTrial, startSearch } from 'millrace/search'
import { defaultTrackingUri, openTracking } from 'millrace/tracking'
import { z } from 'zod'
import { classifierOf } from '../classifiers.ts'
import { experimentNames } from '../config/experiments.ts'
import { searchOf } from '../config/search.ts'
import { evaluateOnImages } from '../evaluation.ts'
import { loadTrainingImages } from '../images.ts'
import { EXPERIMENT } from '../registry.ts'

export default flow('search', {
  description: 'Search the settings of an experiment on Fashion-MNIST.',
  parameters: {
    experiment: z
      .enum(experimentNames)
      .default('three-blocks')
      .describe(`whose settings: ${experimentNames.join(', ')}`),
    trials: z.int().min(1).default(20).describe('how many are tried'),
    minEpochs: z
      .int()
      .min(1)
      .default(3)
      .describe('how long all are trained; the best third of them three times as long'),
    epochs: z.int().min(1).default(9).describe('and so on, but no longer than this'),
    limit: z.int().min(100).optional().describe('images to train and validate on, for quick tries; all without it'),
    validationFraction: z.number().gt(0).lt(1).default(0.1).describe('the share of images to validate on'),
    seed: z.int().default(42).describe('fixes the trials, the split, initial weights, order and augmentation'),
    from: z.string().optional().describe('the folder of the four files; without it, where they were onboarded'),
    mlflowTrackingUri: z.string().default(defaultTrackingUri).describe('where runs are kept'),
  },
})
  .step('start', async ({ parameters }) => {
    await loadTrainingImages(parameters)
    await using client = await openTracking({ trackingUri: parameters.mlflowTrackingUri })
    const naming = { experiment: EXPERIMENT, name: `search-${parameters.experiment}` }
    return { search: await startSearch(client, searchOf(parameters), naming) }
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
                const annealedOver = searchOf(parameters).options.earlyStopping.budgets.at(-1)!
                const classifier = classifierOf(trial.parameters, { epochs, annealedOver, seed })
                const options = { validation, checkpoints, resume: true, threads: 1, signal }
                await using model = (await classifier.train(training, options)).model
                return (await evaluateOnImages(model, validation, 'val')).report.accuracy
              })
              log(shown({ ...job, ...score }))
              return { score }
            }),
        )
        .join('collect', (trials, { search: state, parameters }, { log }) => {
          const scores = trials.map(({ score }) => score)
          const search = searchOf(parameters).record(state, scores)
          const [best] = searchOf(parameters).ranked(search)
          log(`${search.trials.length} of ${parameters.trials} trials begun; best: ${best ? shown(best) : 'none yet'}`)
          return { search }
        }),
    { until: ({ search, parameters }) => searchOf(parameters).isDone(search) },
  )
  .step('finish', async ({ search, parameters }, { log }) => {
    await using client = await openTracking({ trackingUri: parameters.mlflowTrackingUri })
    const best = await finishSearch(client, searchOf(parameters), search)
    const ranking = searchOf(parameters).ranked(search)
    for (const trial of ranking.slice(0, 5)) log(`${shown(trial)} with ${JSON.stringify(trial.parameters)}`)
    return { best, ranking }
  })

function shown({ trial, budget, score }: { trial: number; budget?: number | undefined; score: number }): string {
  const epochs = budget === 1 ? '1 epoch' : `${budget} epochs`
  const outcome = Number.isNaN(score) ? 'no score: it diverged' : `validation accuracy ${score.toFixed(4)}`
  return `trial ${trial}, ${epochs}, ${outcome}`
}
