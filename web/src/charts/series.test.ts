import { expect, test } from 'vitest'
import { smooth, toPoints } from './series.ts'

const points = [
  { key: 'loss', value: 3, timestamp: 2000, step: 1 },
  { key: 'loss', value: 4, timestamp: 1000, step: 0 },
  { key: 'loss', value: Infinity, timestamp: 4500, step: 2 },
]

test('lays points along steps, seconds since the first, or times', () => {
  expect(toPoints(points, 'step')).toEqual([
    [0, 4],
    [1, 3],
    [2, Number.NaN],
  ])
  expect(toPoints(points, 'relative').map(([x]) => x)).toEqual([0, 1, 3.5])
  expect(toPoints(points, 'wall').map(([x]) => x)).toEqual([1000, 2000, 4500])
})

test('smooths a constant to itself and leaves all as it is without weight', () => {
  const line = [0, 1, 2, 3].map((x) => [x, 5] as const)
  for (const [, y] of smooth(line, 0.9)) expect(y).toBeCloseTo(5, 12)
  const jagged = [
    [0, 1],
    [1, Number.NaN],
    [2, -7],
  ] as const
  expect(smooth(jagged, 0)).toEqual(jagged)
})

test('averages with weights that fall by the factor', () => {
  const [, second] = smooth(
    [
      [0, 1],
      [1, 2],
    ],
    0.5,
  )
  // (0.5 · 1 + 1 · 2) / 1.5
  expect(second?.[1]).toBeCloseTo(5 / 3, 12)
})
