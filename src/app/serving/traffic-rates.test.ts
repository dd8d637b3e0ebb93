import { expect, test } from 'vitest'
import { parsePrometheusText } from './prometheus-text.ts'
import { trafficCounts } from './traffic-counts.ts'
import { goesOn, quantile, trafficPoint } from './traffic-rates.ts'

test.each([
  [0.25, 0.3],
  [0.5, 0.5],
  [0.75, 0.5 + 0.5 / 1.5],
  [0.95, 1],
])('finds the quantile %d evenly spread in its bucket, at most the last bound', (share, expected) => {
  const within = [
    [0.1, 0],
    [0.5, 8],
    [1, 14],
    [Infinity, 16],
  ] as const
  expect(quantile(within, share)).toBeCloseTo(expected, 12)
})

test('knows no quantile of nothing', () => {
  expect(quantile([], 0.5)).toBeUndefined()
  expect(quantile([[Infinity, 0]], 0.5)).toBeUndefined()
})

function counts(text: string, timeMs: number, startSeconds = 1): ReturnType<typeof trafficCounts> {
  return trafficCounts(parsePrometheusText(`process_start_time_seconds ${startSeconds}\n${text}`), timeMs)
}

const before = counts('millrace_requests_total{route="/predict",status="200"} 10', 0)
const now = counts(
  `millrace_requests_total{route="/predict",status="200"} 20
millrace_requests_total{route="/v2/models/{name}/infer",status="400"} 4
millrace_requests_total{route="/invocations",status="504"} 2
millrace_requests_total{route="/classify",status="200"} 4
millrace_requests_total{route="/metrics",status="200"} 100
millrace_requests_total{route="/pictures/a.png",status="200"} 100
millrace_run_rows_sum 40
millrace_run_rows_count 10
millrace_model_requests_total{model="a/b",version="2"} 6`,
  2000,
)

test('tells what was asked for predictions a second, how it ended, and who answered', () => {
  const point = trafficPoint(before, before, now)
  expect(point).toMatchObject({ time: 2000, requests: 10, refused: 2, failed: 1, rowsPerRun: 4, p50: null })
  expect([...point.versions]).toEqual([['2/a/b', 3]])
})

test('knows that a server which started again counts from zero', () => {
  expect(goesOn(before, now)).toBe(true)
  expect(goesOn(now, before)).toBe(false)
  expect(goesOn(before, counts('', 3000, 2))).toBe(false)
})
