import { expect, test } from 'vitest'
import { largestDifference, sortedShares } from './compare-answers.ts'
import { pixelsOf } from './pixels.ts'
import { exampleRow, knownTexts, rowOf, textsOf } from './row-values.ts'

const inputs = [
  { name: 'island', type: 'string' },
  { name: 'mass', type: 'double' },
] as const

const example = {
  columns: ['mass', 'island', 'unused'],
  data: [
    [3750, 'Dream', 1],
    [null, 'Biscoe', 2],
    [4100, 'Dream', 3],
  ],
}

test('makes a row of what stands in the fields; what is empty is missing, what is no number stays as it is', () => {
  expect(rowOf(inputs, { island: '12', mass: ' 1e3 ' })).toEqual({ island: '12', mass: 1000 })
  expect(rowOf(inputs, { island: '', mass: '2,5' })).toEqual({ island: null, mass: 2.5 })
  expect(rowOf(inputs, { mass: 'heavy' })).toEqual({ island: null, mass: 'heavy' })
})

test('fills the fields with the rows of the example, one after the other', () => {
  const model = { inputs: [...inputs], example }
  expect([0, 1, 3].map((place) => exampleRow(model, place))).toEqual([
    { island: 'Dream', mass: 3750 },
    { island: 'Biscoe', mass: null },
    { island: 'Dream', mass: 3750 },
  ])
  expect(textsOf(exampleRow(model, 1))).toEqual({ island: 'Biscoe', mass: '' })
  expect(exampleRow({ ...model, example: { columns: [], data: [] } }, 0)).toEqual({ island: null, mass: null })
  expect(knownTexts(model, 'island')).toEqual(['Biscoe', 'Dream'])
})

test('holds answers against each other', () => {
  const answer = { prediction: 'a', probabilities: { b: 0.25, a: 0.75 } }
  expect(sortedShares(answer)).toEqual([
    ['a', 0.75],
    ['b', 0.25],
  ])
  expect(largestDifference(answer, { prediction: 'a', probabilities: { a: 0.5, b: 0.375 } })).toBe(0.25)
  expect(largestDifference(answer, { prediction: 'a', probabilities: { a: 0.75 } })).toBeNaN()
  expect(largestDifference({ prediction: 2, probabilities: {} }, { prediction: 1.5, probabilities: {} })).toBe(0.5)
})

test('gives pixels channel by channel, or grey as Pillow does', () => {
  const data = Uint8ClampedArray.of(255, 0, 51, 255, 7, 7, 7, 255)
  const pixels = { data, width: 2, height: 1 }
  expect([...pixelsOf(pixels, 3)]).toEqual([1, 7 / 255, 0, 7 / 255, 0.2, 7 / 255].map(Math.fround))
  expect([...pixelsOf(pixels, 1)]).toEqual([82 / 255, 7 / 255].map(Math.fround))
})
