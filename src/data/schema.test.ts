import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MillraceError } from '../core/index.ts'
import { checkSchema, columnFrom, inferSchema, readSchema, Table, writeSchema } from './index.ts'

const penguins = Table.fromColumns({
  species: columnFrom('string', ['Gentoo', 'Adelie', 'Gentoo']),
  sex: columnFrom('string', ['MALE', null, 'FEMALE']),
  mass: columnFrom('double', [3750.5, 3250, NaN]),
  year: columnFrom('long', [2009, 2007, 2008]),
  banded: columnFrom('boolean', [true, false, true]),
  seen: columnFrom('datetime', [new Date(2000), new Date(1000), null]),
})

const differentTexts = (count: number): Table =>
  Table.fromRecords(Array.from({ length: count }, (_, i) => ({ text: `value ${i}` })))

describe('inferSchema', () => {
  it('gives types, what is required, sorted categories and ranges', () => {
    expect(inferSchema(penguins)).toEqual({
      version: 1,
      columns: [
        { name: 'species', type: 'string', required: true, categories: ['Adelie', 'Gentoo'] },
        { name: 'sex', type: 'string', required: false, categories: ['FEMALE', 'MALE'] },
        { name: 'mass', type: 'double', required: false, min: 3250, max: 3750.5 },
        { name: 'year', type: 'long', required: true, min: 2007, max: 2009 },
        { name: 'banded', type: 'boolean', required: true },
        { name: 'seen', type: 'datetime', required: false, min: 1000, max: 2000 },
      ],
    })
  })

  it('lists categories only where there are few', () => {
    expect(inferSchema(differentTexts(20)).columns[0]!.categories).toHaveLength(20)
    expect(inferSchema(differentTexts(21)).columns[0]).toEqual({ name: 'text', type: 'string', required: true })
    expect(inferSchema(differentTexts(3), { maxCategories: 2 }).columns[0]).not.toHaveProperty('categories')
  })

  it('leaves out categories that no row has', () => {
    expect(inferSchema(penguins.slice(0, 1)).columns[0]!.categories).toEqual(['Gentoo'])
  })

  it('requires and limits nothing when there are no rows', () => {
    expect(inferSchema(penguins.slice(0, 0)).columns).toEqual(
      Object.entries(penguins.types).map(([name, type]) => ({ name, type, required: false })),
    )
  })

  it('sets no bound where a column is infinite', () => {
    const table = Table.fromColumns({ mass: columnFrom('double', [-Infinity, 1, 2]) })
    expect(inferSchema(table).columns[0]).toEqual({ name: 'mass', type: 'double', required: true, max: 2 })
  })

  it('is fitted by its own table and any rows of it, also after a round trip through JSON', () => {
    const row = fc.record({
      text: fc.option(fc.string()),
      number: fc.option(fc.double()),
      whole: fc.option(fc.maxSafeInteger()),
      flag: fc.option(fc.boolean()),
      time: fc.option(fc.date({ noInvalidDate: true })),
    })
    const types = { text: 'string', number: 'double', whole: 'long', flag: 'boolean', time: 'datetime' } as const
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), fc.nat(30), (rows, start) => {
        const table = Table.fromRecords(rows, types)
        const schema = JSON.parse(JSON.stringify(inferSchema(table))) as ReturnType<typeof inferSchema>
        expect(checkSchema(table, schema)).toEqual({ problems: [], warnings: [] })
        expect(checkSchema(table.slice(start), schema)).toEqual({ problems: [], warnings: [] })
      }),
    )
  })
})

describe('writeSchema and readSchema', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-schema-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('keep the schema beside the data, and replace it', async () => {
    const file = join(folder, 'penguins.csv')
    expect(await readSchema(file)).toBeUndefined()
    await writeSchema(file, inferSchema(penguins.select('mass')))
    const path = await writeSchema(file, inferSchema(penguins))
    expect(path).toBe(`${file}.schema.json`)
    expect(await readSchema(file)).toEqual(inferSchema(penguins))
    expect(await readSchema(path)).toEqual(inferSchema(penguins))
    expect(await readdir(folder)).toEqual(['penguins.csv.schema.json'])
    expect(await readFile(path, 'utf8')).toContain('\n      "name": "species",\n')
  })

  it.each([
    ['no JSON', '{', 'is not valid JSON'],
    ['another version', '{"version": 2, "columns": []}', '"version"'],
    [
      'an unknown type',
      '{"version": 1, "columns": [{"name": "a", "type": "float", "required": true}]}',
      '"columns.0.type"',
    ],
    ['a misspelt key', '{"version": 1, "columns": [{"name": "a", "type": "long", "require": true}]}', '"require"'],
  ])('refuse a file with %s, naming it and the key', async (_, text, part) => {
    const path = join(folder, 'data.csv.schema.json')
    await writeFile(path, text)
    const error: unknown = await readSchema(join(folder, 'data.csv')).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(MillraceError)
    expect(error).toMatchObject({ code: 'INVALID_DATA' })
    expect(String(error)).toContain(path)
    expect(String(error)).toContain(part)
  })
})
