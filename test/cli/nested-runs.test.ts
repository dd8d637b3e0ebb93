/** `millrace runs list` where runs are nested in others. */
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { openTracking } from '../../src/tracking/index.ts'
import { temporaryFlowFolder } from '../flow/temporary.ts'
import { runMillrace } from './run-millrace.ts'

const cwd = await temporaryFlowFolder()

interface RunToMake {
  readonly name: string
  readonly parent?: string
  readonly score?: number
}

/** In the order in which they began. */
const all: readonly RunToMake[] = [
  { name: 'old' },
  { name: 'search' },
  { name: 'trial-0', parent: 'search', score: 0.7 },
  { name: 'trial-1', parent: 'search', score: 0.9 },
  { name: 'fold', parent: 'trial-1', score: 0.8 },
  { name: 'lost', parent: 'a run that is gone' },
  { name: 'last', score: 0.5 },
]

beforeAll(async () => {
  await using client = await openTracking({ trackingUri: join(cwd, 'mlflow.db') })
  const ids = new Map<string, string>()
  for (const [i, { name, parent, score }] of all.entries()) {
    const tags: Record<string, string> = parent === undefined ? {} : { 'mlflow.parentRunId': ids.get(parent) ?? 'gone' }
    const { info } = await client.createRun('0', { runName: name, startTime: 1000 + i, tags })
    ids.set(name, info.runId)
    if (score === undefined) continue
    for (const key of ['a', 'b', 'c', 'score']) await client.logMetric(info.runId, key, score)
  }
  await client.setTag(ids.get('last')!, 'mlflow.parentRunId', ids.get('last')!)
})

async function listed(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runMillrace(['runs', 'list', ...args], { cwd })
  expect(code, stderr).toBe(0)
  return stdout
}

/** The column of names, as it is printed. */
async function names(...args: readonly string[]): Promise<readonly string[]> {
  const [heading, ...lines] = (await listed(...args)).trimEnd().split('\n')
  const [from, to] = [heading!.indexOf('name'), heading!.indexOf('experiment')]
  return lines.map((line) => line.slice(from, to).trimEnd())
}

describe('millrace runs list', () => {
  it('folds nested runs into those they are nested in, and counts them', async () => {
    expect(await names()).toEqual(['last', 'lost', 'search (3 nested)', 'old'])
  })

  it('shows them with --nested, each below its parent', async () => {
    expect(await names('--nested')).toEqual(['last', 'lost', 'search', '  trial-1', '    fold', '  trial-0', 'old'])
  })

  it('does not count nested runs among those --max asks for', async () => {
    expect(await names('--max', '3')).toEqual(['last', 'lost', 'search (3 nested)'])
    expect(await names('--max', '3', '--nested')).toHaveLength(6)
  })

  it('lists a nested run by itself where the filter fits it and not its parent', async () => {
    expect(await names('--filter', 'metrics.score >= 0.8')).toEqual(['trial-1 (1 nested)'])
    expect(await names('--filter', "attributes.run_name = 'fold'")).toEqual(['fold'])
    const { stdout } = await runMillrace(['runs', 'list', '--filter', 'metrics.score > 1'], { cwd })
    expect(stdout).toBe('No run fits the filter.\n')
  })

  it('orders those within a run like those on top', async () => {
    const order = ['--order-by', 'metrics.score ASC', '--nested'] as const
    expect((await names(...order)).filter((name) => /search|trial|fold/.test(name))).toEqual([
      'search',
      '  trial-0',
      '  trial-1',
      '    fold',
    ])
  })

  it('shows the scores that it is ordered or filtered by', async () => {
    expect(await listed()).not.toContain('score 0.5')
    expect(await listed('--order-by', 'metrics.`score` DESC')).toContain('score 0.5, a 0.5, b 0.5\n')
    expect(await listed('--filter', 'metrics.score = 0.9')).toContain('score 0.9, a 0.9, b 0.9\n')
  })

  it('says the parent in JSON', async () => {
    const { stdout } = await runMillrace(['runs', 'list', '--nested', '--json'], { cwd })
    const runs = JSON.parse(stdout) as readonly {
      runId: string
      runName: string
      parentRunId: string | null
      nestedRuns: number
    }[]
    const byName = Object.fromEntries(runs.map((run) => [run.runName, run]))
    expect(byName['search']).toMatchObject({ parentRunId: null, nestedRuns: 3 })
    expect(byName['fold']).toMatchObject({ parentRunId: byName['trial-1']!.runId, nestedRuns: 0 })
  })
})

describe('a run with more nested runs than a page of the store has', () => {
  it('is found behind them, with all of them', async () => {
    const trackingUri = join(cwd, 'many.db')
    await using client = await openTracking({ trackingUri })
    await client.createRun('0', { runName: 'old', startTime: 1 })
    const { info } = await client.createRun('0', { runName: 'search', startTime: 2 })
    const tags = { 'mlflow.parentRunId': info.runId }
    for (let i = 0; i < 1100; i++) await client.createRun('0', { runName: `trial-${i}`, startTime: 3 + i, tags })
    await client.createRun('0', { runName: 'last', startTime: 5000 })
    expect(await names('--tracking-uri', trackingUri)).toEqual(['last', 'search (1100 nested)', 'old'])
    expect(await names('--tracking-uri', trackingUri, '--max', '1')).toEqual(['last'])
  })
})
