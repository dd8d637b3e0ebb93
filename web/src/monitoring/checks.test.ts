import { expect, test } from 'vitest'
import type { CheckRun } from '../api/checks.ts'
import { columnCharts, driftedNames, overallCharts, watchesOf } from './checks.ts'

interface Facts {
  readonly experiment?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly params?: Readonly<Record<string, string>>
}

function check(
  startTime: number,
  metrics: Readonly<Record<string, number>>,
  { experiment = 'watch', tags = {}, params = {} }: Facts = {},
): CheckRun {
  return {
    experiment,
    run: {
      runId: `r${startTime}`,
      name: '',
      experimentId: '1',
      userId: '',
      status: 'FINISHED',
      startTime,
      endTime: startTime,
      artifactUri: '',
      lifecycleStage: 'active',
      metrics: Object.fromEntries(
        Object.entries(metrics).map(([key, value]) => [key, { key, value, timestamp: 0, step: 0 }]),
      ),
      params,
      tags: { 'millrace.check': 'drift', ...tags },
      datasets: [],
    },
  }
}

function column(name: string, score: number, drifted: boolean): Record<string, number> {
  return { [`drift_score/${name}`]: score, [`drift_threshold/${name}`]: 0.05, [`drifted/${name}`]: Number(drifted) }
}

const runs = [
  check(30, { drift: 1, drift_share: 0.5, ...column('a/b', 0.9, false), ...column('mass', 0.001, true) }),
  check(20, { drift: 0, drift_share: 0, ...column('a/b', 0.01, true), ...column('mass', Number.NaN, false) }),
  check(10, { drift: 0, drift_share: 0, 'quality/accuracy': 0.9, ...column('a/b', 0.01, true) }),
]
const [{ checks } = { checks: [] }] = watchesOf(runs)

test('reads verdict, columns and methods of a run, whoever wrote it', () => {
  const params = { 'drift_method/mass': 'K-S p_value' }
  const [watch] = watchesOf([
    check(1, { drift: 1, ...column('mass', 0.001, true), ...column('sex', 1, false) }, { params }),
  ])
  const [read] = watch!.checks
  expect(read).toMatchObject({ verdict: 'drift', columns: [{ method: 'K-S p_value' }, { method: '' }] })
  expect(driftedNames(read!)).toEqual(['mass'])
  const [bare] = watchesOf([check(1, {})])
  expect(bare!.checks[0]).toMatchObject({ verdict: 'summary', columns: [], data: '' })
})

const model = (name: string): Facts => ({ tags: { 'millrace.check.model': name } })

test('keeps the checks of an experiment and a model together, whatever its version', () => {
  const watches = watchesOf([
    check(4, {}, model('birds/2')),
    check(3, {}),
    check(2, {}, model('birds/1')),
    check(1, {}, { ...model('birds'), experiment: 'other' }),
  ])
  expect(watches.map(({ title, checks }) => [title, checks.map(({ time }) => time)])).toEqual([
    ['watch · birds', [4, 2]],
    ['watch', [3]],
    ['other · birds', [1]],
  ])
})

test('draws the columns that drift now first, then those that did most often', () => {
  const charts = columnCharts(checks)
  expect(charts.map(({ title }) => title)).toEqual(['mass', 'a/b'])
  expect(charts[0]!.series).toEqual([
    { name: 'score', points: [[20, Number.NaN], [30, 0.001]] }, // prettier-ignore
    { name: 'threshold', points: [[20, 0.05], [30, 0.05]] }, // prettier-ignore
  ])
})

test('leaves out what no check has measured', () => {
  const charts = overallCharts(checks)
  expect(charts.map(({ title }) => title)).toEqual(['Share of drifted columns', 'Quality'])
  expect(charts[1]!.series).toEqual([{ name: 'accuracy', points: [[10, 0.9]] }])
})
