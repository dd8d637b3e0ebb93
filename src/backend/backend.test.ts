/** The backends of one machine, held to the contract, and what each does when its store fails. */
import { existsSync } from 'node:fs'
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backendContract } from '../../test/backend-contract.ts'
import { smallDisk, system } from '../../test/small-disk.ts'
import { Table } from '../data/index.ts'
import { backendFromEnvironment, backendOfFile, captureBy, fileBackend, openBackend, sqliteBackend } from './index.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-backend-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const makers = {
  SQLite: (file: string, more: object) => sqliteBackend({ database: `${file}.db`, ...more }),
  JSONL: (file: string, more: object) => fileBackend({ file: `${file}.jsonl`, ...more }),
  CSV: (file: string, more: object) => fileBackend({ file: `${file}.csv`, ...more }),
}

for (const [name, make] of Object.entries(makers)) {
  backendContract(name, async () => {
    const place = await mkdtemp(join(tmpdir(), 'millrace-place-'))
    return {
      open: async (target, clock) =>
        await Promise.resolve(make(join(place, 'deep', 'rows'), { target, ...(clock !== undefined && { clock }) })),
      remove: async () => await rm(place, { recursive: true, force: true }),
    }
  })
}

const row = Table.fromRecords([{ island: 'Biscoe', mass: 3750.5 }])
const adelie = { prediction: 'Adelie', confidence: 0.9 }

describe('a database of production rows', () => {
  it('has the table that people query: data, with target null until labelled', async () => {
    const file = join(folder, 'penguins.db')
    await using backend = sqliteBackend({ database: file })
    await backend.save(row, [adelie])
    const database = new DatabaseSync(file, { readOnly: true })
    const found = database.prepare('select island, mass, prediction, confidence, target, date from data').all()
    database.close()
    expect(found).toMatchObject([{ island: 'Biscoe', mass: 3750.5, ...adelie, target: null }])
    expect(String(found[0]?.['date'])).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  })

  it.each([
    [{ Date: 1 }, /"Date" and "date" are one name to SQLite/],
    [{ mass: 1, Mass: 2 }, /"mass" and "Mass" are one name/],
  ])('refuses names that SQLite does not tell apart: %j', async (record, message) => {
    await using backend = sqliteBackend({ database: join(folder, 'penguins.db') })
    await expect(backend.save(Table.fromRecords([record]), [adelie])).rejects.toThrow(message)
    await backend.save(Table.fromRecords([{ é: 1, É: 2 }]), [adelie])
    expect((await backend.load()).toRecords()).toMatchObject([{ é: 1, É: 2 }])
  })

  it('that another holds locked is waited for, then named', async () => {
    const file = join(folder, 'penguins.db')
    await using backend = sqliteBackend({ database: file, lockTimeoutMs: 50 })
    await backend.save(row, [adelie])
    const other = new DatabaseSync(file)
    other.exec('begin immediate')
    await expect(backend.save(row, [adelie])).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      message: expect.stringContaining(file) as string,
    })
    other.exec('rollback')
    other.close()
    await backend.save(row, [adelie])
    expect((await backend.load()).rowCount).toBe(2)
  })

  it('that was removed is made again', async () => {
    const file = join(folder, 'penguins.db')
    await using backend = sqliteBackend({ database: file })
    await backend.save(row, [adelie])
    await rm(file)
    await backend.save(row, [adelie])
    expect((await backend.load()).rowCount).toBe(1)
    expect(existsSync(file)).toBe(true)
  })

  it('that is none is refused', async () => {
    const file = join(folder, 'penguins.db')
    await writeFile(file, 'no database at all, but long enough to be read as the header of one '.repeat(20))
    await using backend = sqliteBackend({ database: file })
    await expect(backend.save(row, [adelie])).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    await expect(backend.load()).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
  })
})

describe('files of production rows', () => {
  it('take one line a row, and labels in a file of their own', async () => {
    await using backend = fileBackend({ file: join(folder, 'rows.csv') })
    await backend.save(row, [adelie])
    await backend.save(row, [adelie])
    await backend.label({ quality: 1 })
    const lines = (await readFile(join(folder, 'rows.csv'), 'utf8')).trimEnd().split('\n')
    expect(lines[0]).toBe('island,mass,prediction,confidence,target,date,uuid')
    expect(lines).toHaveLength(3)
    expect(await readFile(join(folder, 'rows.labels.csv'), 'utf8')).toMatch(/^uuid,target\n\S+,Adelie\n\S+,Adelie\n$/)
  })

  it('name the row that a crash cut off, and go on behind it', async () => {
    const file = join(folder, 'rows.jsonl')
    await using backend = fileBackend({ file })
    await backend.save(row, [adelie])
    await appendFile(file, '{"island":"Bis')
    await backend.save(row, [adelie])
    expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(4)
    await expect(backend.load()).rejects.toMatchObject({
      location: { row: 2 },
      message: expect.stringMatching(/rows\.jsonl, row 2: .*not JSON.*cut it off.*Remove it/) as string,
    })
  })

  it('must end in .jsonl or .csv', () => {
    expect(() => fileBackend({ file: 'rows.txt' })).toThrow(/rows\.txt.*\.jsonl or \.csv/)
  })
})

describe('a full disk', () => {
  it.for(Object.entries(makers))('loses no %s rows that were acknowledged, and is named', async ([, make], context) => {
    const disk = smallDisk(folder)
    if (disk === undefined) return context.skip('a small file system cannot be mounted here')
    try {
      await using backend = make(join(disk, 'rows'), {})
      const rows = Table.fromRecords(Array.from({ length: 200 }, (_, i) => ({ note: `row ${i} `.repeat(20) })))
      const answers = Array.from({ length: 200 }, () => adelie)
      let saved = 0
      const fill = async (): Promise<void> => {
        for (; saved < 1_000_000; saved += 200) await backend.save(rows, answers)
      }
      await expect(fill()).rejects.toMatchObject({
        code: 'STORAGE_FAILED',
        message: expect.stringMatching(/disk is full/) as string,
      })
      expect((await backend.load()).rowCount).toBe(saved)
    } finally {
      system('umount', disk)
    }
  })
})

describe('a configuration', () => {
  it.each([
    [{}, 'data/production.db'],
    [{ module: 'backend.Local', database: 'penguins.db' }, 'penguins.db'],
    [{ module: 'backend.Jsonl', file: 'penguins.jsonl' }, 'penguins.jsonl'],
    [{ module: 'csv', file: 'penguins.csv', target: 'http://127.0.0.1:9/invocations' }, 'penguins.csv'],
  ])('%j names a backend', async (config, name) => {
    await using backend = await openBackend(config)
    expect(backend.name).toBe(name)
  })

  it.each([
    [{ module: 'backend.Sagemakr' }, /no backend "backend.Sagemakr".*backend.Local/],
    [{ databse: 'x.db' }, /databse/],
    [{ module: 'jsonl' }, /"file"/],
    [{ module: 'csv', file: 'rows.txt' }, /"file"/],
    [{ target: 'ftp://somewhere' }, /"target"/],
    [{ module: './no-such-backend.ts' }, /Cannot make the backend/],
  ])('%j is refused', async (config, message) => {
    await expect(openBackend(config)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(message) as string,
    })
  })

  it("may name a module of one's own", async () => {
    const file = join(folder, 'mine.mjs')
    await writeFile(file, 'export default (config) => ({ name: `mine, ${config.colour}` })')
    expect((await openBackend({ module: file, colour: 'blue' })).name).toBe('mine, blue')
  })

  it.each([
    ['rows.db', 'SQLite format 3'],
    ['rows.jsonl', '{"island":"Biscoe"'],
    ['rows.csv', 'island,mass,prediction'],
  ])('may be no more than the file %s, and keep what a server captures', async (name, start) => {
    const file = join(folder, name)
    const capture = captureBy(backendOfFile(file))
    const origin = { requestId: 'r1', model: 'birds', version: 1, timeMs: 0 }
    await capture.save({ input: row, answers: [{ ...adelie, ...origin }] })
    await capture.close?.()
    expect((await readFile(file, 'latin1')).slice(0, start.length)).toBe(start)
    await using backend = backendOfFile(file)
    expect((await backend.load()).toRecords()).toMatchObject([{ island: 'Biscoe', ...adelie }])
  })

  it('may come from the environment', async () => {
    const config = join(folder, 'backend.json')
    await writeFile(config, JSON.stringify({ target: 'http://127.0.0.1:9/invocations' }))
    const environment = {
      MODEL_BACKEND: 'backend.Local',
      MODEL_BACKEND_CONFIG: config,
      MODEL_BACKEND_DATABASE: 'birds.db',
    }
    await using backend = await backendFromEnvironment(environment)
    expect(backend.name).toBe('birds.db')
    await expect(backendFromEnvironment({ MODEL_BACKEND_CONFIG: join(folder, 'none.json') })).rejects.toThrow(
      /MODEL_BACKEND_CONFIG/,
    )
  })
})
