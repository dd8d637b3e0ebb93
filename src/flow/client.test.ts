/** Reading what flows did. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { flow, openFlows, runFlow } from './index.ts'
import { isAlive, thisRunner } from './liveness.ts'
import { RunStore } from './run-store.ts'

const root = await mkdtemp(join(tmpdir(), 'millrace-client-'))
afterAll(async () => await rm(root, { recursive: true, force: true }))

const training = flow('training', { parameters: { folds: z.number().default(12), fail: z.boolean().default(false) } })
  .step('load', () => ({ rows: [1, 2, 3], name: 'penguins' }))
  .foreach(
    'fold',
    ({ parameters }) => Array.from({ length: parameters.folds }, (_, i) => i),
    (fold) =>
      fold.step('fit', { retry: { times: 1, minDelay: 1 } }, ({ index, parameters }, { attempt }) => {
        if (index === 1 && attempt === 0) throw new Error('once')
        if (parameters.fail) throw new RangeError('always')
        return { score: index }
      }),
  )
  .join('evaluate', (folds) => ({ total: folds.reduce((total, { score }) => total + score, 0) }))

const first = await runFlow(training, { root, tags: ['nightly', 'x'] })
const failed = await runFlow(training, { root, parameters: { fail: true, folds: 1 } }).catch((error: unknown) => error)
await runFlow(
  flow('other').step('a', () => ({})),
  { root },
)

const flows = openFlows({ root })
const run = await flows.run(`training/${first.runId}`)

describe('the client', () => {
  it('lists flows, and runs newest first', async () => {
    expect(await flows.names()).toEqual(['other', 'training'])
    const history = await flows.flow('training')
    expect((await history.runs()).map(({ status }) => status)).toEqual(['failed', 'completed'])
    expect((await history.runs({ tag: 'nightly' })).map(({ id }) => id)).toEqual([first.runId])
    expect((await history.latestRun())?.error).toMatch(/fit\/0 failed: RangeError: always/)
    expect((await history.latestSuccessfulRun())?.id).toBe(first.runId)
    expect(failed).toMatchObject({ code: 'TASK_FAILED' })
  })

  it('has of a run its parameters, times, tags and result', async () => {
    expect(await run.parameters()).toEqual({ folds: 12, fail: false })
    expect(run.finishedAt).toBeGreaterThanOrEqual(run.createdAt)
    expect({ ...(await run.data()) }).toMatchObject({ name: 'penguins', total: 66 })
    await run.addTags('good', 'x')
    await run.removeTags('nightly')
    expect((await flows.run(run.pathspec)).tags).toEqual(['good', 'x'])
  })

  it('has steps in the order of the flow, and tasks in the order of the items', async () => {
    const steps = await run.steps()
    expect(steps.map(({ name }) => name)).toEqual(['load', 'fold', 'fit', 'evaluate'])
    const tasks = await steps[2]!.tasks()
    expect(tasks.map(({ index }) => index)).toEqual(Array.from({ length: 12 }, (_, i) => i))
    expect(tasks[1]!.attempts.map(({ status, error }) => [status, error?.message])).toEqual([
      ['failed', 'once'],
      ['completed', undefined],
    ])
    expect({ ...(await tasks[1]!.data()) }).toEqual({ score: 1 })
    expect(tasks[1]!.runtimeMs).toBeGreaterThanOrEqual(0)
  })

  it('reads tasks that are known with their result once only, and all others again', async () => {
    const store = new RunStore(root, 'followed')
    const graph = [{ kind: 'step', name: 'fit', options: {} }] as const
    const { runId } = await store.createRun({ user: 'x', inputs: {}, graph, createdAt: Date.now() }, [])
    const end = (task: string, status: 'completed' | 'failed', attempt = 0): void =>
      store.writeAttempt(runId, 'fit', task, { attempt, status, startedAt: 1, endedAt: 2, stack: [], artifacts: {} })
    end('0', 'completed')
    end('1', 'failed')
    const [step] = await (await flows.run(`followed/${runId}`)).steps()
    const known = new Map((await step!.tasks()).map((task) => [task.pathspec, task]))
    await rm(store.localPath(runId, 'fit', '0', '0.json'))
    end('1', 'completed', 1)
    end('2', 'failed')
    expect((await step!.tasks(known)).map(({ status }) => status)).toEqual(['completed', 'completed', 'failed'])
    expect((await step!.tasks()).map(({ status }) => status)).toEqual(['running', 'completed', 'failed'])
  })

  it('finds tasks and artifacts by pathspec', async () => {
    const task = await flows.task(`training/${first.runId}/load`)
    expect(task.artifacts.map(({ name }) => name)).toEqual(['rows', 'name'])
    const artifact = await flows.artifact(`${task.pathspec}/rows`)
    expect(await artifact.load()).toEqual([1, 2, 3])
    expect(artifact.hash).toMatch(/^[0-9a-f]{64}$/)
  })

  it.each([
    ['nothing/1', /no flow "nothing" in .*other, training/],
    ['training/1', /no run "1" of the flow "training"/],
    [`training/${first.runId}/fitt`, /no step "fitt"\. Did you mean "fit"/],
    [`training/${first.runId}/fit/99`, /no task "99"/],
    [`training/${first.runId}/fit/1/scor`, /wrote no artifact "scor"\. Did you mean "score"/],
    ['training', /"training" is no pathspec of the form flow\/run/],
  ])('names what there is not: %s', async (pathspec, message) => {
    const parts = pathspec.split('/').length
    const found = parts < 3 ? flows.run(pathspec) : parts < 5 ? flows.task(pathspec) : flows.artifact(pathspec)
    await expect(found).rejects.toThrow(message)
  })

  it('has no result of a run that failed', async () => {
    const latest = await (await flows.flow('training')).latestRun()
    await expect(latest!.data()).rejects.toMatchObject({ code: 'INVALID_STATE' })
  })
})

describe('ids of runs', () => {
  it('go up when the clock goes back', async () => {
    const store = new RunStore(root, 'clock')
    const record = { user: 'x', inputs: {}, graph: [] }
    const later = await store.createRun({ ...record, createdAt: 2_000_000_000_000 }, [])
    const earlier = await store.createRun({ ...record, createdAt: 1_000_000_000_000 }, [])
    expect([later.runId, earlier.runId]).toEqual(['2000000000000000', '2000000000000001'])
    expect(await store.runIds()).toEqual(['2000000000000001', '2000000000000000'])
  })

  it('are not given away twice', async () => {
    const store = new RunStore(root, 'clock')
    const record = { user: 'x', inputs: {}, graph: [], createdAt: 5 }
    const runs = await Promise.all(Array.from({ length: 20 }, async () => await store.createRun(record, [])))
    expect(new Set(runs.map(({ runId }) => runId)).size).toBe(20)
  })
})

describe('a runner', () => {
  it.each([
    ['is this process', {}, 0, true],
    ['had the number of another process', { processStart: '1' }, 0, process.platform !== 'linux'],
    ['is gone', { pid: 2 ** 22 + 1 }, 0, false],
    ['is on another machine and was heard of', { host: 'elsewhere' }, 30_000, true],
    ['is on another machine and was not heard of', { host: 'elsewhere' }, 90_000, false],
  ])('that %s', (_, change, silentMs, expected) => {
    expect(isAlive({ ...thisRunner(), ...change }, Date.now() - silentMs)).toBe(expected)
  })

  it('that is gone without a word leaves an interrupted run', async () => {
    const store = new RunStore(root, 'gone')
    const { runId } = await store.createRun({ user: 'x', inputs: {}, graph: [], createdAt: Date.now() }, [])
    expect(await store.status(runId)).toBe('running')
    await writeFile(join(root, 'gone', runId, 'runner.json'), JSON.stringify({ ...thisRunner(), pid: 2 ** 22 + 1 }))
    expect(await store.status(runId)).toBe('interrupted')
  })
})
