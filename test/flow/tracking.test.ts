/** What the tracking store knows of trainings in tasks that opened no run, in real processes. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { runFlow, type RunFlowOptions, TaskFailed } from '../../src/flow/index.ts'
import { autolog, openTracking, type Run, type TrackingClient, withRun } from '../../src/tracking/index.ts'
import { startMillrace } from '../cli/run-millrace.ts'
import trackedFlow from './flows/tracked.ts'
import { temporaryFlowFolder } from './temporary.ts'

const folder = await temporaryFlowFolder()
const file = fileURLToPath(new URL('flows/tracked.ts', import.meta.url))
let count = 0

afterEach(() => vi.unstubAllEnvs())

/** The path of a store that is not there yet. */
function newStore(): string {
  return join(folder, `${count++}.db`)
}

const root = join(folder, 'flows')

async function run(options: RunFlowOptions): Promise<string> {
  return (await runFlow(file, { root, maxWorkers: 2, ...options })).runId
}

async function runsIn(trackingUri: string, experiment: string): Promise<readonly Run[]> {
  await using client = await openTracking({ trackingUri, create: false })
  return await runsOf(client, experiment)
}

async function runsOf(client: TrackingClient, name: string): Promise<readonly Run[]> {
  const experiment = await client.getExperimentByName(name)
  if (experiment === undefined) return []
  const { items } = await client.searchRuns({ experimentIds: [experiment.experimentId] })
  return items.toSorted((a, b) => a.info.runName.localeCompare(b.info.runName))
}

describe('a training in a task where no run is open', () => {
  it('makes a run for the task, with parameters, metrics, data and models', async () => {
    const store = newStore()
    vi.stubEnv('MLFLOW_TRACKING_URI', store)
    const runId = await run({ parameters: { after: 'train again' } })
    const runs = await runsIn(store, 'tracked')
    expect(runs.map(({ info }) => [info.runName, info.status])).toEqual([
      [`${runId}/train/0`, 'FINISHED'],
      [`${runId}/train/1`, 'FINISHED'],
    ])
    const { data, inputs } = runs[1]!
    expect(data.tags).toMatchObject({
      'millrace.flow': `tracked/${runId}/train/1`,
      'mlflow.source.name': file,
      training_ended: 'finished',
      training_2_training_ended: 'finished',
    })
    expect(data.params).toMatchObject({ model: 'mlp-classifier', epochs: '2', training_2_epochs: '2' })
    expect(data.metrics).toHaveProperty('train_loss')
    expect(inputs.datasets.map(({ dataset }) => dataset.name)).toContain('penguins')
    await using client = await openTracking({ trackingUri: store })
    const paths = (await client.listArtifacts(runs[1]!.info.runId)).map(({ path }) => path)
    expect(paths).toEqual(['model', 'model_2'])
  })

  it('is tracked where the parameter mlflowTrackingUri says, before the environment', async () => {
    const [store, other] = [newStore(), newStore()]
    vi.stubEnv('MLFLOW_TRACKING_URI', other)
    await run({ parameters: { mlflowTrackingUri: store } })
    expect(await runsIn(store, 'tracked')).toHaveLength(2)
    await expect(runsIn(other, 'tracked')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
  })

  it('ends FAILED when the task fails after it, with the error', async () => {
    const store = newStore()
    await expect(run({ parameters: { mlflowTrackingUri: store, after: 'throw' }, maxWorkers: 1 })).rejects.toThrow(
      'after the training',
    )
    const [failed] = await runsIn(store, 'tracked')
    expect(failed?.info.status).toBe('FAILED')
    expect(failed?.data.tags['millrace.error']).toBe('after the training')
  })

  it('ends FAILED when the process of the task is killed', async () => {
    const store = newStore()
    await expect(run({ parameters: { mlflowTrackingUri: store, after: 'be killed' }, maxWorkers: 1 })).rejects.toThrow(
      'SIGKILL',
    )
    const [failed] = await runsIn(store, 'tracked')
    expect(failed?.info.status).toBe('FAILED')
    expect(failed?.data.tags['millrace.error']).toContain('was ended by SIGKILL')
  })

  it('ends KILLED when the runner is killed', async () => {
    const store = newStore()
    const parameters = ['--mlflow-tracking-uri', store, '--after', 'wait for nothing']
    const runner = startMillrace(['flow', 'run', file, ...parameters, '--root', root], { cwd: folder })
    await modelIsLogged(store)
    runner.kill('SIGKILL')
    await expect
      .poll(async () => (await runsIn(store, 'tracked')).map(({ info }) => info.status), { timeout: 10_000 })
      .not.toContain('RUNNING')
    expect((await runsIn(store, 'tracked')).map(({ info }) => info.status)).toContain('KILLED')
  })

  it.each(['wait for the signal', 'wait for nothing', 'stay busy'])(
    'ends KILLED when the run of the flow is stopped while steps %s',
    async (after) => {
      const store = newStore()
      const stop = new AbortController()
      const stopped = run({ parameters: { mlflowTrackingUri: store, after }, maxWorkers: 1, signal: stop.signal })
      await modelIsLogged(store)
      stop.abort()
      await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
      expect((await runsIn(store, 'tracked')).map(({ info }) => info.status)).toEqual(['KILLED'])
    },
  )

  it('fails the task at once where the store cannot be opened', async () => {
    const parameters = { mlflowTrackingUri: 'nosuch://place' }
    await expect(run({ parameters })).rejects.toSatisfy(
      (error) => error instanceof TaskFailed && error.message.includes('nosuch://place'),
    )
  })

  it('leaves steps alone that open runs themselves', async () => {
    const store = newStore()
    vi.stubEnv('MLFLOW_TRACKING_URI', store)
    await expect(run({ parameters: { after: 'open a run' } })).resolves.toBeDefined()
    expect((await runsIn(store, 'by hand')).map(({ data }) => data.tags['millrace.flow'])).toEqual([
      undefined,
      undefined,
    ])
  })

  it('is logged to the run that is open around a flow in the same process', async () => {
    const store = newStore()
    vi.stubEnv('MLFLOW_TRACKING_URI', store)
    await using client = await openTracking()
    await withRun(client, { experiment: 'around' }, async () => await runFlow(trackedFlow, { root }))
    expect(await runsOf(client, 'tracked')).toEqual([])
    expect((await runsOf(client, 'around'))[0]?.data.params).toHaveProperty('training_2_epochs')
  })

  it('makes a run of its own, not of the task, after autolog() where the flow has no store', async () => {
    const store = newStore()
    const logging = autolog({ trackingUri: store, experiment: 'alone' })
    onTestFinished(() => logging[Symbol.dispose]())
    await runFlow(trackedFlow, { root })
    expect(await runsIn(store, 'alone')).toHaveLength(2)
  })
})

/** Resolves when a task has trained its first model. */
async function modelIsLogged(store: string): Promise<void> {
  for (;;) {
    const runs = await runsIn(store, 'tracked').catch(() => [])
    if (runs.some(({ data }) => 'mlflow.log-model.history' in data.tags)) return
    await delay(20)
  }
}
