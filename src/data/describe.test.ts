import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { columnFrom, type ColumnDescription, type ColumnType, describeTable, Table, type Value } from './index.ts'

type Recorded = number | string

interface DescribeCase {
  readonly name: string
  readonly type: ColumnType
  readonly values: readonly (Recorded | boolean | null)[]
  readonly expected: Readonly<Record<string, unknown>> & {
    readonly quartiles?: readonly Recorded[]
    readonly top?: readonly { readonly value: string | boolean; readonly count: number }[]
  }
}

const recordedFile = new URL('../../test/reference/data-describe.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(recordedFile, 'utf8')) as { readonly cases: readonly DescribeCase[] }

function valuesOf({ type, values }: DescribeCase): Value[] {
  if (type === 'string' || type === 'boolean') return values as Value[]
  const numbers = values.map((value) => (value === null ? null : Number(value)))
  return type === 'datetime' ? numbers.map((value) => (value === null ? null : new Date(value))) : numbers
}

function describeCase(known: DescribeCase): ColumnDescription {
  const column = columnFrom(known.type, valuesOf(known) as never[])
  return describeTable(Table.fromColumns({ column }))[0]!
}

/** Both sum in floating point, in another order: 1e-12 of the value, or of `scale` where that is larger. */
function expectClose(found: number, expected: Recorded, scale = 1): void {
  const wanted = Number(expected)
  if (!Number.isFinite(wanted)) return expect(found).toBe(wanted)
  expect(Math.abs(found - wanted)).toBeLessThanOrEqual(1e-12 * Math.max(scale, Math.abs(wanted)))
}

describe('describeTable', () => {
  it.each(cases)('equals pandas: $name', (known) => {
    const { expected } = known
    const description = describeCase(known)
    const missing = known.values.length - Number(expected['count'])
    expect(description).toMatchObject({ type: known.type, count: expected['count'], missing })
    expect(description.distinct).toBe(expected['distinct'])
    if ('top' in description) return expect(description.top).toEqual(expected.top)
    for (const name of ['min', 'max', 'std'] as const) expectClose(description[name], expected[name] as Recorded)
    // Large values may cancel out in a mean; what rounding leaves is relative to them.
    expectClose(description.mean, expected['mean'] as Recorded, Math.max(description.max, -description.min))
    for (const [i, quartile] of description.quartiles.entries()) expectClose(quartile, expected.quartiles![i]!)
  })

  it('describes every column in order', () => {
    const table = Table.fromRecords([
      { species: 'Adelie', mass: 3750.5 },
      { species: 'Gentoo', mass: null },
      { species: 'Adelie', mass: 3250 },
    ])
    expect(describeTable(table)).toEqual([
      {
        name: 'species',
        type: 'string',
        count: 3,
        missing: 0,
        distinct: 2,
        top: [
          { value: 'Adelie', count: 2 },
          { value: 'Gentoo', count: 1 },
        ],
      },
      {
        name: 'mass',
        type: 'double',
        count: 2,
        missing: 1,
        distinct: 2,
        min: 3250,
        max: 3750.5,
        mean: 3500.25,
        std: expect.closeTo(500.5 / Math.SQRT2, 10),
        quartiles: [3375.125, 3500.25, 3625.375],
      },
    ])
  })

  it('keeps its precision over many rows', () => {
    const tenths = Table.fromColumns({ tenth: { type: 'double', values: new Float64Array(300_000).fill(0.1) } })
    // Adding 0.1 up 300,000 times and dividing would be wrong from the twelfth digit on.
    expect(describeTable(tenths)[0]).toMatchObject({ mean: expect.closeTo(0.1, 15), std: expect.closeTo(0, 12) })
  })

  it('names as many of the most frequent values as asked for', () => {
    const table = Table.fromRecords(['a', 'b', 'b', 'c'].map((letter) => ({ letter })))
    expect(describeTable(table, { top: 1 })[0]).toMatchObject({ distinct: 3, top: [{ value: 'b', count: 2 }] })
    expect(describeTable(table, { top: 0 })[0]).toMatchObject({ top: [] })
  })

  it('counts only the categories that a part of a table uses', () => {
    const table = Table.fromRecords(['a', 'b', 'c', 'b'].map((letter) => ({ letter }))).slice(1)
    expect(describeTable(table)[0]).toMatchObject({ count: 3, distinct: 2 })
  })

  it('leaves the column it sorts unchanged', () => {
    const table = Table.fromRecords([{ mass: 3 }, { mass: 1 }, { mass: 2 }])
    describeTable(table)
    expect([...table.numbers('mass')]).toEqual([3, 1, 2])
  })

  it('gives NaN for columns without rows, and nothing for a table without columns', () => {
    const empty = Table.fromColumns({ mass: columnFrom('double', []) })
    expect(describeTable(empty)[0]).toMatchObject({ count: 0, distinct: 0, min: NaN, mean: NaN, std: NaN })
    expect(describeTable(Table.fromColumns({}))).toEqual([])
  })
})
