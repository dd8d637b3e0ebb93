/**
 * Trains the penguins model anew when production drifts: on the data set joined with labelled production rows. The
 * challenger must not be worse than the champion on production rows that neither has seen; then it takes its place.
 *
 *     start ─ is_due ─┬─ split ─ train ─ judge ─ promote
 *                     └─ wait
 */
import { Table, trainTestSplit } from 'millrace/data'
import { flow } from 'millrace/flow'
import { ModelPackage } from 'millrace/model'
import { decideRetraining } from 'millrace/monitor'
import {
  type GateEvidence,
  judgeChallenger,
  recordGate,
  registerModel,
  resolveModelUri,
  withRun,
} from 'millrace/tracking'
import { z } from 'zod'
import { MISSING, penguinsModel, readPenguins, TARGET } from '../model.ts'
import { featureReport, learnable } from '../production.ts'
import { commonParameters, configSchema, NAME, openBackendOf, openTrackingOf } from '../settings.ts'

export default flow('retrain', {
  description: 'Train anew when production drifts, and replace the champion if the challenger is not worse.',
  parameters: {
    ...commonParameters,
    samples: z.number().int().min(1).default(500).describe('labelled production rows to look at and learn from'),
    minimumRows: z
      .number()
      .int()
      .min(2)
      .default(50)
      .describe('new labelled rows since the last training that retraining asks for'),
    coolDownMinutes: z.number().min(0).default(60).describe('minutes since the last training, at least'),
    heldOut: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.3)
      .describe('the share of production rows since the champion that both models are judged on'),
    delta: z.number().min(0).default(0.02).describe('how much worse than the champion the challenger may be'),
    trainingEpochs: z.number().int().min(1).default(50).describe('how often every row is seen'),
    trainingBatchSize: z.number().int().min(1).default(32).describe('rows in one step'),
    seed: z.number().int().default(42).describe('fixes the split, initial weights and the order of rows'),
  },
  config: configSchema,
})
  .step('start', async ({ parameters, config }, task) => {
    const reference = await readPenguins(parameters.dataset)
    await using client = await openTrackingOf(parameters)
    await using backend = await openBackendOf(config, parameters)
    const production = await backend.load({ limit: parameters.samples, labelled: true })
    const champion = await client.getModelVersionByAlias(NAME, 'champion')
    // A challenger that was refused was a training too: without new rows the next one would be no better.
    const versions = await client.getLatestVersions(NAME)
    const lastTrainedMs = Math.max(...versions.map(({ creationTime }) => creationTime ?? 0))
    const rowsSince = (timeMs: number): number[] =>
      [...production.numbers('date').entries()].flatMap(([row, date]) => (date > timeMs ? [row] : []))
    const decision = decideRetraining(
      {
        drift: production.rowCount > 0 && featureReport(reference, production).drift?.drift === true,
        newRows: rowsSince(lastTrainedMs).length,
        lastTrainedMs,
        nowMs: client.clock(),
      },
      { minimumRows: parameters.minimumRows, coolDownMs: parameters.coolDownMinutes * 60_000 },
    )
    task.log(decision.reason)
    // A backend that has kept nothing knows no columns.
    const rows = production.rowCount > 0 ? learnable(production) : reference.slice(0, 0)
    const unseen = rowsSince(champion.creationTime ?? 0)
    return { reference, production: rows, unseen, champion: champion.version, decision }
  })
  .switch('is_due', ({ decision }) => (decision.retrain ? 'yes' : 'no'), {
    yes: (flow) =>
      flow
        .step('split', ({ reference, production, unseen, parameters }) => {
          const { seed, heldOut } = parameters
          // The champion may have learned from older rows.
          const { test } = trainTestSplit(unseen.length, { testFraction: heldOut, seed })
          const judged = new Set(Array.from(test, (position) => unseen[position]!))
          const learned = Array.from({ length: production.rowCount }, (_, row) => row).filter((row) => !judged.has(row))
          return {
            training: Table.concat([reference, production.take(learned)]),
            judging: production.take([...judged]),
          }
        })
        .step('train', async ({ training, parameters }, task) => {
          const { trainingEpochs: epochs, trainingBatchSize: batchSize, seed } = parameters
          await using client = await openTrackingOf(parameters)
          const runId = await withRun(client, { experiment: NAME, name: task.runId }, async (run) => {
            await run.setTags({ 'millrace.flow': task.pathspec })
            await penguinsModel({ epochs, batchSize, seed }).train(training, {
              data: { name: 'penguins-with-production', source: parameters.dataset, missing: MISSING },
            })
            return run.runId
          })
          const { version } = await registerModel(client, NAME, { runId })
          await client.setRegisteredModelAlias(NAME, 'challenger', version)
          return { runId, version }
        })
        .step('judge', async ({ champion, version, judging, runId, parameters }) => {
          await using client = await openTrackingOf(parameters)
          const load = async (which: number): Promise<ModelPackage> =>
            await ModelPackage.load((await resolveModelUri(client, `models:/${NAME}/${which}`)).path!)
          await using ours = await load(version)
          await using theirs = await load(champion)
          const evidence: GateEvidence | undefined = await judgeChallenger(client, {
            champion: theirs,
            challenger: ours,
            table: judging,
            target: TARGET,
            delta: parameters.delta,
            seed: parameters.seed,
            runId,
          })
          await recordGate(client, NAME, version, evidence)
          return { evidence }
        })
        .step('promote', async ({ evidence, version, parameters, config }, task) => {
          if (!evidence.passed) {
            task.log(`Version ${version} stays a challenger.`)
            return { promoted: false }
          }
          await using client = await openTrackingOf(parameters)
          await client.setRegisteredModelAlias(NAME, 'champion', version)
          await using backend = await openBackendOf(config, parameters)
          const { target, state } = await backend.deploy(`models:/${NAME}/${version}`, version)
          task.log(`Version ${version} is the champion; ${target}: ${state}.`)
          return { promoted: true }
        }),
    no: (flow) =>
      flow.step('wait', ({ champion, decision }, task) => {
        task.log(`Version ${champion} stays the champion. ${decision.reason}`)
        const evidence: GateEvidence | undefined = undefined
        return { evidence, version: champion, promoted: false }
      }),
  })
