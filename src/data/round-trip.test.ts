import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { columnFrom, digest, readCsv, readTable, type RowOf, Table, writeCsv, writeTable } from './index.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-tables-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const types = { text: 'string', real: 'double', whole: 'long', flag: 'boolean', time: 'datetime' } as const

const cells = fc.record<RowOf<typeof types>>({
  text: fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', 'NA', ' x', '"', ',', '\r\n', '1'))),
  real: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
  whole: fc.option(fc.maxSafeInteger()),
  flag: fc.option(fc.boolean()),
  time: fc.option(fc.date({ noInvalidDate: true, min: new Date('0000-01-01T00:00Z'), max: new Date('9999-12-31') })),
})

describe.each(['csv', 'tsv', 'csv.gz', 'jsonl', 'jsonl.gz', 'parquet'])('a .%s file', (ending) => {
  it('gives back the table that was written', async () => {
    const path = join(folder, `any.${ending}`)
    await fc.assert(
      fc.asyncProperty(fc.array(cells, { minLength: 1, maxLength: 30 }), async (records) => {
        // NUL is no text, and a lone surrogate is no Unicode.
        fc.pre(records.every(({ text }) => text === null || (text.isWellFormed() && !text.includes('\0'))))
        const table = Table.fromRecords(records, types)
        await writeTable(path, table)
        const read = await readTable(path, { columns: types })
        expect(digest(read)).toBe(digest(table))
        expect(read.types).toEqual(types)
      }),
      { numRuns: 60 },
    )
  })

  it('gives back the types too, without being told', async () => {
    const path = join(folder, `types.${ending}`)
    const table = Table.fromColumns({
      text: columnFrom('string', ['a', null, 'b']),
      real: columnFrom('double', [1.5, 2, null]),
      whole: columnFrom('long', [1, null, 3]),
      flag: columnFrom('boolean', [true, false, null]),
      day: columnFrom('datetime', [new Date('2024-05-01'), null, new Date('2024-05-02')]),
    })
    await writeTable(path, table)
    expect((await readTable(path)).types).toEqual(table.types)
  })
})

describe('writeCsv', () => {
  it('writes what people expect to see', async () => {
    const path = join(folder, 'seen.csv')
    const table = Table.fromColumns({
      'a, b': columnFrom('string', ['x', '', null, 'say "hi"']),
      real: columnFrom('double', [1, 1e21, null, -0]),
      day: columnFrom('datetime', [new Date('2024-05-01'), null, null, new Date('2024-05-02')]),
      time: columnFrom('datetime', [new Date('2024-05-01T10:00Z'), null, null, new Date('2024-05-02')]),
    })
    await writeCsv(path, table, { delimiter: ';' })
    expect(await readFile(path, 'utf8')).toBe(
      'a, b;real;day;time\n' +
        'x;1.0;2024-05-01;2024-05-01T10:00:00.000Z\n' +
        '"";1e+21;;\n' +
        ';;;\n' +
        '"say ""hi""";-0.0;2024-05-02;2024-05-02T00:00:00.000Z\n',
    )
    expect(await readCsv(path)).toMatchObject({ rowCount: 4 })
  })

  it('keeps the rows of a single column that has missing values', async () => {
    const path = join(folder, 'single.csv')
    await writeCsv(path, Table.fromColumns({ a: columnFrom('long', [1, null, 3]) }))
    expect((await readCsv(path)).toRecords()).toEqual([{ a: 1 }, { a: null }, { a: 3 }])
  })

  it('leaves the old file when it cannot write the new one', async () => {
    const path = join(folder, 'kept.jsonl')
    await writeFile(path, '{"a":1}\n')
    const infinite = Table.fromColumns({ a: columnFrom('double', [1, Infinity]) })
    await expect(writeTable(path, infinite)).rejects.toThrow('row 2, column "a": JSON cannot hold an infinite number')
    expect(await readFile(path, 'utf8')).toBe('{"a":1}\n')
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([])
  })
})

describe('readTable', () => {
  it('names the endings it knows when it does not know one', async () => {
    await expect(readTable('a.xlsx')).rejects.toThrow('The format of a.xlsx is not known. Name it with one of .csv')
    await expect(writeTable('a', Table.fromColumns({}))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('reads CSV from standard input and removes its copy', async () => {
    const script = `
      const { readTable } = await import(${JSON.stringify(import.meta.resolve('./index.ts'))})
      console.log(JSON.stringify((await readTable('-')).toRecords()))
      await readTable('-').catch((error) => console.log(error.message))
    `
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    child.stdin.end('a,b\n1,x\n')
    const output = Buffer.concat(await child.stdout.toArray()).toString()
    expect(output).toBe('[{"a":1,"b":"x"}]\nstandard input: The file is empty, with not even column names.\n')
    expect((await readdir(folder)).filter((name) => name.startsWith('millrace-'))).toEqual([])
  })
})
