import { execFile } from 'node:child_process'
import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digest, type ReadCsvOptions, type Table } from '../index.ts'
import { ChunkReader } from './chunk-reader.ts'
import { Kernel } from './kernel.ts'
import type { Threading } from './open-rows.ts'
import { type ReadAheadTask, ReadAheadThread } from './read-ahead.ts'
import { readCsvThreaded } from './read-csv.ts'

const alone: Threading = { minBytes: Infinity, chunkBytes: 64, patienceMs: 0, awaitsStart: false }
/** The second thread takes part, even in small files, as much as it can. */
const together: Threading = { minBytes: 0, chunkBytes: 64, patienceMs: 1000, awaitsStart: true }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-threads-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let files = 0
async function file(content: string | Uint8Array): Promise<string> {
  const path = join(folder, `${files++}.csv`)
  await writeFile(path, content)
  return path
}

/** What reading comes to, to the bit: the table or the error. */
async function outcome(path: string, options: ReadCsvOptions, threading: Threading): Promise<unknown> {
  return readCsvThreaded(path, options, threading).then(
    (table) => ({ types: table.types, digest: digest(table), columns: bits(table) }),
    (error: unknown) => ({ error: String(error) }),
  )
}

function bits(table: Table): unknown[] {
  return table.columnNames.map((name) => {
    const column = table.column(name)
    if (column.type === 'string') return [column.codes, column.categories]
    const { buffer, byteOffset, byteLength } = column.values
    return new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength))
  })
}

async function expectSame(
  content: string | Uint8Array,
  options: ReadCsvOptions = {},
  threading: Partial<Threading> = {},
): Promise<unknown> {
  const path = await file(content)
  const expected = await outcome(path, options, alone)
  expect(await outcome(path, options, { ...together, ...threading })).toEqual(expected)
  return expected
}

function rows(count: number, row: (index: number) => string, end = '\n'): string {
  return Array.from({ length: count }, (_, index) => row(index) + end).join('')
}

/** A row of two fields, the first of which is wrong in some rows and the second in the row 603. */
function bad(row: number, text: string): string {
  return `${row % 10 === 9 ? 'x' : row},${row === 603 ? text : '1'}`
}

describe('two threads read the same as one', () => {
  it.each([
    [
      'plain rows',
      `a,b,c,d,e\n${rows(500, (i) => `${i},${i / 7},name ${i % 9},${i % 2 === 0},2024-05-01T00:00:${10 + (i % 50)}`)}`,
    ],
    ['lines ending in CRLF', `a,b\r\n${rows(500, (i) => `${i},x${i}`, '\r\n')}`],
    ['lines ending in CR', `a,b\r${rows(500, (i) => `${i},x${i}`, '\r')}`],
    ['blank lines', `a,b\n${rows(500, (i) => `${i},x${i}${'\n'.repeat(i % 90)}`)}`],
    ['no line break at the end', `a,b\n${rows(500, (i) => `${i},x${i}`)}1,2`],
    ['a byte order mark', `\ufeffa,b\n${rows(500, (i) => `${i},x${i}`)}`],
    ['line breaks and quotes inside quotes', `a,b\n${rows(500, (i) => `${i},"one\n2,""two""\n\r\n${i}"`)}`],
    ['quotes that begin and end in other chunks', `a,b\n${rows(40, (i) => `${i},"${'1,2\n'.repeat(i * 3)}"`)}`],
    ['rows longer than a chunk', `a,b\n${rows(60, (i) => `${i},${'x'.repeat(i % 4 === 0 ? 20_000 : 7)}`)}`],
    ['missing words', `a,b,c\n${rows(500, (i) => (i % 3 === 0 ? 'NA,null,' : `${i},${i}.5,"NA"`))}`],
    ['a long stretch of missing values', `a,b,c\n${rows(500, () => ',"",x')}1.5,z,y\n`],
    ['a type that changes late', `a,b,c\n${rows(500, (i) => `00${i % 10},1.10,true`)}x-1,n.a.,maybe\n`],
    ['decimals that come late, beside a negative zero', `a\n${rows(300, () => '-0')}0.5\n${rows(300, () => '-0')}`],
    ['numbers written in other ways', `a,b\n${rows(500, (i) => (i % 40 === 0 ? '1e-3,+7' : ` ${i}.5 ,${i}`))}`],
    ['whole numbers that are too large', `a,b\n${rows(500, (i) => `${i},${i}`)}12345678901234567890,1\n`],
    ['no columns that repeat', `a,b\n${rows(3000, (i) => `user-${i},é${i % 1000}`)}`],
    ['more different texts than are numbered at once', `a,b\n${rows(40_000, (i) => `${i % 7},"user ${i % 39_000}"`)}`],
    ['a header alone', 'a,b\n'],
    [
      'a header longer than a chunk',
      `${rows(50, (i) => `column ${i}`, ',')}z\n${rows(99, () => `${'1,'.repeat(50)}2`)}`,
    ],
  ])('for %s', async (_, content) => {
    expect(await expectSame(content)).toHaveProperty('digest')
  })

  it.each([
    ['a ragged row', `a,b\n${rows(500, (i) => `${i},x`)}1,2,3\n${rows(500, (i) => `${i},x`)}`, 'row 501'],
    ['a last row that is cut off', `a,b\n${rows(500, (i) => `${i},x`)}1`, 'row 501'],
    ['a quote that never ends', `a,b\n${rows(500, (i) => `${i},x`)}1,"x\n${rows(500, (i) => `${i},x`)}`, 'row 501'],
    ['text after a quote', `a,b\n${rows(500, (i) => `${i},x`)}1,"x"y\n${rows(500, (i) => `${i},x`)}`, 'row 501'],
    ['a NUL byte', `a,b\n${rows(900, (i) => `${i},${i === 800 ? '\0' : 'x'}`)}`, 'row 801'],
  ])('for the error of %s', async (_, content, place) => {
    expect(await expectSame(content)).toMatchObject({ error: expect.stringContaining(place) })
  })

  it('for the error of a value that does not fit, and of bytes that are not UTF-8', async () => {
    const misfit = `a,b\n${rows(900, (i) => `${i === 600 ? 'x' : i},x`)}`
    const error = await expectSame(misfit, { types: { a: 'long' } })
    expect(error).toMatchObject({ error: expect.stringContaining('row 601, column "a"') })
    const latin = Buffer.from(`a,b\n${rows(900, (i) => `${i},${i === 600 ? 'é' : 'x'}`)}`, 'latin1')
    expect(await expectSame(latin)).toMatchObject({ error: expect.stringContaining('row 601') })
  })

  it('for the first of several errors, whatever its column', async () => {
    for (const text of ['x', '1,2', '\0']) {
      const content = `a,b\n${rows(900, (i) => (i < 600 ? '1000,1000' : bad(i, text)))}`
      const error = await expectSame(content, { types: { a: 'long', b: 'long' } })
      expect(error).toMatchObject({ error: expect.stringContaining('row 604') })
    }
  })

  it('for any table and any size of the chunks', async () => {
    const words = [
      '',
      'NA',
      '"NA"',
      '007',
      '1.5',
      '-0',
      '1e3',
      'true',
      '2024-05-01',
      '"a\n1,2,3"',
      '" ""q"" "',
      'é',
      'x y',
    ]
    const line = fc.tuple(fc.constantFrom(...words), fc.nat(99), fc.constantFrom(...words.slice(3, 7)))
    const breaks = fc.constantFrom('\n', '\r\n', '\n\n')
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(line, breaks), { minLength: 5, maxLength: 200 }),
        fc.integer({ min: 3, max: 200 }),
        async (lines, chunkBytes) => {
          const head = rows(20, (i) => `x,${i},1`)
          await expectSame(
            `a,b,c\n${head}${lines.map(([fields, end]) => fields.join(',') + end).join('')}`,
            {},
            { chunkBytes },
          )
        },
      ),
      { numRuns: 15 },
    )
  })
})

describe('the second thread', () => {
  const content = `a,b\n${rows(5000, (i) => `${i},x${i}`)}`

  /** How many batches there were, and how many of them the thread had read. */
  async function readWith(thread: ReadAheadThread, file: FileHandle): Promise<{ rows: number; ahead: number }> {
    const format = { delimiter: 44, fieldCount: 2 }
    const what = {
      file,
      start: 0,
      sizeBytes: content.length,
      format,
      chunkBytes: 500,
      overlapBytes: 100,
      patienceMs: 1000,
    }
    await using reader = new ChunkReader(thread, Kernel.create(), what)
    await reader.begun
    const found = { rows: 0, ahead: 0 }
    for (;;) {
      const tokens = await reader.next(format)
      if (tokens === undefined) return found
      found.rows += tokens.batch.rowCount
      if (tokens.batch.isReadAhead !== undefined) found.ahead++
    }
  }

  it('reads chunks that the first one uses, of one file after the other', async () => {
    await using opened = await open(await file(content))
    using thread = new ReadAheadThread()
    for (let time = 0; time < 2; time++) {
      const found = await readWith(thread, opened)
      expect(found.rows).toBe(5001)
      expect(found.ahead).toBeGreaterThan(0)
    }
  })

  it('is not missed when it has ended', async () => {
    await using opened = await open(await file(content))
    const thread = new ReadAheadThread()
    thread[Symbol.dispose]()
    expect(await readWith(thread, opened)).toEqual({ rows: 5001, ahead: 0 })
    expect(await readWith(thread, opened)).toEqual({ rows: 5001, ahead: 0 })
  })

  it('is not missed when it fails', async () => {
    await using opened = await open(await file(content))
    using thread = new ReadAheadThread()
    // Without memory it cannot work.
    await thread.run({} as unknown as ReadAheadTask).done
    expect(await readWith(thread, opened)).toEqual({ rows: 5001, ahead: 0 })
  })

  it('lets the process end, after an error too', async () => {
    const lines = `${'x'.repeat(99)},1\n`.repeat(200_000)
    const [good, bad] = [await file(`a,b\n${lines}`), await file(`a,b\n${lines}1\n${lines}`)]
    const script = `
      const { readCsv } = await import(${JSON.stringify(import.meta.resolve('../index.ts'))})
      console.log((await readCsv(${JSON.stringify(good)})).rowCount)
      await readCsv(${JSON.stringify(bad)}).catch((error) => console.log(error.location.row))
    `
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])
    expect(stdout).toBe('200000\n200001\n')
  })
})
