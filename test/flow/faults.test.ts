/** What can go wrong with a task, in real processes. */
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { openFlows, resumeFlow, type RunEvent, runFlow, type RunFlowOptions, TaskFailed } from '../../src/flow/index.ts'
import { smallDisk, system } from '../small-disk.ts'
import { temporaryFlowFolder } from './temporary.ts'

const folder = await temporaryFlowFolder()
const file = fileURLToPath(new URL('flows/faults.ts', import.meta.url))
let count = 0
const newPlace = (): string => join(folder, String(count++))

async function failureOf(fault: string, options: RunFlowOptions = {}, place = ''): Promise<TaskFailed> {
  const error: unknown = await runFlow(file, {
    root: newPlace(),
    maxWorkers: 2,
    ...options,
    parameters: { fault, place },
  }).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof TaskFailed) return error
  throw new Error(`expected a failed task, got ${String(error)}`)
}

// The step beside takes a minute, more than a test may: it is stopped, or the test fails.
describe.concurrent('a step that', () => {
  it.each([
    ['throws an error', 'error', /^TypeError: no such column/],
    ['throws a text', 'error', /^NonError: 'just text' was thrown, which is no Error/],
    ['exits with 0', 'crash', /exited with code 0 before the step was done/],
    ['is killed', 'crash', /was ended by SIGKILL/],
    ['rejects where nobody waits', 'crash', /exited with code 1/],
    ['returns a function', 'error', /step "faulty" returned what cannot be stored: model\.fit is a function/],
    ['returns an unknown class', 'error', /list\[0\] is an instance of the class "Unknown".*registerCodec/],
    ['returns a list', 'error', /step "faulty" returned \[ 1, 2 \]\. Return an object/],
    ['returns a reserved name', 'error', /artifact "parameters", which is a reserved name/],
  ])('%s fails the run at once, with its name and how to go on', async (fault, kind, message) => {
    const error = await failureOf(fault)
    expect(error.taskError.kind).toBe(kind)
    expect(`${error.taskError.name}: ${error.taskError.message}`).toMatch(message)
    expect(error.message).toMatch(
      /^The task faults\/\d+\/faulty\/0 failed: .*millrace flow resume .*faults\.ts --origin-run-id \d+$/s,
    )
  })

  it('throws has its stack and the cause in the store', async () => {
    const root = newPlace()
    const { pathspec } = await failureOf('throws an error', { root })
    const { exception, status } = await openFlows({ root }).task(pathspec)
    expect(status).toBe('failed')
    expect(exception?.stack).toMatch(/TypeError: no such column\n.*faults\.ts.*Caused by: Error: the reason/s)
  })

  it('is killed once goes on with a retry, in another process', async () => {
    const { artifacts } = await runFlow(file, {
      root: newPlace(),
      parameters: { fault: 'is killed the first time' },
      stepDefaults: { retry: { times: 1, minDelay: 1 } },
    })
    expect(artifacts).toMatchObject({ done: 1, before: new Date(5) })
  })

  it.each(['never ends, busily', 'never ends, with a child'])(
    '%s is ended by its timeout, with its children',
    async (fault) => {
      const place = newPlace()
      const timeouts = await writeTimeoutFlow()
      const run = runFlow(timeouts, { root: newPlace(), parameters: { fault, place } })
      await expect(run).rejects.toMatchObject({
        taskError: { kind: 'timeout', message: 'It took longer than the timeout of 0.7 s.' },
      })
      const pid = Number(await readFile(place, 'utf8'))
      while (isAlive(pid)) await delay(20)
    },
  )

  it('ends after its time was up has failed all the same', async () => {
    const run = runFlow(await writeTimeoutFlow(), {
      root: newPlace(),
      parameters: { fault: 'ends when its time is up' },
    })
    await expect(run).rejects.toMatchObject({ taskError: { kind: 'timeout' } })
  })

  it('prints 100 MB neither fails nor fills the disk', async () => {
    const root = newPlace()
    const { runId } = await runFlow(file, { root, parameters: { fault: 'prints 100 MB' }, maxLogBytes: 2_000_000 })
    const { size } = await stat(join(root, 'faults', runId, 'faulty', '0', '0.stdout.log'))
    expect(size).toBeGreaterThan(2_000_000)
    expect(size).toBeLessThan(2_000_200)
    const task = await openFlows({ root }).task(`faults/${runId}/faulty`)
    expect((await task.stdout()).slice(-80)).toMatch(/the log is cut here, at 2000000 bytes/)
  })

  it('prints has its output in its own logs, complete and apart', async () => {
    const root = newPlace()
    const events: RunEvent[] = []
    const onEvent = (event: RunEvent): unknown => events.push(event)
    const { runId } = await runFlow(file, {
      root,
      parameters: { fault: 'prints on both streams' },
      maxWorkers: 1,
      onEvent,
    })
    const run = await openFlows({ root }).run(`faults/${runId}`)
    const logs = await Promise.all(
      (await run.steps()).map(async (step) => [
        step.name,
        await (await step.task()).stdout(),
        await (await step.task()).stderr(),
      ]),
    )
    expect(logs).toEqual([
      ['before', '', ''],
      ['faulty', 'to stdout, é\nno end of line', 'to stderr\n'],
      ['slow', '', ''],
      ['after', '', ''],
    ])
    const echoed = events.filter((event) => event.kind === 'task output' && event.stream === 'stdout')
    expect(echoed.map((event) => (event.kind === 'task output' ? event.text : '')).join('')).toBe(logs[1]![1])
  })
})

describe.concurrent('a run', () => {
  it('that is stopped says so, and can be resumed', async () => {
    const root = newPlace()
    const controller = new AbortController()
    const stopped = runFlow(file, {
      root,
      parameters: { fault: 'never ends, with a child', place: newPlace() },
      signal: controller.signal,
      onEvent: (event) => {
        if (event.kind === 'task started' && event.pathspec.includes('/slow/')) controller.abort()
      },
    })
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
    const history = await openFlows({ root }).flow('faults')
    expect((await history.latestRun())?.status).toBe('stopped')
  })

  it('whose artifact was altered names it', async () => {
    const root = newPlace()
    const big = await writeBigFlow()
    const { runId } = await runFlow(big, { root })
    await truncate(await contentFile(root), 50)
    const artifact = await openFlows({ root }).artifact(`big/${runId}/write/0/numbers`)
    await expect(artifact.load()).rejects.toMatchObject({
      code: 'INVALID_ARTIFACT',
      message: expect.stringMatching(
        /artifact "numbers" cannot be read: its content has another hash.*resume/s,
      ) as string,
    })
    await expect(resumeFlow(big, { root, step: 'read' })).rejects.toMatchObject({
      code: 'TASK_FAILED',
      message: expect.stringMatching(/big\/\d+\/read\/0 failed.*artifact "numbers" cannot be read/s) as string,
    })
  })

  it('makes damaged content again, from the step that wrote it or anew', async () => {
    const root = newPlace()
    const big = await writeBigFlow()
    const { tasks, artifacts } = await runFlow(big, { root, cache: true })
    const damage = async (): Promise<void> => await truncate(await contentFile(root), 50)
    await damage()
    const options = { root, cache: true, step: 'write' }
    // The step that reads gets the same content again.
    const again = { artifacts: { first: artifacts['first'] }, tasks: { run: 1, cached: 1 } }
    expect(await resumeFlow(big, options)).toMatchObject(again)
    await damage()
    expect(await runFlow(big, { root })).toMatchObject({ artifacts: { first: artifacts['first'] }, tasks })
  })

  it.each([
    ['resumed', async (flow: string, root: string) => await resumeFlow(flow, { root })],
    ['cached', async (flow: string, root: string) => await runFlow(flow, { root, cache: true })],
  ])('makes content that was removed again: %s', async (_, again) => {
    const root = newPlace()
    const big = await writeBigFlow()
    const { artifacts } = await runFlow(big, { root, cache: true })
    await rm(await contentFile(root))
    const { artifacts: found, tasks } = await again(big, root)
    expect(found['first']).toBe(artifacts['first'])
    expect(tasks.run).toBeGreaterThan(0)
  })

  it('begun at the same moment as others has an id of its own', async () => {
    const root = newPlace()
    const flow = await writeBigFlow()
    const runs = await Promise.all([1, 2, 3].map(async () => await runFlow(flow, { root, maxWorkers: 1 })))
    expect(new Set(runs.map(({ runId }) => runId)).size).toBe(3)
    const history = await openFlows({ root }).flow('big')
    expect((await history.runs()).map(({ status }) => status)).toEqual(['completed', 'completed', 'completed'])
  })
})

/** The one artifact of the big flow that has a file of its own. */
async function contentFile(root: string): Promise<string> {
  const data = join(root, 'big', 'data')
  const files = await readdir(data, { recursive: true })
  return join(
    data,
    files.find((name) => name.endsWith('.zst'))!,
  )
}

const disk = smallDisk(await temporaryFlowFolder())
afterAll(() => {
  if (disk !== undefined) system('umount', disk)
})

describe.skipIf(disk === undefined)('a disk of 2 MB (skipped where mounting is not allowed)', () => {
  it('that is full fails the step that writes, and says why', async () => {
    await writeFile(join(disk!, 'fill'), Buffer.alloc(1_500_000))
    const flow = await writeBigFlow()
    await expect(runFlow(flow, { root: join(disk!, 'flows') })).rejects.toMatchObject({
      code: 'TASK_FAILED',
      message: expect.stringMatching(/big\/\d+\/write\/0 failed.*the disk is full/) as string,
    })
    expect(
      (await readdir(join(disk!, 'flows', 'big', 'data'), { recursive: true })).filter((name) => name.endsWith('.zst')),
    ).toEqual([])
  })
})

/** The flow of faults with a short timeout. */
async function writeTimeoutFlow(): Promise<string> {
  const path = `${newPlace()}.ts`
  const source = await readFile(file, 'utf8')
  await writeFile(
    path,
    source
      .replace("timeout: '5m'", 'timeout: 700')
      .replace('../../../src/flow/index.ts', 'millrace/flow')
      .replace("'zod'", zodFile),
  )
  return path
}

const zodFile = JSON.stringify(import.meta.resolve('zod'))

/** A flow with an artifact of 1.6 MB that does not compress. */
async function writeBigFlow(): Promise<string> {
  const path = `${newPlace()}.ts`
  await writeFile(
    path,
    `import { flow } from 'millrace/flow'
    export default flow('big')
      .step('write', () => ({ numbers: Float64Array.from({ length: 200_000 }, (_, i) => Math.sin(i) * 1e6) }))
      .step('read', ({ numbers }) => ({ first: numbers[0] }))`,
  )
  return path
}

function isAlive(pid: number): boolean {
  if (existsSync(`/proc/${pid}/stat`)) return true
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
