/** A search of a perceptron for penguins; while the file `crash` names is missing, trial 2 kills its process on the way. */
import { existsSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { trainTestSplit } from '../../../src/data/index.ts'
import { flow } from '../../../src/flow/index.ts'
import {
  asha,
  choice,
  defineSearch,
  finishSearch,
  float,
  runTrial,
  startSearch,
  tpe,
} from '../../../src/search/index.ts'
import { openTracking } from '../../../src/tracking/index.ts'
import { penguinsModel, readPenguins } from '../../penguins.ts'

const search = defineSearch({
  space: { learningRate: float(1e-3, 1e-1, { log: true }), hidden: choice([[8], [10, 8]]) },
  sampler: tpe({ startupTrials: 3 }),
  earlyStopping: asha({ minBudget: 1, maxBudget: 4, reductionFactor: 2 }),
  trials: 6,
  batch: 2,
  metric: 'validation_loss',
  seed: 5,
})

export default flow('search', { parameters: { trackingUri: z.string(), crash: z.string().optional() } })
  .step('start', async ({ parameters }) => {
    await using client = await openTracking(parameters)
    return { search: await startSearch(client, search, { experiment: 'penguins' }) }
  })
  .loop(
    'rounds',
    (round) =>
      round
        .foreach(
          'suggest',
          ({ search: state }) => search.next(state),
          (trial) =>
            trial.step('trial', async ({ item: job, search: state, parameters }, { signal }) => {
              await using client = await openTracking(parameters)
              const { crash } = parameters
              const score = await runTrial(client, search, { state, job, signal }, async (trial) => {
                const table = await readPenguins()
                const { train, test } = trainTestSplit(table.rowCount, { seed: 1 })
                const { checkpoints, budget, seed } = trial
                const options = { validation: table.take(test), checkpoints, resume: true, signal }
                const model = penguinsModel({ ...trial.parameters, epochs: budget, seed })
                const { training } = await model.train(table.take(train), options)
                if (crash !== undefined && trial.number === 2 && !existsSync(crash)) {
                  writeFileSync(crash, '')
                  process.kill(process.pid, 'SIGKILL')
                }
                return training.bestLoss
              })
              return { score }
            }),
        )
        .join('collect', (trials, { search: state }) => ({
          search: search.record(
            state,
            trials.map(({ score }) => score),
          ),
        })),
    { until: ({ search: state }) => search.isDone(state) },
  )
  .step('end', async ({ search: state, parameters }) => {
    await using client = await openTracking(parameters)
    return { best: await finishSearch(client, search, state) }
  })
