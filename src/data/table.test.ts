import { describe, expect, expectTypeOf, it } from 'vitest'
import { columnFrom, type ColumnType, Table } from './index.ts'

const penguins = Table.fromColumns({
  species: columnFrom('string', ['Adelie', 'Gentoo', null, 'Adelie']),
  mass: columnFrom('double', [3750.5, null, 3250, NaN]),
  year: columnFrom('long', [2007, 2008, null, 2009]),
  female: columnFrom('boolean', [true, false, null, true]),
  egg: columnFrom('datetime', [new Date('2007-11-11'), null, new Date('2007-11-16'), new Date(0)]),
})

describe('Table', () => {
  it('knows its size, names and types', () => {
    expect(penguins.rowCount).toBe(4)
    expect(penguins.columnNames).toEqual(['species', 'mass', 'year', 'female', 'egg'])
    expect(penguins.types).toEqual({
      species: 'string',
      mass: 'double',
      year: 'long',
      female: 'boolean',
      egg: 'datetime',
    })
    expect(penguins.has('mass')).toBe(true)
    expect(penguins.has('toString')).toBe(false)
  })

  it('gives numbers with NaN for missing, whatever the numeric type', () => {
    expect(penguins.numbers('mass')).toEqual(Float64Array.of(3750.5, NaN, 3250, NaN))
    expect(penguins.numbers('year')).toEqual(Float64Array.of(2007, 2008, NaN, 2009))
    expect(penguins.numbers('female')).toEqual(Float64Array.of(1, 0, NaN, 1))
    expect(penguins.numbers('egg')).toEqual(Float64Array.of(Date.UTC(2007, 10, 11), NaN, Date.UTC(2007, 10, 16), 0))
  })

  it('gives text with null for missing, whatever the type', () => {
    expect(penguins.strings('species')).toEqual(['Adelie', 'Gentoo', null, 'Adelie'])
    expect(penguins.strings('mass')).toEqual(['3750.5', null, '3250', null])
    expect(penguins.strings('female')).toEqual(['true', 'false', null, 'true'])
    expect(penguins.strings('egg')[3]).toBe('1970-01-01T00:00:00.000Z')
  })

  it('refuses to read strings as numbers', () => {
    // @ts-expect-error a string column has no numbers
    expect(() => penguins.numbers('species')).toThrow('Column "species" holds strings')
  })

  it('lists the columns when one is asked for that does not exist', () => {
    const untyped: Table = penguins
    expect(() => untyped.column('weight')).toThrow(
      'There is no column "weight". The table has: species, mass, year, female, egg.',
    )
    // @ts-expect-error the name is not in the type
    expect(() => penguins.column('weight')).toThrow('weight')
    expect(() => Table.fromColumns({}).column('a' as never)).toThrow('The table has no columns.')
  })

  it('counts missing values of every type', () => {
    expect(penguins.columnNames.map((name) => penguins.missingCount(name))).toEqual([1, 2, 1, 1, 1])
  })

  it('returns a new table from every change and leaves the old one alone', () => {
    const changed = penguins
      .select('mass', 'species')
      .withColumn('island', columnFrom('string', ['a', 'b', 'c', 'd']))
      .rename({ mass: 'body_mass' })
      .drop('species')
    expect(changed.types).toEqual({ body_mass: 'double', island: 'string' })
    expect(changed.columnNames).toEqual(['body_mass', 'island'])
    expect(penguins.columnNames).toEqual(['species', 'mass', 'year', 'female', 'egg'])
  })

  it('replaces a column in its place', () => {
    const changed = penguins.withColumn('mass', columnFrom('long', [1, 2, 3, 4]))
    expect(changed.columnNames[1]).toBe('mass')
    expect(changed.types.mass).toBe('long')
  })

  it('takes rows in the given order, more than once if asked', () => {
    expect(penguins.take([3, 0, 0]).strings('species')).toEqual(['Adelie', 'Adelie', 'Adelie'])
    expect(penguins.take(Uint32Array.of(1, 2)).toRecords()).toEqual([
      { species: 'Gentoo', mass: null, year: 2008, female: false, egg: null },
      { species: null, mass: 3250, year: null, female: null, egg: new Date('2007-11-16') },
    ])
    expect(() => penguins.take([4])).toThrow('Row 4 does not exist: the table has 4 rows')
    expect(() => penguins.take([-1])).toThrow('Row -1')
  })

  it('slices as Array.slice does', () => {
    expect(penguins.slice(1, 3).numbers('year')).toEqual(Float64Array.of(2008, NaN))
    expect(penguins.slice(-1).numbers('year')).toEqual(Float64Array.of(2009))
    expect(penguins.slice(0, 0).rowCount).toBe(0)
  })

  it('puts tables one below the other, joining their dictionaries', () => {
    const other = penguins.take([1, 0])
    const both = Table.concat([penguins, other])
    expect(both.toRecords()).toEqual([...penguins.toRecords(), ...other.toRecords()])
    expect(both.column('species').categories).toEqual(['Adelie', 'Gentoo'])
  })

  it('names the column that keeps tables from being joined', () => {
    const other: Table = penguins.withColumn('year', columnFrom('string', ['a', 'b', 'c', 'd']))
    expect(() => Table.concat<Record<string, ColumnType>>([penguins, other])).toThrow(
      'concat: column "year" is string in table 2 and long in the first.',
    )
    expect(() => Table.concat([])).toThrow('at least one table')
  })

  it('refuses columns of different lengths and two of one name', () => {
    const one = columnFrom('long', [1])
    const two = columnFrom('long', [1, 2])
    expect(() => Table.fromColumns({ one, two })).toThrow('Column "two" has 2 rows, but the first column has 1.')
    const twice = [
      ['a', one],
      ['a', one],
    ] as const
    expect(() => Table.fromColumns(twice)).toThrow('Two columns are called "a"')
    expect(() => penguins.rename({ mass: 'year' })).toThrow('Two columns are called "year"')
  })

  it('keeps the order of columns whose names are numbers', () => {
    const one = columnFrom('long', [1])
    const table = Table.fromColumns([
      ['10', one],
      ['2', one],
    ])
    expect(table.columnNames).toEqual(['10', '2'])
  })

  it('lets its type follow what is done to it', () => {
    expectTypeOf(penguins.column('species').codes).toEqualTypeOf<Int32Array>()
    expectTypeOf(penguins.select('mass').types).toEqualTypeOf<Readonly<{ mass: 'double' }>>()
    expectTypeOf(penguins.rename({ mass: 'weight' }).column('weight').type).toEqualTypeOf<'double'>()
    expectTypeOf(penguins.select('mass', 'egg').toRecords()).toEqualTypeOf<
      { mass: number | null; egg: Date | null }[]
    >()
  })
})

describe('Table.fromRecords', () => {
  it('finds the types from the values', () => {
    const table = Table.fromRecords([
      { whole: 1, real: 1, flag: true, text: 'a', day: new Date(0), nothing: null },
      { whole: 2, real: 1.5, flag: null, text: undefined, day: null },
    ])
    expect(table.types).toEqual({
      whole: 'long',
      real: 'double',
      flag: 'boolean',
      text: 'string',
      day: 'datetime',
      nothing: 'double',
    })
  })

  it('gives back the records it was made from', () => {
    const records = [
      { a: 1, b: 'x' },
      { a: null, b: 'y' },
    ]
    expect(Table.fromRecords(records).toRecords()).toEqual(records)
  })

  it('takes only the columns it was given types for', () => {
    const table = Table.fromRecords([{ a: 1, b: 'x' }, {}], { a: 'double' })
    expectTypeOf(table.types).toEqualTypeOf<Readonly<{ readonly a: 'double' }>>()
    expect(table.types).toEqual({ a: 'double' })
    expect(table.numbers('a')).toEqual(Float64Array.of(1, NaN))
  })

  it('names the row and the column of a value that does not fit', () => {
    expect(() => Table.fromRecords([{ a: 1 }, { a: 'x' }])).toThrow(
      'row 2, column "a": Expected a whole number of at most 2^53, found "x".',
    )
    expect(() => Table.fromRecords([{ a: 1.5 }], { a: 'long' })).toThrow('row 1, column "a"')
    expect(() => Table.fromRecords([{ a: [1] }])).toThrow('Flatten nested values')
  })

  it('makes an empty table of no records', () => {
    expect(Table.fromRecords([]).rowCount).toBe(0)
    expect(Table.fromRecords([], { a: 'string' }).columnNames).toEqual(['a'])
  })
})
