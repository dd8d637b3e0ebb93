/** Traffic for the deployed model: sends penguins to it, or gives labels to those it was asked about. */
import { asError, Random } from 'millrace/core'
import { columnFrom, type Table } from 'millrace/data'
import { flow } from 'millrace/flow'
import { z } from 'zod'
import { completeRows, featuresOf, readPenguins, SPECIES, speciesOf } from '../model.ts'
import { commonParameters, configSchema, openBackendOf } from '../settings.ts'

/** Rows in one request, at most. */
const BATCH = 10

export default flow('traffic', {
  description: 'Send penguins to the deployed model, or label those it was asked about.',
  parameters: {
    ...commonParameters,
    mode: z.enum(['traffic', 'labels']).default('traffic').describe('send penguins, or label what was answered'),
    samples: z.number().int().min(1).default(200).describe('how many penguins to send'),
    drift: z.boolean().default(false).describe('make the penguins heavier than those the model learned from'),
    groundTruth: z
      .enum(['prediction', 'dataset'])
      .default('prediction')
      .describe('what a right label is: the prediction, or the species of the penguin in the data set'),
    groundTruthQuality: z.number().min(0).max(1).default(0.8).describe('the probability that a label is right'),
    seed: z.number().int().optional().describe('repeats the same draws (default: other ones each time)'),
  },
  config: configSchema,
}).switch('start', ({ parameters }) => parameters.mode, {
  traffic: (flow) =>
    flow.step('send', async ({ parameters, config }, task) => {
      const random = new Random(parameters.seed ?? Date.now())
      const table = completeRows(await readPenguins(parameters.dataset))
      const rows = featuresOf(parameters.drift ? heavier(table, random.fork('drift')) : table)
      await using backend = await openBackendOf(config, parameters)
      let sent = 0
      while (sent < parameters.samples) {
        const count = Math.min(BATCH, parameters.samples - sent)
        const drawn = random.permutation(rows.rowCount).slice(0, count)
        try {
          await backend.invoke(rows.take(drawn))
        } catch (error) {
          task.log(`Stopped after ${sent} penguins. ${asError(error).message}`)
          break
        }
        sent += count
      }
      task.log(`Sent ${sent} penguins.`)
      return { sent, labelled: 0 }
    }),
  labels: (flow) =>
    flow.step('label', async ({ parameters, config }, task) => {
      const table = await readPenguins(parameters.dataset)
      await using backend = await openBackendOf(config, parameters)
      const labelled = await backend.label({
        quality: parameters.groundTruthQuality,
        classes: SPECIES,
        ...(parameters.groundTruth === 'dataset' && { truth: speciesOf(table) }),
        ...(parameters.seed !== undefined && { seed: parameters.seed }),
      })
      task.log(`Labelled ${labelled} penguins.`)
      return { sent: 0, labelled }
    }),
})

/** The penguins with 1 to 3 standard deviations more body mass, each its own amount: a shift that a monitor must see. */
function heavier(table: Table, random: Random): Table {
  const mass = table.numbers('body_mass_g')
  const mean = mass.reduce((sum, value) => sum + value, 0) / mass.length
  const std = Math.sqrt(mass.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (mass.length - 1))
  const shifted = Float64Array.from(mass, (value) => value + 1 + random.uniform() * (3 * std - 1))
  return table.withColumn('body_mass_g', columnFrom('double', [...shifted]))
}
