/** How runs of the tracking store end that a step has opened itself and can no longer end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type FinishedRun, runFlow, type RunFlowOptions } from '../../src/flow/index.ts'
import { openTracking, type Run } from '../../src/tracking/index.ts'
import { cleanEnvironment, COMMAND } from '../cli/run-millrace.ts'
import { temporaryFlowFolder } from './temporary.ts'

const folder = await temporaryFlowFolder()
const file = fileURLToPath(new URL('flows/own-runs.ts', import.meta.url))
let count = 0

/** A store that is not there yet and a folder of flows. */
function newPlace(): { readonly store: string; readonly root: string } {
  const place = join(folder, String(count++))
  return { store: `${place}.db`, root: place }
}

type Place = ReturnType<typeof newPlace>

async function run(
  { store, root }: Place,
  given: Readonly<Record<string, string>>,
  options?: RunFlowOptions,
): Promise<FinishedRun> {
  return await runFlow(file, { root, maxWorkers: 1, ...options, parameters: { store, ...given } })
}

async function runsIn(store: string): Promise<readonly Run[]> {
  await using client = await openTracking({ trackingUri: store, create: false })
  const experiment = await client.getExperimentByName('own')
  if (experiment === undefined) return []
  return (await client.searchRuns({ experimentIds: [experiment.experimentId] })).items
}

async function statusesIn(store: string): Promise<readonly string[]> {
  return (await runsIn(store)).map(({ info }) => info.status)
}

/** Resolves when a step has opened its run and logged something to it. */
async function runIsOpen(store: string): Promise<void> {
  const runs = async (): Promise<readonly Run[]> => await runsIn(store).catch(() => [])
  while (!(await runs()).some(({ data }) => 'model' in data.params)) await delay(20)
}

/** The command in a group of processes of its own, once a step of it has opened its run. */
async function startCommand({ store, root }: Place, opens = 'withRun'): Promise<ChildProcess> {
  const flags = ['--store', store, '--opens', opens, '--after', 'wait', '--root', root, '--max-workers', '1']
  const env = cleanEnvironment()
  const runner = spawn(process.execPath, [COMMAND, 'flow', 'run', file, ...flags], {
    detached: true,
    stdio: 'ignore',
    env,
  })
  await runIsOpen(store)
  return runner
}

const noGroups = process.platform === 'win32'

describe('a run that a step has opened itself', () => {
  it.each(['withRun', 'createRun'])('by %s ends FAILED when the process of the task is killed', async (opens) => {
    const place = newPlace()
    await expect(run(place, { opens, after: 'be killed' })).rejects.toThrow('SIGKILL')
    const [failed] = await runsIn(place.store)
    expect(failed?.info.status).toBe('FAILED')
    expect(failed?.data.tags['millrace.error']).toContain('was ended by SIGKILL')
    expect(readdirSync(join(place.root, 'own-runs', 'open-runs'))).toEqual([])
  })

  it('ends KILLED when the run of the flow is stopped', async () => {
    const place = newPlace()
    const stop = new AbortController()
    const stopped = run(place, { after: 'wait' }, { signal: stop.signal })
    await runIsOpen(place.store)
    stop.abort()
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
    expect(await statusesIn(place.store)).toEqual(['KILLED'])
  })

  it.skipIf(noGroups)('ends KILLED when the runner is killed', async () => {
    const place = newPlace()
    const runner = await startCommand(place)
    runner.kill('SIGKILL')
    await expect.poll(() => statusesIn(place.store), { timeout: 20_000 }).toEqual(['KILLED'])
  })

  it.skipIf(noGroups).each(['createRun', 'autolog'])(
    'by %s ends KILLED by the next run of the flow when all its processes were killed',
    async (opens) => {
      const place = newPlace()
      const runner = await startCommand(place, opens)
      process.kill(-runner.pid!, 'SIGKILL')
      expect(await statusesIn(place.store)).toEqual(['RUNNING'])
      await run(place, {})
      expect(await statusesIn(place.store)).toEqual(['FINISHED', 'KILLED'])
    },
  )

  it.skipIf(noGroups)('is left alone by another run of the flow while its task goes on', async () => {
    const place = newPlace()
    const runner = await startCommand(place)
    onTestFinished(() => void process.kill(-runner.pid!, 'SIGKILL'))
    await run(place, {})
    expect(await statusesIn(place.store)).toEqual(['FINISHED', 'RUNNING'])
  })

  it('is left RUNNING by a task that ends in order, for another one to go on with', async () => {
    const place = newPlace()
    await run(place, { opens: 'createRun' })
    await run(place, { opens: 'withRun' })
    expect((await statusesIn(place.store)).toSorted()).toEqual(['FINISHED', 'RUNNING'])
  })
})
