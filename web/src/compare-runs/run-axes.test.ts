import { expect, test } from 'vitest'
import type { Run } from '../api/runs.ts'
import { axisIds, axisOf, runLabels, spansPlane, usualAxes } from './run-axes.ts'

function run(params: Record<string, string>, metrics: Record<string, number>): Run {
  return {
    runId: '0123456789abcdef',
    name: 'a',
    experimentId: '1',
    userId: '',
    status: 'FINISHED',
    startTime: 1,
    endTime: 2,
    artifactUri: '',
    lifecycleStage: 'active',
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([key, value]) => [key, { key, value, timestamp: 0, step: 0 }]),
    ),
    params,
    tags: {},
    datasets: [],
  }
}

test('takes parameters for numbers only where all of them are', () => {
  const runs = [run({ lr: '1e-3', depth: '2' }, {}), run({ lr: '0.1', depth: 'none' }, {}), run({}, {})]
  expect(axisOf(runs, 'params.lr')).toEqual({ kind: 'numbers', values: [0.001, 0.1, undefined] })
  expect(axisOf(runs, 'params.depth')).toEqual({
    kind: 'categories',
    names: ['2', 'none'],
    values: ['2', 'none', undefined],
  })
})

test('leaves out what cannot be drawn', () => {
  const runs = [run({}, { loss: Number.NaN }), run({}, { loss: Infinity }), run({}, { loss: 1 })]
  expect(axisOf(runs, 'metrics.loss').values).toEqual([undefined, undefined, 1])
})

test('begins with the axes that tell runs apart', () => {
  const runs = [run({ lr: '1', seed: '0' }, { loss: 1, 'system/cpu': 3 }), run({ lr: '2', seed: '0' }, { loss: 2 })]
  expect(axisIds(runs)).toEqual(['params.lr', 'params.seed', 'metrics.loss'])
  expect(usualAxes(runs, axisIds(runs))).toEqual(['params.lr', 'metrics.loss'])
})

test('tells runs of the same name apart', () => {
  const labels = runLabels([
    { name: 'a', runId: '111111112' },
    { name: 'b', runId: '222222222' },
    { name: 'a', runId: '333333333' },
  ])
  expect(labels).toEqual(['a (111111)', 'b', 'a (333333)'])
})

test.each([
  [[], false],
  [
    [
      [0, 0],
      [1, 1],
      [2, 2],
    ],
    false,
  ],
  [
    [
      [0, 0],
      [0, 0],
      [1, 3],
    ],
    false,
  ],
  [
    [
      [0, 0],
      [1, 1],
      [2, 3],
    ],
    true,
  ],
] as const)('knows whether %j span a plane', (points, expected) => expect(spansPlane(points)).toBe(expected))
