import { expect, test } from 'vitest'
import { noTraffic, trafficCharts } from './traffic-lines.ts'

const traffic = {
  ...noTraffic,
  time: [1000, 6000],
  requests: [3, 5],
  p50: [null, 2],
  versions: [
    { name: 'penguins', version: 2, requests: [1, 2] },
    { name: 'penguins', version: 1, requests: [2, 3] },
    { name: 'penguins', version: 3, requests: [0, 0] },
  ],
}

test('shows who answers where several do, else all requests', () => {
  const [split] = trafficCharts(traffic)
  expect(split!.series).toEqual([
    {
      name: 'penguins 1',
      points: [
        [1000, 2],
        [6000, 3],
      ],
    },
    {
      name: 'penguins 2',
      points: [
        [1000, 1],
        [6000, 2],
      ],
    },
  ])
  const [whole] = trafficCharts({ ...traffic, versions: traffic.versions.slice(1, 2) })
  expect(whole!.series).toMatchObject([{ points: [[1000, 3], [6000, 5]] }]) // prettier-ignore
})

test('breaks a line where nothing was measured', () => {
  const latency = trafficCharts(traffic)[2]!
  expect(latency.series.map(({ name }) => name)).toEqual(['p50', 'p95', 'p99'])
  expect(latency.series[0]!.points).toEqual([
    [1000, Number.NaN],
    [6000, 2],
  ])
})

test('has no points before anything is known', () => {
  expect(trafficCharts(noTraffic).every(({ series }) => series.every(({ points }) => points.length === 0))).toBe(true)
})
