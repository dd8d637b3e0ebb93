import { expect, test } from 'vitest'
import { confusionOf, rowShares } from './confusion.ts'

test('reads a matrix alone or in a report', () => {
  const expected = {
    classes: ['a', '2'],
    counts: [
      [1, 1],
      [0, 0.5],
    ],
  }
  const matrix = { ...expected, classes: ['a', 2] }
  expect(confusionOf(JSON.stringify(matrix))).toEqual(expected)
  expect(confusionOf(JSON.stringify({ accuracy: 0.5, confusion: matrix }))).toEqual(expected)
})

test.each(['', '[]', '{"classes": ["a"], "counts": [[1, 2]]}', '{"classes": [], "counts": []}'])(
  'finds none in %j',
  (text) => expect(confusionOf(text)).toBeUndefined(),
)

test('has no shares of a class without rows', () => {
  expect(
    rowShares({
      classes: ['a', 'b'],
      counts: [
        [0, 0],
        [1, 3],
      ],
    }),
  ).toEqual([
    [0, 0],
    [0.25, 0.75],
  ])
})
