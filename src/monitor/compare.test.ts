/** Scores against those that Evidently, SciPy and NumPy recorded, and the rules that choose methods. */
import { describe, expect, it } from 'vitest'
import { columnFrom, Table, type Value } from '../data/index.ts'
import { cases, golden } from '../../test/reference/monitor/golden.ts'
import { penguinColumns, penguinsCase } from '../../test/reference/monitor/penguins.ts'
import { compareTables, createReport, driftMethodNames, type DriftMethodName } from './index.ts'

/** Shares of 1000 or 100 random divisions: another generator agrees only within the noise, of which this is about 3 σ. */
const noise: Readonly<Record<string, number>> = { TVD: 0.06, empirical_mmd: 0.2 }

const recorded = Object.entries({ ...golden.numbers, ...golden.categories }).flatMap(([name, methods]) =>
  Object.entries(methods).flatMap(([method, result]) =>
    'error' in result || !driftMethodNames.includes(method as DriftMethodName)
      ? []
      : [{ name, method: method as DriftMethodName, ...result }],
  ),
)

describe('drift scores', () => {
  it.each(recorded)('$method of $name', ({ name, method, score, threshold, drift }) => {
    const { reference, current, type } = cases[name]!
    const found = compareTables(tableOf(reference), tableOf(current), { method, types: { value: type } }).columns[
      'value'
    ]!
    expect(Math.abs(found.score - score)).toBeLessThan(noise[method] ?? 1e-9)
    expect(found).toMatchObject({ method, threshold, ...(noise[method] === undefined && { drift }) })
  })
})

function rows(count: number, row: (i: number) => Readonly<Record<string, Value>>): Table {
  return Table.fromRecords(Array.from({ length: count }, (_, i) => row(i)))
}

function tableOf(values: readonly (number | string)[]): Table {
  return Table.fromColumns({
    value:
      typeof values[0] === 'string'
        ? columnFrom('string', values as string[])
        : columnFrom('double', values as number[]),
  })
}

describe('the penguins', () => {
  it('drift as Evidently says', async () => {
    const { reference, current } = await penguinsCase()
    const found = compareTables(reference, current, { columns: penguinColumns, driftShare: 0.1 })
    expect(found).toMatchObject({ driftedCount: 2, share: 1 / 3, drift: true })
    for (const [name, { label, score, threshold }] of Object.entries(found.columns)) {
      const metric = `ValueDrift(column=${name},method=${label},threshold=${threshold})`
      expect(score).toBeCloseTo(golden.penguins.drift.metrics[metric] as number, 9)
    }
  })
})

describe('columns that say little', () => {
  const reference = rows(30, (i) => ({ note: `order ${i}`, at: new Date(i), group: 'ab'[i % 2]!, size: i }))

  it.each([
    [1, 'one text on a side is too little to learn from'],
    [2, undefined],
  ])('are scored on %i rows, or told why not', (count, reason) => {
    const current = rows(count, (i) => ({ note: `parcel ${i}`, at: new Date(i), group: 'a', size: i }))
    const { columns, unscored } = compareTables(reference, current)
    expect(unscored).toEqual({ at: 'dates are not scored', ...(reason !== undefined && { note: reason }) })
    expect(Object.keys(columns)).toEqual([...(reason === undefined ? ['note'] : []), 'group', 'size'])
    expect(Object.keys(compareTables(current, reference).columns)).toContain('size')
  })

  it.each(['note', 'group', 'size'])('are named where the current data has no value of %s', (name) => {
    // Readers give such a column the type double.
    const current = reference.withColumn(
      name,
      columnFrom(
        'double',
        Array.from({ length: 30 }, () => null),
      ),
    )
    expect(() => compareTables(reference, current)).toThrow(`column "${name}": It has no value in the current data`)
  })

  it('are passed over where dates are missing', () => {
    const current = reference.withColumn(
      'at',
      columnFrom(
        'double',
        Array.from({ length: 30 }, () => null),
      ),
    )
    expect(createReport(current, { reference }).drift?.unscored).toEqual({ at: 'dates are not scored' })
  })

  it('are two constants that differ to es', () => {
    const [three, four] = [rows(30, () => ({ x: 3 })), rows(30, () => ({ x: 4 }))]
    const options = { method: 'es', types: { x: 'numerical' } } as const
    expect(compareTables(three, four, options).columns['x']).toMatchObject({ score: 0, drift: true })
  })
})

describe('options that name columns', () => {
  const table = Table.fromRecords([{ mass: 1 }, { mass: 2 }])

  it.each([
    { types: { mas: 'numerical' } },
    { perColumnMethod: { mas: 'ks' } },
    { perColumnThreshold: { mas: 0.1 } },
  ] as const)('are refused where no table has such a column: %j', (options) => {
    const error = { code: 'SCHEMA_MISMATCH', message: expect.stringMatching(/"mas".*Did you mean "mass"/) as string }
    expect(() => compareTables(table, table, options)).toThrow(expect.objectContaining(error) as Error)
    expect(() => createReport(table, { reference: table, ...options })).toThrow(expect.objectContaining(error) as Error)
  })

  it('count each column once', () => {
    expect(compareTables(table, table, { columns: ['mass', 'mass'], driftShare: 0.4 })).toMatchObject({ share: 0 })
    const other = Table.fromRecords([{ mass: 8 }, { mass: 9 }])
    expect(compareTables(table, other, { columns: ['mass', 'mass'], threshold: 1 }).driftedCount).toBe(1)
  })
})
