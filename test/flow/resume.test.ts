/** Runs whose runner was killed with its whole group of processes, at any moment. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Chain, flow, openFlows, resumeFlow, runFlow } from '../../src/flow/index.ts'
import { cleanEnvironment, COMMAND } from '../cli/run-millrace.ts'
import { buildFlow, expectedTrail } from './shapes.ts'
import { temporaryFlowFolder } from './temporary.ts'

const folder = await temporaryFlowFolder()
const shape = 'foreach in branch'
const body = 'writes much'
const expected = expectedTrail(shape, body)
const file = await writeFlow('flow.ts', 40)
const slowFile = await writeFlow('slow.ts', 5000)

async function writeFlow(name: string, slowMs: number): Promise<string> {
  const path = join(folder, name)
  const shapesFile = JSON.stringify(new URL('shapes.ts', import.meta.url).href)
  await writeFile(
    path,
    `import { buildFlow } from ${shapesFile}
    export default buildFlow(${JSON.stringify({ shape, body, slowMs })})`,
  )
  return path
}

/** Starts the command in a group of processes of its own. */
function start(root: string, flow = file): { readonly kill: () => Promise<void>; readonly ended: Promise<void> } {
  const child = spawn(
    process.execPath,
    [COMMAND, 'flow', 'run', flow, '--root', root, '--max-workers', '2', '--quiet'],
    {
      detached: true,
      stdio: 'ignore',
      env: cleanEnvironment(),
    },
  )
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
  })
  return {
    ended,
    kill: async () => {
      if (child.exitCode === null) process.kill(-child.pid!, 'SIGKILL')
      await ended
    },
  }
}

describe.skipIf(process.platform === 'win32').concurrent('a run killed with its group of processes', () => {
  // From before there is a run to when it is nearly done; what the machine does decides where exactly.
  it.each(Array.from({ length: 8 }, (_, i) => ({ afterMs: 60 + i * 45 })))(
    'about $afterMs ms after its first sign is resumed to the same artifacts',
    async ({ afterMs }) => {
      const root = join(folder, `killed-${afterMs}`)
      const run = start(root)
      while (!existsSync(join(root, 'matrix'))) await delay(2)
      await delay(afterMs)
      await run.kill()
      const history = await openFlows({ root }).flow('matrix')
      const killed = await history.latestRun()
      // Killed before it had begun, there is nothing to resume.
      const { artifacts } = await (killed === undefined ? runFlow(file, { root }) : resumeFlow(file, { root }))
      expect(artifacts['trail']).toEqual(expected)
      expect(['interrupted', 'completed', undefined]).toContain(killed?.status)
      const [latest] = await history.runs()
      expect(latest?.status).toBe('completed')
      expect(await temporaryFilesIn(join(root, 'matrix', latest!.id))).toEqual([])
    },
  )

  it('is refused while it runs', async () => {
    const root = join(folder, 'running')
    const run = start(root, slowFile)
    try {
      while ((await runsIn(root)) === 0) await delay(2)
      await expect(resumeFlow(slowFile, { root })).rejects.toMatchObject({
        code: 'INVALID_STATE',
        message: expect.stringMatching(/is still running, in process \d+/) as string,
      })
    } finally {
      await run.kill()
    }
  })
})

describe('resuming', () => {
  it('has tags of its own, and names the tasks it took over', async () => {
    const root = join(folder, 'values')
    const flow = buildFlow({ shape: 'linear', body: 'ok' })
    const first = await runFlow(flow, { root, tags: ['nightly'] })
    const second = await resumeFlow(flow, { root, originRunId: first.runId })
    const history = await openFlows({ root }).flow('matrix')
    const [resumed, origin] = await history.runs()
    expect([resumed?.originRunId, resumed?.tags, origin?.tags]).toEqual([first.runId, [], ['nightly']])
    expect(second.tasks).toEqual({ run: 0, cloned: first.tasks.run, cached: 0 })
    const task = await (await resumed!.step('one')).task()
    expect(task.takenFrom).toEqual({ how: 'clone', pathspec: `matrix/${first.runId}/one/0` })
  })

  it('does again what a power cut has left empty', async () => {
    const root = join(folder, 'power-cut')
    const flow = buildFlow({ shape: 'linear', body: 'ok' })
    const { runId, tasks } = await runFlow(flow, { root })
    const lost = await runFlow(flow, { root })
    await truncate(join(root, 'matrix', runId, 'two', '0', '0.json'))
    await truncate(join(root, 'matrix', lost.runId, 'run.json'))
    const { artifacts, tasks: resumed } = await resumeFlow(flow, { root })
    expect(resumed).toEqual({ run: 1, cloned: tasks.run - 1, cached: 0 })
    expect(artifacts).toMatchObject({ trail: expectedTrail('linear', 'ok') })
  })

  const edited = flow('edited')
  const list = edited.step('list', () => ({ names: ['a', 'b'] }))
  it.each<[string, Chain<unknown, string>, Chain<unknown, string>, unknown]>([
    [
      'the case that was chosen has another name now',
      list
        .switch('choose', () => 'good', { good: (branch) => branch.step('take', () => ({ taken: 1 })) })
        .step('end', fails),
      list
        .switch('choose', () => 'fine', { fine: (branch) => branch.step('take', () => ({ taken: 1 })) })
        .step('end', ({ taken }) => ({ end: taken })),
      1,
    ],
    [
      'a step has become a foreach',
      list.step('each', () => ({ sum: 0 })).step('end', fails),
      list
        .foreach(
          'each',
          ({ names }) => names,
          (body) => body.step('one', ({ index }) => ({ count: index + 1 })),
        )
        .join('add', (all) => ({ sum: all.reduce((sum, { count }) => sum + count, 0) }))
        .step('end', ({ sum }) => ({ end: sum })),
      3,
    ],
    [
      'a step stands inside a foreach now',
      list
        .foreach(
          'each',
          ({ names }) => names,
          (body) => body.step('first', ({ item }) => ({ first: item })),
        )
        .join('add', () => ({}))
        .step('one', () => ({ count: 5 }))
        .step('end', fails),
      list
        .foreach(
          'each',
          ({ names }) => names,
          (body) => body.step('first', ({ item }) => ({ first: item })).step('one', ({ index }) => ({ count: index })),
        )
        .join('add', (all) => ({ counts: all.map(({ count }) => count) }))
        .step('end', ({ counts }) => ({ end: counts })),
      [0, 1],
    ],
    [
      'an error is caught under another name',
      list.step('risky', { catch: 'error' }, fails).step('end', fails),
      list.step('risky', { catch: 'problem' }, fails).step('end', ({ problem }) => ({ end: problem?.message })),
      'no disk',
    ],
    [
      'an error is not caught any more',
      list.step('risky', { catch: 'error' }, fails).step('end', fails),
      list.step('risky', () => ({ value: 7 })).step('end', ({ value }) => ({ end: value })),
      7,
    ],
  ])('runs a step again whose earlier result does not fit it: %s', async (name, before, after, end) => {
    const root = join(folder, name)
    await expect(runFlow(before, { root })).rejects.toMatchObject({ code: 'TASK_FAILED' })
    const { artifacts } = await resumeFlow(after, { root })
    expect(artifacts).toMatchObject({ end })
  })

  it.each([
    [{ originRunId: '12' }, 'RESOURCE_DOES_NOT_EXIST', /no run "12" of the flow "matrix"/],
    [{ step: 'on' }, 'RESOURCE_DOES_NOT_EXIST', /no step "on".*Did you mean.*"one"/],
  ])('names what there is not: %j', async (options, code, message) => {
    const root = join(folder, 'nothing')
    const flow = buildFlow({ shape: 'linear', body: 'ok' })
    await runFlow(flow, { root })
    await expect(resumeFlow(flow, { root, ...options })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    })
  })

  it('needs a run', async () => {
    const flow = buildFlow({ shape: 'linear', body: 'ok' })
    await expect(resumeFlow(flow, { root: join(folder, 'empty') })).rejects.toThrow(
      /no run of the flow "matrix".*to go on from/,
    )
  })
})

function fails(): { end: unknown } {
  throw new Error('no disk')
}

async function runsIn(root: string): Promise<number> {
  const flows = openFlows({ root })
  return (await flows.names()).length === 0 ? 0 : (await (await flows.flow('matrix')).runs()).length
}

async function temporaryFilesIn(path: string): Promise<string[]> {
  return (await readdir(path, { recursive: true })).filter((name) => name.includes('/.'))
}
