/** A search as a flow: its runs in the store, and how it goes on after a crash. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { resumeFlow, runFlow } from '../../src/flow/index.ts'
import {
  choice,
  defineSearch,
  float,
  type Job,
  type ParametersOf,
  runTrial,
  startSearch,
  when,
} from '../../src/search/index.ts'
import { openTracking, type Run } from '../../src/tracking/index.ts'
import { temporaryFlowFolder } from './temporary.ts'

const folder = await temporaryFlowFolder()
const file = new URL('flows/search.ts', import.meta.url)

interface Stored {
  readonly parent: Run
  /** In the order of the trials. */
  readonly trials: readonly Run[]
}

async function runsIn(trackingUri: string): Promise<Stored> {
  await using client = await openTracking({ trackingUri, create: false })
  const experiment = await client.getExperimentByName('penguins')
  const { items } = await client.searchRuns({ experimentIds: [experiment!.experimentId] })
  return {
    parent: items.find((run) => Number.isNaN(trialOf(run)))!,
    trials: items.filter((run) => !Number.isNaN(trialOf(run))).sort((a, b) => trialOf(a) - trialOf(b)),
  }
}

describe('a search as a flow', () => {
  it('keeps a run for each trial below its own, and ends alike after a crash', { timeout: 60_000 }, async () => {
    const trackingUri = join(folder, 'whole.db')
    const whole = await runFlow(file, { root: join(folder, 'whole'), parameters: { trackingUri }, maxWorkers: 2 })
    const { parent, trials } = await runsIn(trackingUri)
    expect(trials.map(({ info }) => [info.runName, info.status])).toEqual(
      [0, 1, 2, 3, 4, 5].map((number) => [`trial-${number}`, 'FINISHED']),
    )
    for (const { data } of trials) {
      expect(data.tags['mlflow.parentRunId']).toBe(parent.info.runId)
      expect(Number(data.params['learningRate'])).toBeGreaterThan(0)
      expect(['[8]', '[10,8]']).toContain(data.params['hidden'])
    }
    expect(parent.info.status).toBe('FINISHED')
    const { best } = whole.artifacts as { best: { trial: number; runId: string; score: number; budget: number } }
    expect(best.budget).toBe(4)
    expect(parent.data.tags['mlflow.source.name']).toBe(fileURLToPath(file))
    expect(parent.data.tags['millrace.search.best_run']).toBe(trials[best.trial]!.info.runId)
    expect(parent.data.params).toMatchObject({ sampler: 'tpe', best_trial: String(best.trial), trials: '6' })
    expect(parent.data.params['best_learningRate']).toBe(trials[best.trial]!.data.params['learningRate'])
    await expectHistory(trackingUri, trials[best.trial]!.info.runId)
    await using client = await openTracking({ trackingUri })
    for (const [number, { info }] of trials.entries()) {
      const kept = (await client.listArtifacts(info.runId, 'checkpoints')).length > 0
      expect(kept, `checkpoints of trial ${number}`).toBe(number === best.trial)
    }

    const again = join(folder, 'crashed.db')
    const root = join(folder, 'crashed')
    const parameters = { trackingUri: again, crash: join(folder, 'crash') }
    await expect(runFlow(file, { root, parameters })).rejects.toMatchObject({ code: 'TASK_FAILED' })
    const resumed = await resumeFlow(file, { root })
    const resumedBest = resumed.artifacts['best'] as typeof best
    expect({ ...resumedBest, runId: '' }).toEqual({ ...best, runId: '' })
    expect((await runsIn(again)).trials.map(({ info }) => info.status)).toEqual(trials.map(() => 'FINISHED'))
  })
})

function trialOf(run: Run): number {
  return Number(run.data.tags['millrace.search.trial'])
}

/** The best trial was trained for 1, 2 and 4 epochs, each time from where it was. */
async function expectHistory(trackingUri: string, runId: string): Promise<void> {
  await using client = await openTracking({ trackingUri })
  const steps = async (metric: string): Promise<number[]> =>
    (await client.getMetricHistory(runId, metric)).items.map(({ step }) => step)
  expect(await steps('validation_loss')).toEqual([1, 2, 4])
  expect(await steps('val_loss')).toEqual([1, 2, 3, 4])
}

describe('a trial', () => {
  const space = { rate: float(0, 1), kind: choice(['a', 'b']), depth: when('kind', ['b'], choice([[1], [2, 3]])) }
  const search = defineSearch({ space, trials: 4 })

  it('gets what its space says, and has no score when it diverges', async () => {
    const trackingUri = join(folder, 'trials.db')
    await using client = await openTracking({ trackingUri })
    const state = await startSearch(client, search, { experiment: 'penguins' })
    expect((await client.getRun(state.runId)).info.status).toBe('RUNNING')
    const [job] = search.next(state) as [Job<typeof space>]
    const seen: ParametersOf<typeof space>[] = []
    const run = (score: number): ReturnType<typeof runTrial> =>
      runTrial(client, search, { state, job }, async ({ parameters, budget }) => {
        // @ts-expect-error There is no budget without early stopping.
        expect(budget?.toFixed()).toBeUndefined()
        // @ts-expect-error It is 'a' or 'b'.
        expect(parameters.kind === 'c').toBe(false)
        const depth: number[] | undefined = parameters.depth
        expect(depth === undefined).toBe(parameters.kind === 'a')
        seen.push(parameters)
        return await Promise.resolve(score)
      })
    expect(await run(NaN)).toMatchObject({ trial: 0, score: NaN })
    expect((await runsIn(trackingUri)).trials[0]!.info.status).toBe('FAILED')
    expect(await run(0.5)).toMatchObject({ trial: 0, score: 0.5 })
    expect(seen).toEqual([job.parameters, job.parameters])
    const { trials } = await runsIn(trackingUri)
    expect(trials).toMatchObject([{ info: { status: 'FINISHED' }, data: { metrics: { objective: 0.5 } } }])
  })

  it('that fails for another reason fails the search', async () => {
    await using client = await openTracking({ trackingUri: join(folder, 'mistakes.db') })
    const state = await startSearch(client, search)
    const [job] = search.next(state)
    const trial = runTrial(
      client,
      search,
      { state, job: job! },
      async () => await Promise.reject(new Error('a mistake')),
    )
    await expect(trial).rejects.toThrow('a mistake')
  })
})
