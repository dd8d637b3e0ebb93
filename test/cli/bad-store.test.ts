/** Tracking stores that cannot be used. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTracking } from '../../src/tracking/index.ts'
import { type Outcome, runMillrace, temporaryFolder } from './run-millrace.ts'

const folder = await temporaryFolder()
const list = (store: string): Promise<Outcome> =>
  runMillrace(['runs', 'list', '--tracking-uri', store], { cwd: folder.path })

beforeAll(async () => {
  for (const name of ['locked.db', 'newer.db', 'older.db', 'cut.db']) {
    await using _ = await openTracking({ trackingUri: join(folder.path, name) })
  }
})
afterAll(() => folder[Symbol.asyncDispose]())

describe('a store', () => {
  it('that another process holds locked is waited for, then named', { timeout: 60_000 }, async () => {
    using holder = new DatabaseSync(join(folder.path, 'locked.db'))
    holder.exec('begin exclusive')
    const { code, stderr } = await runMillrace(
      ['train', 'penguins.csv', '--target', 'species', '--tracking-uri', 'locked.db'],
      { cwd: folder.path },
    )
    expect(code).toBe(1)
    expect(stderr).toMatch(/locked\.db.*another process holds it locked.*\[STORE_LOCKED\]/)
  })

  it('that is cut short is called damaged', async () => {
    const path = join(folder.path, 'cut.db')
    const bytes = await readFile(path)
    await writeFile(path, bytes.subarray(0, 10_000))
    const { code, stderr } = await list('cut.db')
    expect(code).toBe(1)
    expect(stderr).toMatch(/cut\.db.*\[STORE_CORRUPT\]/)
  })

  it('that is no database is left as it is', async () => {
    const before = await readFile(join(folder.path, 'penguins.csv'))
    const { code, stderr } = await list('sqlite:///penguins.csv')
    expect(code).toBe(1)
    expect(stderr).toMatch(/penguins\.csv.*not an SQLite database.*\[STORE_CORRUPT\]/)
    expect(await readFile(join(folder.path, 'penguins.csv'))).toEqual(before)
  })

  it('that is a folder is refused', async () => {
    await mkdir(join(folder.path, 'folder.db'))
    const { code, stderr } = await list('folder.db')
    expect(code).toBe(1)
    expect(stderr).toMatch(/folder\.db.*\[STORAGE_FAILED\]/)
  })

  it('of an older MLflow is refused with the command that helps', async () => {
    edit('older.db', 'alter table runs drop column deleted_time')
    const { code, stderr } = await list('older.db')
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /older\.db.*runs\.deleted_time.*mlflow db upgrade.*newer MLflow.*update Millrace.*\[STORE_INCOMPATIBLE\]/,
    )
  })

  it('of a newer MLflow goes on being used while it has the columns', async () => {
    edit('newer.db', "update alembic_version set version_num = 'feedc0ffee00'; alter table runs add column mood text")
    const { code, stdout } = await list('newer.db')
    expect(code).toBe(0)
    expect(stdout).toContain('There are no runs yet')
  })
})

function edit(name: string, sql: string): void {
  using database = new DatabaseSync(join(folder.path, name))
  database.exec(sql)
}
