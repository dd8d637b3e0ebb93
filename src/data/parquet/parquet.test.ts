import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readParquet, writeParquet } from '../index.ts'

/** Written by pandas and pyarrow: test/reference/data.py. */
const recorded = join(import.meta.dirname, '../../../test/reference/data')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-parquet-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('readParquet', () => {
  it.each(['snappy', 'zstd', 'gzip', 'brotli', 'lz4', 'none'])('reads what pandas writes with %s', async (codec) => {
    const table = await readParquet(join(recorded, `${codec}.parquet`))
    expect(table.types).toEqual({
      whole: 'long',
      unsigned: 'long',
      single: 'double',
      text: 'string',
      flag: 'boolean',
      time: 'datetime',
      day: 'datetime',
      category: 'string',
      decimal: 'double',
    })
    const [first, second, third] = table.toRecords()
    expect(first).toEqual({
      whole: 1,
      unsigned: 0,
      single: 1.5,
      text: 'a',
      flag: true,
      time: new Date('2024-01-01T12:00:00.123Z'),
      day: new Date('2024-01-01'),
      category: 'x',
      decimal: 1.1,
    })
    expect(Object.values(second!).filter((value) => value === null)).toHaveLength(7)
    expect(third).toMatchObject({
      whole: 2 ** 53 - 1,
      unsigned: 2 ** 32 - 1,
      text: 'ü',
      time: new Date('1969-12-31T23:59:59Z'),
      day: new Date('1960-02-29'),
      decimal: -3.3,
    })
  })

  it('reads only the columns asked for, as other types where that loses nothing', async () => {
    const path = join(recorded, 'snappy.parquet')
    const table = await readParquet(path, { columns: { text: 'string', unsigned: 'double', whole: 'string' } })
    expect(table.columnNames).toEqual(['text', 'unsigned', 'whole'])
    expect(table.toRecords()[0]).toEqual({ text: 'a', unsigned: 0, whole: '1' })
    await expect(readParquet(path, { types: { text: 'double' } })).rejects.toThrow(
      'column "text": Expected double, but the file holds string.',
    )
    await expect(readParquet(path, { columns: ['z'] })).rejects.toThrow('There is no column "z". The file has: whole,')
  })

  it('gives an empty table for a file without rows', async () => {
    const table = await readParquet(join(recorded, 'no-rows.parquet'))
    expect([table.rowCount, table.types]).toEqual([0, { x: 'long' }])
  })

  it('names nested columns, and reads the others', async () => {
    const path = join(recorded, 'nested.parquet')
    await expect(readParquet(path)).rejects.toThrow('column "list": The column is nested (LIST)')
    await expect(readParquet(path, { columns: ['struct'] })).rejects.toThrow('column "struct": The column is nested')
    expect((await readParquet(path, { columns: ['x'] })).toRecords()).toEqual([{ x: 1 }, { x: 2 }])
  })

  it('refuses whole numbers beyond 2^53 unless they are read as text', async () => {
    const path = join(recorded, 'huge.parquet')
    await expect(readParquet(path)).rejects.toThrow('row 1, column "x": 1152921504606846976 is beyond 2^53')
    expect((await readParquet(path, { types: { x: 'string' } })).strings('x')).toEqual(['1152921504606846976', '2'])
  })

  it('refuses files that are missing, empty, cut off or of another kind', async () => {
    const path = join(folder, 'bad.parquet')
    await expect(readParquet(path)).rejects.toThrow('There is no such file')
    await expect(readParquet(folder)).rejects.toThrow('This is a folder')
    await writeFile(path, '')
    await expect(readParquet(path)).rejects.toThrow('The file is empty')
    await writeFile(path, 'a,b\n1,2\n')
    await expect(readParquet(path)).rejects.toThrow('This is no Parquet file: it does not begin with PAR1')
    const whole = await readFile(join(recorded, 'snappy.parquet'))
    await writeFile(path, whole.subarray(0, whole.length - 100))
    await expect(readParquet(path)).rejects.toThrow('It may be cut off')
    // The values are gone but the footer, which says where they are, is there.
    await writeFile(path, Buffer.concat([whole.subarray(0, 4), Buffer.alloc(200), whole.subarray(204)]))
    await expect(readParquet(path)).rejects.toMatchObject({ code: 'INVALID_DATA' })
  })

  it('reads back what writeParquet wrote over an older file', async () => {
    const path = join(folder, 'again.parquet')
    await copyFile(join(recorded, 'huge.parquet'), path)
    const table = await readParquet(join(recorded, 'zstd.parquet'))
    await writeParquet(path, table)
    expect((await readParquet(path)).toRecords()).toEqual(table.toRecords())
  })
})
