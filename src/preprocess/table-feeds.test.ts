import { describe, expect, it } from 'vitest'
import { columnFrom, Table } from '../data/index.ts'
import { type InputColumn, tableFeeds } from './index.ts'

const inputs: readonly InputColumn[] = [
  { name: 'mass', type: 'double' },
  { name: 'island', type: 'string' },
]

describe('tableFeeds', () => {
  it('gives NaN for a missing number and the empty text for a missing text', () => {
    const table = Table.fromRecords([
      { mass: 1.5, island: null },
      { mass: null, island: 'Dream' },
    ])
    expect(tableFeeds(inputs, table)).toEqual({
      mass: { dtype: 'float32', data: Float32Array.of(1.5, NaN), shape: [2] },
      island: { dtype: 'string', data: ['', 'Dream'], shape: [2] },
    })
  })

  it('takes longs and booleans for numbers', () => {
    const table = Table.fromColumns({
      mass: columnFrom('boolean', [true, null, false]),
      island: columnFrom('string', ['a', 'b', 'c']),
    })
    expect(tableFeeds(inputs, table)['mass']!.data).toEqual(Float32Array.of(1, NaN, 0))
    const longs = table.withColumn('mass', columnFrom('long', [7, 8, null]))
    expect(tableFeeds(inputs, longs)['mass']!.data).toEqual(Float32Array.of(7, 8, NaN))
  })

  it('takes columns with only missing values, whatever type they were given', () => {
    const table = Table.fromColumns({
      mass: columnFrom('string', [null, null]),
      island: columnFrom('double', [null, null]),
    })
    expect(tableFeeds(inputs, table)).toEqual({
      mass: { dtype: 'float32', data: Float32Array.of(NaN, NaN), shape: [2] },
      island: { dtype: 'string', data: ['', ''], shape: [2] },
    })
  })

  it('gives empty feeds for a table without rows', () => {
    const table = Table.fromColumns({ mass: columnFrom('double', []), island: columnFrom('string', []) })
    expect(tableFeeds(inputs, table)['mass']).toEqual({ dtype: 'float32', data: new Float32Array(0), shape: [0] })
  })

  it('names absent columns and those that are there', () => {
    expect(() => tableFeeds(inputs, Table.fromRecords([{ Mass: 1 }]))).toThrow(
      'There is no column "mass", "island". The table has the columns: Mass.',
    )
    expect(() => tableFeeds(inputs, Table.fromRecords([]))).toThrow('The table has no columns.')
  })

  it('refuses text for numbers and numbers for text', () => {
    const swapped = Table.fromRecords([
      { mass: '3750', island: 3 },
      { mass: 'heavy', island: 4 },
    ])
    expect(() => tableFeeds(inputs, swapped)).toThrow(
      'row 2, column "mass": Expected numbers (double, long or boolean), found "heavy".',
    )
    expect(() => tableFeeds(inputs.slice(1), swapped)).toThrow('column "island": Expected text, found the type long.')
  })
})
