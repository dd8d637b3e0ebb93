import { gzipSync } from 'node:zlib'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import type { DataError } from '../../core/index.ts'
import { columnFrom } from '../column.ts'
import { readCsv, type ReadCsvOptions, requireRows, type Table } from '../index.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-csv-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let files = 0
async function file(content: string | Uint8Array, ending = 'csv'): Promise<string> {
  const path = join(folder, `${files++}.${ending}`)
  await writeFile(path, content)
  return path
}

async function read(content: string | Uint8Array, options?: ReadCsvOptions): Promise<Table> {
  return readCsv(await file(content), options)
}

async function failure(content: string | Uint8Array, options?: ReadCsvOptions): Promise<DataError> {
  const path = await file(content)
  const error = await readCsv(path, options).then(
    () => undefined,
    (thrown: unknown) => thrown as DataError,
  )
  expect(error?.code).toBe('INVALID_DATA')
  expect(error?.message.startsWith(path)).toBe(true)
  return error!
}

describe('readCsv', () => {
  it('finds the types of the columns', async () => {
    const table = await read(
      'whole,real,flag,day,text,none\n1,1,true,2024-05-01,a,\n-2,2.5,False,2024-05-01T12:00:00Z,b,NA\n',
    )
    expect(table.types).toEqual({
      whole: 'long',
      real: 'double',
      flag: 'boolean',
      day: 'datetime',
      text: 'string',
      none: 'double',
    })
    expect(table.toRecords()[1]).toEqual({
      whole: -2,
      real: 2.5,
      flag: false,
      day: new Date('2024-05-01T12:00:00Z'),
      text: 'b',
      none: null,
    })
  })

  it('reads quoted delimiters, quotes and line breaks', async () => {
    const table = await read('a,"b ""c"""\r\n"x, ""y""\r\nz",1\r\n"",2\r\n')
    expect(table.columnNames).toEqual(['a', 'b "c"'])
    expect(table.strings('a')).toEqual(['x, "y"\r\nz', ''])
  })

  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('reads lines ending in %s, passing over blank ones', async (_, end) => {
    const table = await read(['', 'a,b', '1,x', '', '2,y'].join(end))
    expect(table.toRecords()).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
    ])
  })

  it('keeps a quote inside an unquoted value', async () => {
    expect((await read('size\n5" pipe\n')).strings('size')).toEqual(['5" pipe'])
  })

  it.each([
    ['semicolon', 'a;b\n1,5;x\n2,5;y\n'],
    ['tab', 'a\tb\n1,5\tx\n2,5\ty\n'],
    ['pipe', 'a|b\n1,5|x\n2,5|y\n'],
    ['quoted semicolon', '"a";"b"\n"1,5";"x"\n"2,5";"y"\n'],
  ])('finds out that the delimiter is a %s', async (_, content) => {
    expect((await read(content)).toRecords()).toEqual([
      { a: '1,5', b: 'x' },
      { a: '2,5', b: 'y' },
    ])
  })

  it('takes the delimiter it is given', async () => {
    expect((await read('a:b\n1:2\n', { delimiter: ':' })).toRecords()).toEqual([{ a: 1, b: 2 }])
    await expect(read('a,b\n', { delimiter: ',,' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('reads a file of one column', async () => {
    expect((await read('a\n1\n2\n')).toRecords()).toEqual([{ a: 1 }, { a: 2 }])
  })

  it('trims names and numbers but not text', async () => {
    expect((await read('a, b ,c\n 1 ,\t2.5, x \n, NA ,y\n')).toRecords()).toEqual([
      { a: 1, b: 2.5, c: ' x ' },
      { a: null, b: null, c: 'y' },
    ])
  })

  it('names columns itself or as told when there is no header', async () => {
    expect((await read('1,x\n2,y\n', { header: false })).toRecords()[0]).toEqual({ column_1: 1, column_2: 'x' })
    expect((await read('1,x\n2,y\n', { header: ['a', 'b'] })).toRecords()).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
    ])
    expect((await failure('1,x\n', { header: ['a'] })).message).toContain('names 1 columns, but the first row has 2')
  })

  it('takes the usual words for missing, and other words if told', async () => {
    const words = 'a,b\n1,x\nNA,N/A\nNaN,nan\nnull,NULL\nNone,<NA>\n#N/A,\n'
    const table = await read(words)
    expect([table.types, table.missingCount('a'), table.missingCount('b')]).toEqual([{ a: 'long', b: 'string' }, 5, 5])
    const other = await read('a,b\n1,NA\n-,?\n', { missing: ['-', '?'] })
    expect(other.toRecords()).toEqual([
      { a: 1, b: 'NA' },
      { a: null, b: null },
    ])
  })

  it('takes a word for missing that could be a value', async () => {
    const options = { missing: ['-999', 'inf', 'false', '1970-01-01'] }
    const table = await read(
      'whole,real,flag,day\n-999,inf,false,1970-01-01\n1,1.5,true,2024-05-01\n -999 ,-999,false,1970-01-01\n',
      options,
    )
    expect(table.types).toEqual({ whole: 'long', real: 'double', flag: 'boolean', day: 'datetime' })
    expect(table.columnNames.map((name) => table.missingCount(name))).toEqual([2, 2, 2, 2])
  })

  it('numbers texts in order of appearance, also when there are very many', async () => {
    const texts = Array.from({ length: 60_000 }, (_, i) =>
      i % 50 === 49 ? ['', 'NA', '"NA"', '""'][i % 4]! : `é${i % 50_000}`,
    )
    const table = await read(`a,b\n${texts.map((text, i) => `${text},${i}`).join('\n')}\n`)
    expect(table.rowCount).toBe(60_000)
    const values = texts.map((text) => (text === '' || text === 'NA' ? null : text.replaceAll('"', '')))
    expect(table.slice(59_000).strings('a')).toEqual(values.slice(59_000))
    expect(table.column('a')).toEqual(columnFrom('string', values))
  })

  it('never takes quoted text for missing in a column of text', async () => {
    expect((await read('a,n\n"NA","1"\n"","NA"\nNA,""\nx,2\n')).toRecords()).toEqual([
      { a: 'NA', n: 1 },
      { a: '', n: null },
      { a: null, n: null },
      { a: 'x', n: 2 },
    ])
  })

  it('keeps the exact text of a column that turns out not to be numbers, even very late', async () => {
    const rows = Array.from({ length: 60_000 }, (_, row) => `00${row % 10},1.10,true,2024-05-01,${row}`)
    const table = await read(`zip,price,flag,day,id\n${rows.join('\n')}\nA-1,n.a.,maybe,soon,9\n`)
    expect(table.types).toEqual({ zip: 'string', price: 'string', flag: 'string', day: 'string', id: 'long' })
    expect(table.slice(7, 8).toRecords()).toEqual([
      { zip: '007', price: '1.10', flag: 'true', day: '2024-05-01', id: 7 },
    ])
    expect(table.slice(-1).toRecords()).toEqual([{ zip: 'A-1', price: 'n.a.', flag: 'maybe', day: 'soon', id: 9 }])
  })

  it('finds the type of a column that begins with a long stretch of missing values', async () => {
    const rows = Array.from({ length: 60_000 }, () => ',"",filler filler')
    const table = await read(`a,b,c\n${rows.join('\n')}\n1.5,x,y\n`)
    expect(table.types).toEqual({ a: 'double', b: 'string', c: 'string' })
    expect(table.missingCount('a')).toBe(60_000)
    expect(table.missingCount('b')).toBe(0)
  })

  it('widens whole numbers to double when decimals come late', async () => {
    const rows = Array.from({ length: 60_000 }, (_, row) => String(row))
    const table = await read(`a\n${rows.join('\n')}\n0.5\n`)
    expect(table.types).toEqual({ a: 'double' })
    expect(table.numbers('a').slice(-2)).toEqual(Float64Array.of(59_999, 0.5))
  })

  it('reads whole numbers too large to be exact as text, unless others have decimals', async () => {
    const table = await read('id,mass\n12345678901234567890,12345678901234567890\n7,0.5\n')
    expect(table.toRecords()[0]).toEqual({ id: '12345678901234567890', mass: 12345678901234567000 })
  })

  it('reads rows that lie across blocks, one longer than a block too', async () => {
    const long = 'é'.repeat(400_000)
    const rows = Array.from({ length: 20_000 }, (_, row) => `${row},"text, ""${row}"" ü"`)
    const table = await read(`id,text\n${rows.join('\r\n')}\r\n-1,${long}\r\n`)
    expect(table.rowCount).toBe(20_001)
    const texts = table.strings('text')
    expect(texts.every((text, row) => row === 20_000 || text === `text, "${row}" ü`)).toBe(true)
    expect(texts[20_000]).toBe(long)
  })

  it('reads only the columns asked for, in that order', async () => {
    expect((await read('a,b,c\n1,2,3\n', { columns: ['c', 'a'] })).toRecords()).toEqual([{ c: 3, a: 1 }])
    await expect(read('a,b\n1,2\n', { columns: ['y', 'a'], types: { z: 'string' } })).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining('There is no column "y", "z". The file has: a, b.') as string,
    })
  })

  it('gives a typed table when told the types', async () => {
    const path = await file('zip,mass,ok\n007,1,TRUE\n')
    const table = await readCsv(path, { columns: { zip: 'string', mass: 'double' } })
    expectTypeOf(table).toEqualTypeOf<Table<{ zip: 'string'; mass: 'double' }>>()
    expect(table.toRecords()).toEqual([{ zip: '007', mass: 1 }])
  })

  it('takes the types of some columns and finds the others', async () => {
    expect((await read('zip,mass\n007,1\n', { types: { zip: 'string' } })).types).toEqual({
      zip: 'string',
      mass: 'long',
    })
  })

  it('gives a table without rows for a header alone, which requireRows refuses', async () => {
    const table = await read('a,b\n')
    expect([table.rowCount, table.columnNames]).toEqual([0, ['a', 'b']])
    expect(() => requireRows(table, 'x.csv')).toThrow('x.csv: There are no data rows')
    expect((await read('a,b')).rowCount).toBe(0)
  })

  it('unpacks files whose name ends in .gz', async () => {
    const table = await readCsv(await file(gzipSync('a,b\n1,x\n'), 'csv.gz'))
    expect(table.toRecords()).toEqual([{ a: 1, b: 'x' }])
    await expect(readCsv(await file('a,b\n', 'csv.gz'))).rejects.toThrow('Cannot be unpacked as gzip')
  })

  it.each([
    ['UTF-8 with a mark', Buffer.from('\ufeffname,n\nJosé,1\n')],
    ['UTF-16 with a mark', Buffer.from('\ufeffname,n\nJosé,1\n', 'utf16le')],
    ['big-endian UTF-16 with a mark', Buffer.from('\ufeffname,n\nJosé,1\n', 'utf16le').swap16()],
    ['UTF-16 without a mark', Buffer.from('name,n\nJosé,1\n', 'utf16le')],
    ['big-endian UTF-16 without a mark', Buffer.from('name,n\nJosé,1\n', 'utf16le').swap16()],
  ])('recognises %s', async (_, content) => {
    expect((await read(content)).toRecords()).toEqual([{ name: 'José', n: 1 }])
  })

  it.each([
    ['latin1', Buffer.from('name\nJosé\n', 'latin1')],
    ['windows-1252', Buffer.from('name\nJosé\n', 'latin1')],
    ['utf-16le', Buffer.from('name\nJosé\n', 'utf16le')],
    ['utf-16be', Buffer.from('name\nJosé\n', 'utf16le').swap16()],
  ] as const)('reads %s when told', async (encoding, content) => {
    expect((await read(content, { encoding })).strings('name')).toEqual(['José'])
  })

  it.skipIf(process.platform !== 'linux')('says so when the disk fails', async () => {
    const link = join(folder, 'unreadable.csv')
    await symlink('/proc/self/mem', link)
    await expect(readCsv(link)).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      message: expect.stringContaining(link) as string,
    })
  })
})

describe('readCsv refuses', () => {
  it('a path where no file is, or a folder', async () => {
    await expect(readCsv(join(folder, 'none.csv'))).rejects.toThrow('There is no such file')
    await expect(readCsv(join(await file('x'), 'in.csv'))).rejects.toThrow('a part of the path is a file')
    await mkdir(join(folder, 'sub.csv'))
    await expect(readCsv(join(folder, 'sub.csv'))).rejects.toThrow('This is a folder. Name a file in it.')
  })

  it('a file with nothing in it', async () => {
    expect((await failure('')).message).toContain('The file is empty')
    expect((await failure('\n\n')).message).toContain('only blank lines')
  })

  it.each([
    ['a zip archive or an Excel workbook', 'PK\x03\x04....'],
    ['a gzip file', gzipSync('a,b\n')],
    ['readParquet', 'PAR1....'],
    ['NUL bytes', 'a,b\n\0\0\0,1\n'],
    ['"utf-16be"', 'a,b\n1\0,2\n'],
    ['option encoding', Buffer.from(Int16Array.of(3, 10, 1, 500).buffer)],
  ])('binary content, saying it looks like %s', async (words, content) => {
    expect((await failure(content)).message).toContain(words)
  })

  it('a NUL byte or invalid UTF-8 further on, naming the row', async () => {
    const rows = 'x,y\n'.repeat(2000)
    const nul = await failure(`a,b\n${rows}x,\0\n`)
    expect(nul.location.row).toBe(2001)
    const latin = await failure(Buffer.from(`a,b\n${rows}x,José\n`, 'latin1'))
    expect(latin.location.row).toBe(2001)
    expect(latin.message).toContain('not valid UTF-8. Set the option encoding')
    expect((await failure(Buffer.from('é\n1\n', 'latin1'))).message).toContain('The name of column 1 is not UTF-8')
  })

  it('a row with a field too many or too few', async () => {
    const few = await failure('a,b,c\n1,2,3\n1,2\n1,2,3\n')
    expect(few.location.row).toBe(2)
    expect(few.message).toContain('row 2: Expected 3 fields, found 2. Check for a delimiter inside a value')
    expect((await failure('a,b\n1,2\n\n1,2,3\n')).message).toContain('row 2: Expected 2 fields, found 3')
    const later = `${'1,2\n'.repeat(100_000)}1\n1,2\n`
    expect((await failure(`a,b\n${later}`)).location.row).toBe(100_001)
  })

  it('a last row that is cut off', async () => {
    expect((await failure('a,b,c\n1,2,3\n1,2')).message).toContain('the file may be cut off')
  })

  it('a quote that never ends, and text after one', async () => {
    const open = await failure('a,b\n1,"x\n2,y\n')
    expect(open.location).toMatchObject({ row: 1, column: 'b' })
    expect(open.message).toContain('never ends')
    const after = await failure('a,b\n1,x\n2,"y"z\n')
    expect(after.location).toMatchObject({ row: 2, column: 'b' })
    expect(after.message).toContain('text after the closing quote')
    expect((await failure('"a,b\n1,2\n')).message).toContain('never ends')
  })

  it('names that are empty or not unique', async () => {
    expect((await failure('a,,c\n1,2,3\n')).message).toContain('Column 2 of the header has no name')
    expect((await failure('a,b,a\n1,2,3\n')).message).toContain('Columns 1 and 3 share a name')
  })

  it.each([
    ['long', '1.5', 'a whole number of at most 2^53 (long), found "1.5"'],
    ['double', 'abc', 'a number (double), found "abc"'],
    ['boolean', 'maybe', 'true or false (boolean), found "maybe"'],
    ['datetime', '2024-02-30', '(datetime), found "2024-02-30"'],
  ] as const)('a value that is no %s, naming its place', async (type, text, words) => {
    const error = await failure(`a,b\n,x\n${text},y\n`, { columns: { a: type } })
    expect(error.location).toMatchObject({ row: 2, column: 'a' })
    expect(error.message).toContain(words)
  })
})
