/** Running flows given as values, in this process. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { Table } from '../data/index.ts'
import { type Chain, flow, mergeArtifacts, openFlows, runFlow, type Task } from './index.ts'

const root = await mkdtemp(join(tmpdir(), 'millrace-run-flow-'))
afterAll(async () => await rm(root, { recursive: true, force: true }))

const start = flow('small', { parameters: { n: z.number().default(2) } })

describe('a run', () => {
  it('gives the artifacts that can be read at its end, with their types', async () => {
    const table = Table.fromRecords([{ island: 'Biscoe', mass: 3750 }])
    const { artifacts } = await runFlow(
      start
        .step('load', () => ({ table }))
        .step('count', ({ table, parameters }) => ({ rows: table.rowCount * parameters.n })),
      { root, parameters: { n: 3 } },
    )
    const { rows, table: stored }: { rows: number; table: typeof table } = artifacts
    expect(rows).toBe(3)
    expect(stored.toRecords()).toEqual([{ island: 'Biscoe', mass: 3750 }])
  })

  it('tells a step where it is', async () => {
    const seen: Task[] = []
    const look = (_: unknown, task: Task): void => void seen.push({ ...task })
    const chain = start
      .foreach(
        'outer',
        () => ['a', 'b'],
        (outer) =>
          outer
            .foreach(
              'inner',
              () => [1],
              (inner) => inner.step('look', look),
            )
            .join('innerEnd', () => ({})),
      )
      .join('end', () => ({}))
    const { runId } = await runFlow(chain, { root, tags: ['x'] })
    await runFlow(chain, { root })
    expect(seen.find((task) => task.runId === runId && task.taskId === '1.0')).toMatchObject({
      flowName: 'small',
      runId,
      stepName: 'look',
      taskId: '1.0',
      pathspec: `small/${runId}/look/1.0`,
      attempt: 0,
      tags: ['x'],
      originRunId: undefined,
      stack: [
        { step: 'outer', index: 1, count: 2 },
        { step: 'inner', index: 0, count: 1 },
      ],
    })
    // One for each place, the same in both runs.
    expect(seen).toHaveLength(4)
    expect(new Set(seen.map(({ taskId, seed }) => `${taskId} ${seed}`)).size).toBe(2)
    expect(new Set(seen.map(({ seed }) => seed)).size).toBe(2)
  })

  it('gives a task its environment, and a folder that is gone afterwards', async () => {
    const { artifacts } = await runFlow(
      start.step('look', { environment: { MILLRACE_TEST: 'here' } }, (_, task) => ({
        variable: process.env['MILLRACE_TEST'],
        folder: task.tempDir,
      })),
      { root },
    )
    expect(artifacts.variable).toBe('here')
    expect(process.env['MILLRACE_TEST']).toBeUndefined()
    await expect(rm(artifacts.folder)).rejects.toThrow('ENOENT')
  })

  it('lets no step see what another does to its copy', async () => {
    const { artifacts } = await runFlow(
      start
        .step('load', () => ({ list: [1, 2] }))
        .step('change', ({ list }) => ({ longer: list.push(3) }))
        .step('use', ({ list }) => ({ length: list.length })),
      { root },
    )
    expect(artifacts).toMatchObject({ longer: 3, length: 2 })
  })

  it('keeps what was written before a split, and of branches what the join returns', async () => {
    const { artifacts } = await runFlow(
      start
        .step('load', () => ({ value: 'before' }))
        .branches({
          left: (branch) => branch.step('l', () => ({ value: 'left', extra: 1 })),
          right: (branch) => branch.step('r', ({ value }) => ({ seen: value })),
        })
        .join('end', ({ left, right }, earlier) => ({ values: [left.value, right.seen, earlier.value] })),
      { root },
    )
    expect(artifacts).toMatchObject({ value: 'before', values: ['left', 'before', 'before'] })
    expect(artifacts).not.toHaveProperty('extra')
  })

  it('takes no less than no time where the clock is set back', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const { runId, durationMs } = await runFlow(
      start.step('setBack', () => void vi.setSystemTime(Date.now() - 3_600_000)),
      { root },
    )
    expect(durationMs).toBeGreaterThanOrEqual(0)
    expect((await openFlows({ root }).task(`small/${runId}/setBack`)).runtimeMs).toBe(0)
    const next = await runFlow(
      start.step('again', () => undefined),
      { root },
    )
    expect(Number(next.runId)).toBeGreaterThan(Number(runId))
  })

  it('that a step stops for longer than its timeout fails', async () => {
    const chain = start.step(
      'slow',
      { timeout: 20 },
      async (_, { signal }) => await delay(60_000, undefined, { signal }),
    )
    await expect(runFlow(chain, { root })).rejects.toMatchObject({ taskError: { kind: 'timeout' } })
  })

  it('is stopped by its signal', async () => {
    const controller = new AbortController()
    const chain = start.step('slow', async (_, { signal }) => {
      controller.abort()
      await delay(60_000, undefined, { signal })
    })
    await expect(runFlow(chain, { root, signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' })
  })
})

const cannot: [what: string, flow: Chain<unknown, string>, message: RegExp][] = [
  [
    'no items',
    start
      .foreach(
        'each',
        () => [],
        (body) => body.step('a', () => ({})),
      )
      .join('j', () => ({})),
    /foreach "each" has no items/,
  ],
  [
    'no list',
    start
      .foreach(
        'each',
        () => 'abc',
        (body) => body.step('a', () => ({})),
      )
      .join('j', () => ({})),
    /foreach "each" returned 'abc'\. Return a list/,
  ],
  [
    'too many items',
    start
      .foreach(
        'each',
        () => Array.from({ length: 11 }),
        (body) => body.step('a', () => ({})),
      )
      .join('j', () => ({})),
    /"each" has more than the 10 items allowed.*--max-num-splits/,
  ],
  [
    'items without end',
    start
      .foreach(
        'each',
        function* () {
          for (;;) yield 1
        },
        (body) => body.step('a', () => ({})),
      )
      .join('j', () => ({})),
    /"each" has more than the 10 items allowed/,
  ],
  [
    'an unknown case',
    start.switch('choose', () => 'c' as 'a', { a: (branch) => branch }),
    /switch "choose" chose 'c', which is none of its cases: a/,
  ],
  [
    'a loop without end',
    start.loop('again', (body) => body.step('a', () => ({})), { until: () => false, maxIterations: 3 }),
    /loop "again" was not done after 3 rounds/,
  ],
  [
    'a loop without an answer',
    start.loop('again', (body) => body.step('a', () => ({})), { until: () => 1 as never }),
    /"until" of the loop "again" returned 1/,
  ],
]

describe('a flow cannot go on with', () => {
  it.each(cannot)('%s', async (_, chain, message) => {
    await expect(runFlow(chain, { root, maxNumSplits: 10 })).rejects.toMatchObject({
      code: 'TASK_FAILED',
      message: expect.stringMatching(message) as string,
    })
    const history = await openFlows({ root }).flow('small')
    expect(await history.latestRun()).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(message) as string,
    })
  })
})

describe('mergeArtifacts', () => {
  const split = start
    .step('load', () => ({ same: [1, 2] }))
    .branches({
      left: (branch) => branch.step('l', () => ({ a: 1, both: 'left', equal: { x: [NaN] } })),
      right: (branch) => branch.step('r', () => ({ b: new Map([[1, 2]]), both: 'right', equal: { x: [NaN] } })),
    })

  it('carries over what branches have alone or alike', async () => {
    const chain = split.join('end', (inputs) => mergeArtifacts(inputs, { exclude: ['both'] }))
    const { artifacts } = await runFlow(
      chain.step('use', ({ a, b, equal }) => ({ sum: a + b.size + equal.x.length })),
      { root },
    )
    expect(artifacts).toMatchObject({ a: 1, b: new Map([[1, 2]]), equal: { x: [NaN] }, same: [1, 2], sum: 3 })
  })

  it('takes only what is to be included', async () => {
    const { artifacts } = await runFlow(
      split.join('end', (inputs) => mergeArtifacts(inputs, { include: ['a'] })),
      { root },
    )
    expect(Object.keys(artifacts).sort()).toEqual(['a', 'config', 'parameters', 'same'])
  })

  it.each([
    [split.join('end', (inputs) => mergeArtifacts(inputs)), /mergeArtifacts: both differ between branches/],
    [split.join('end', (inputs) => mergeArtifacts(inputs, { include: ['c' as 'a'] })), /no branch has c/],
    [split.join('end', () => mergeArtifacts([{ a: 1 }])), /takes what a join got/],
  ])('names what it cannot merge: %#', async (chain, message) => {
    await expect(runFlow(chain, { root })).rejects.toThrow(message)
  })
})
