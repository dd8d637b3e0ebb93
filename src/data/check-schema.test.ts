import { describe, expect, it } from 'vitest'
import { DataError } from '../core/index.ts'
import {
  checkSchema,
  type Column,
  columnFrom,
  inferSchema,
  requireSchema,
  type SchemaFinding,
  Table,
  type TableSchema,
} from './index.ts'

const reference = Table.fromColumns({
  species: columnFrom('string', ['Gentoo', 'Adelie']),
  mass: columnFrom('double', [2700.5, 6300]),
  year: columnFrom('long', [2007, 2009]),
  seen: columnFrom('datetime', [new Date('2007-11-11'), new Date('2009-11-16')]),
})
const schema = inferSchema(reference)
const three = Table.concat([reference, reference.slice(0, 1)])

/** The problems and warnings when one column is another. */
function check(name: string, column: Column): { problems: SchemaFinding[]; warnings: SchemaFinding[] } {
  const { problems, warnings } = checkSchema(three.withColumn(name, column), schema)
  return { problems: [...problems], warnings: [...warnings] }
}

describe('checkSchema', () => {
  it('finds nothing in a table of the same kind, whatever the order of columns', () => {
    expect(checkSchema(reference.select('seen', 'year', 'species', 'mass'), schema)).toEqual({
      problems: [],
      warnings: [],
    })
  })

  it('reports a missing column with its type', () => {
    expect(checkSchema(reference.drop('year'), schema)).toEqual({
      problems: [
        {
          kind: 'missingColumn',
          column: 'year',
          message: 'column "year": The column is missing; expected one of type long.',
        },
      ],
      warnings: [],
    })
  })

  it('reports another type with the first value of it', () => {
    expect(check('mass', columnFrom('string', [null, 'heavy', 'light'])).problems.at(-1)).toEqual({
      kind: 'type',
      column: 'mass',
      row: 2,
      count: 2,
      message: 'row 2, column "mass": Expected a column of type double, found string: "heavy" (and 1 more such row).',
    })
  })

  it('blames the fractions when a long column has become double', () => {
    expect(check('year', columnFrom('double', [2007, 2008.5, 2009])).problems).toEqual([
      expect.objectContaining({ kind: 'type', row: 2, count: 1 }),
    ])
    expect(check('year', columnFrom('double', [2007, 2008, 2009])).problems).toEqual([
      expect.objectContaining({ kind: 'type', row: 1, count: 3 }),
    ])
  })

  it('lets whole numbers pass for double', () => {
    expect(check('mass', columnFrom('long', [3000, 4000, 5000]))).toEqual({ problems: [], warnings: [] })
  })

  it('takes a column with nothing but missing values for any type', () => {
    const optional: TableSchema = {
      version: 1,
      columns: schema.columns.map((column) => ({ ...column, required: false })),
    }
    const table = three.withColumn('species', columnFrom('double', [null, null, null]))
    expect(checkSchema(table, optional)).toEqual({ problems: [], warnings: [] })
    expect(checkSchema(table, schema).problems.map(({ kind }) => kind)).toEqual(['missingValue'])
  })

  it('counts missing values where one is required', () => {
    expect(check('species', columnFrom('string', ['Adelie', null, null])).problems).toEqual([
      {
        kind: 'missingValue',
        column: 'species',
        row: 2,
        count: 2,
        message:
          'row 2, column "species": 2 values are missing, the first of them here, ' +
          'but the schema requires one in every row.',
      },
    ])
    expect(check('mass', columnFrom('double', [3000, 3000, NaN])).problems[0]!.message).toContain(
      'row 3, column "mass": A value is missing,',
    )
  })

  it('reports categories that are not listed', () => {
    expect(check('species', columnFrom('string', ['Adelie', 'Adelie', 'Chinstrap'])).problems).toEqual([
      {
        kind: 'unseenCategory',
        column: 'species',
        row: 3,
        count: 1,
        message: 'row 3, column "species": Expected one of "Adelie", "Gentoo", found "Chinstrap".',
      },
    ])
  })

  it('ignores categories that no row has', () => {
    const species = columnFrom('string', ['Chinstrap', 'Adelie', 'Gentoo', 'Adelie'])
    const rest = { ...species, codes: species.codes.subarray(1) }
    expect(check('species', rest).problems).toEqual([])
  })

  it('warns of values out of range, in the units of the column', () => {
    expect(check('mass', columnFrom('double', [2700.5, 9000, 1]))).toEqual({
      problems: [],
      warnings: [
        {
          kind: 'outOfRange',
          column: 'mass',
          row: 2,
          count: 2,
          message: 'row 2, column "mass": Expected at least 2700.5 and at most 6300, found 9000 (and 1 more such row).',
        },
      ],
    })
    const late = columnFrom('datetime', [new Date('2008-01-01'), new Date('2030-01-01'), null])
    expect(check('seen', late).warnings[0]!.message).toBe(
      'row 2, column "seen": Expected at least 2007-11-11T00:00:00.000Z and at most 2009-11-16T00:00:00.000Z, ' +
        'found 2030-01-01T00:00:00.000Z.',
    )
  })

  it('names the only bound there is', () => {
    const open: TableSchema = { version: 1, columns: [{ name: 'mass', type: 'double', required: true, max: 6000 }] }
    expect(checkSchema(reference.select('mass'), open).warnings[0]!.message).toBe(
      'row 2, column "mass": Expected at most 6000, found 6300.',
    )
  })

  it('warns of columns the schema does not have', () => {
    expect(check('island', columnFrom('string', ['a', 'b', 'c']))).toEqual({
      problems: [],
      warnings: [{ kind: 'extraColumn', column: 'island', message: 'column "island": The schema has no such column.' }],
    })
  })

  it('begins messages with the file when it is known', () => {
    const { problems } = checkSchema(reference.drop('mass'), schema, { file: 'new.csv' })
    expect(problems[0]!.message).toMatch(/^new\.csv, column "mass": /)
  })
})

describe('requireSchema', () => {
  it('throws with all problems listed', () => {
    const table = three.drop('year').withColumn('species', columnFrom('string', ['Adelie', null, 'Chinstrap']))
    const attempt = (): unknown => requireSchema(table, schema, { file: 'new.csv' })
    expect(attempt).toThrow(DataError)
    expect(attempt).toThrow(expect.objectContaining({ code: 'SCHEMA_MISMATCH', location: { file: 'new.csv' } }))
    expect(attempt).toThrow(
      [
        'new.csv: The data does not fit its schema: 3 problems.',
        '- row 2, column "species": A value is missing, but the schema requires one in every row.',
        '- row 3, column "species": Expected one of "Adelie", "Gentoo", found "Chinstrap".',
        '- column "year": The column is missing; expected one of type long.',
        'Mend the data, or write a new schema if the change is meant.',
      ].join('\n'),
    )
  })

  it('returns the warnings of a table that fits', () => {
    const table = reference.withColumn('mass', columnFrom('double', [3000, 9000]))
    expect(requireSchema(table, schema).map(({ kind }) => kind)).toEqual(['outOfRange'])
    expect(requireSchema(reference, schema)).toEqual([])
  })
})
