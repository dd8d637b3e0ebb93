import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readJsonl, type ReadJsonlOptions, type Table } from './index.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-jsonl-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function read(content: string | Uint8Array, options?: ReadJsonlOptions): Promise<Table> {
  const path = join(folder, 'records.jsonl')
  await writeFile(path, content)
  return readJsonl(path, options)
}

describe('readJsonl', () => {
  it('reads one record a line, with missing keys, blank lines and any line ending', async () => {
    const table = await read('{"a":1,"b":"x"}\r\n\n{"b":"y","c":true}\n{"a":2.5}')
    expect(table.toRecords()).toEqual([
      { a: 1, b: 'x', c: null },
      { a: null, b: 'y', c: true },
      { a: 2.5, b: null, c: null },
    ])
    expect(table.types).toEqual({ a: 'double', b: 'string', c: 'boolean' })
  })

  it('reads text as datetime only when all of it is', async () => {
    expect((await read('{"t":"2024-05-01"}\n{"t":null}\n')).types).toEqual({ t: 'datetime' })
    expect((await read('{"t":"2024-05-01"}\n{"t":"soon"}\n')).strings('t')).toEqual(['2024-05-01', 'soon'])
    expect((await read('{"t":"2024-05-01"}\n', { types: { t: 'string' } })).strings('t')).toEqual(['2024-05-01'])
  })

  it('reads only the columns asked for', async () => {
    expect((await read('{"a":1,"b":{"c":1}}\n', { columns: ['a'] })).toRecords()).toEqual([{ a: 1 }])
    await expect(read('{"a":1}\n', { columns: ['z'] })).rejects.toThrow('There is no column "z". The file has: a.')
  })

  it.each([
    ['a line that is no JSON', '{"a":1}\n{"a":\n', 'row 2: The line is not JSON'],
    ['a line that is no object', '{"a":1}\n[1,2]\n', 'row 2: Expected an object such as {"mass": 3750}, found [1,2].'],
    ['nested values', '{"a":1}\n{"a":{"b":1}}\n', 'row 2, column "a": Expected a whole number'],
    ['a column that mixes types', '{"a":1}\n{"a":"x"}\n', 'row 2, column "a": Expected a whole number'],
    ['an empty file', '', 'The file is empty'],
    ['binary content', 'PAR1', 'it looks like a Parquet file'],
    ['invalid UTF-8', Buffer.from('{"a":"x"}\n{"a":"é"}\n', 'latin1'), 'row 2: The line is not valid UTF-8'],
  ])('refuses %s', async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(message)
  })

  it('refuses a value that does not fit the type it is given', async () => {
    await expect(read('{"a":1}\n{"a":1.5}\n', { types: { a: 'long' } })).rejects.toThrow('row 2, column "a"')
    await expect(read('{"a":"soon"}\n', { types: { a: 'datetime' } })).rejects.toThrow('Expected a valid Date')
  })
})
