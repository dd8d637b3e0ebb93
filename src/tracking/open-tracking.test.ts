/** Opening a store: what it makes, what it takes, and what it says about a file it cannot use. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { smallDisk, system } from '../../test/small-disk.ts'
import { openTracking } from './index.ts'

const shared = new URL('../../../shared/contracts/mlflow/', import.meta.url)

let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-open-'))
  file = join(folder, 'mlflow.db')
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

function withDatabase<T>(use: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file)
  try {
    return use(database)
  } finally {
    database.close()
  }
}

async function openAndClose(trackingUri = file): Promise<void> {
  const client = await openTracking({ trackingUri })
  await client[Symbol.asyncDispose]()
}

describe('a new store', () => {
  it.skipIf(!existsSync(new URL('schema-cbc13b556ace.sql', shared)))(
    "has MLflow's schema to the letter (skipped where the schema file is not at hand)",
    async () => {
      await openAndClose()
      const ours = withDatabase(schemaOf)
      const other = new DatabaseSync(':memory:')
      other.exec(readFileSync(new URL('schema-cbc13b556ace.sql', shared), 'utf8'))
      expect(ours).toEqual(schemaOf(other))
      other.close()
    },
  )

  it('is marked with its revision and kept in WAL mode', async () => {
    await openAndClose()
    withDatabase((database) => {
      expect(database.prepare('select version_num from alembic_version').all()).toEqual([
        { version_num: 'cbc13b556ace' },
      ])
      expect(database.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' })
    })
  })

  it('is not made by a mere look', async () => {
    await expect(openTracking({ trackingUri: file, create: false })).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
      message: expect.stringContaining(file) as string,
    })
    expect(existsSync(file)).toBe(false)
  })

  it('is made in folders that do not exist yet, and in an empty file', async () => {
    await openAndClose(join(folder, 'a', 'b', 'mlflow.db'))
    expect(existsSync(join(folder, 'a', 'b', 'mlflow.db'))).toBe(true)
    await writeFile(file, '')
    await openAndClose()
    expect(withDatabase((database) => database.prepare('select name from experiments').all())).toHaveLength(1)
  })

  it('opens by every form of its URI and keeps what was written', async () => {
    const first = await openTracking({ trackingUri: `sqlite:///${file}` })
    await first.createExperiment('kept')
    await first[Symbol.asyncDispose]()
    for (const trackingUri of [file, relative(process.cwd(), file), `sqlite:///${relative(process.cwd(), file)}`]) {
      await using client = await openTracking({ trackingUri })
      expect((await client.getExperiment('1')).name).toBe('kept')
    }
  })

  it('puts artifacts beside the database, or where it is told', async () => {
    await using beside = await openTracking({ trackingUri: file })
    expect((await beside.getExperiment('0')).artifactLocation).toBe(`file://${folder}/mlartifacts/0`)
    await using elsewhere = await openTracking({
      trackingUri: join(folder, 'b.db'),
      artifactRoot: join(folder, 'a b/'),
    })
    expect((await elsewhere.getExperiment('0')).artifactLocation).toBe(`file://${folder}/a%20b/0`)
  })

  it('is made once when several processes open it at the same moment', async () => {
    await Promise.all(Array.from({ length: 4 }, async () => await openAndClose()))
    expect(withDatabase((database) => database.prepare('select count(*) as n from experiments').get())).toEqual({
      n: 1,
    })
  })
})

describe('a URI that names no SQLite file', () => {
  it.each(['', 'ftp://localhost', 'mysql://x/y', 'sqlite://', 'sqlite:///:memory:', 'file:///mlruns'])(
    '%j is refused',
    async (trackingUri) => {
      await expect(openTracking({ trackingUri })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('Write sqlite:///mlflow.db') as string,
      })
    },
  )
})

describe('a file that cannot be used', () => {
  it.skipIf(!existsSync(new URL('schema-0584bdc529eb.sql', shared)))(
    'is refused when its schema is older, naming the command (skipped where an older schema is not at hand)',
    async () => {
      withDatabase((database) => {
        database.exec(readFileSync(new URL('schema-0584bdc529eb.sql', shared), 'utf8'))
        database.exec("insert into alembic_version values ('0584bdc529eb')")
      })
      const before = readFileSync(file)
      await expect(openAndClose()).rejects.toMatchObject({
        code: 'STORE_INCOMPATIBLE',
        message: expect.stringMatching(
          new RegExp(`revision 0584bdc529eb.* lacks inputs\\.step.*mlflow db upgrade sqlite:///${file}`),
        ) as string,
      })
      expect(readFileSync(file).equals(before)).toBe(true)
    },
  )

  it('is refused when a column of the core is missing', async () => {
    await openAndClose()
    withDatabase((database) => database.exec('alter table runs drop column deleted_time'))
    await expect(openAndClose()).rejects.toMatchObject({
      code: 'STORE_INCOMPATIBLE',
      message: expect.stringContaining('it lacks runs.deleted_time') as string,
    })
  })

  it("is refused when it is another program's, and left as it was", async () => {
    withDatabase((database) => database.exec('create table songs (title text)'))
    const before = readFileSync(file)
    await expect(openAndClose()).rejects.toMatchObject({
      code: 'STORE_INCOMPATIBLE',
      message: expect.stringContaining('other tables (songs) but no MLflow schema') as string,
    })
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('is refused when it holds workspaces beside the default one', async () => {
    await openAndClose()
    withDatabase((database) =>
      database.exec(`create table workspaces (name text);
        alter table experiments add column workspace text default 'default';
        alter table registered_models add column workspace text default 'default';
        insert into experiments (name, workspace) values ('theirs', 'team')`),
    )
    await expect(openAndClose()).rejects.toThrow(/more than one workspace \("team" too\)/)
  })

  it('is called corrupt when it is no database, or a damaged one', async () => {
    await writeFile(file, 'This is no database, but text that is long enough to be looked at.'.repeat(20))
    await expect(openAndClose()).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringContaining('is not an SQLite database') as string,
    })
    await rm(file)
    await openAndClose()
    const bytes = readFileSync(file)
    bytes.fill(0xa5, 100, 4096)
    await writeFile(file, bytes)
    await expect(openAndClose()).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringContaining('.recover') as string,
    })
  })

  it('says so when the path is a folder or goes through a file', async () => {
    await mkdir(file)
    await expect(openAndClose()).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
    await writeFile(join(folder, 'text'), '')
    await expect(openAndClose(join(folder, 'text', 'mlflow.db'))).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
  })
})

describe('a file in use', () => {
  it('waits for another writer, then says who is in the way', async () => {
    await using client = await openTracking({ trackingUri: file, lockTimeoutMs: 50 })
    const other = new DatabaseSync(file)
    other.exec('begin immediate')
    await expect(client.createExperiment('one')).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      message: expect.stringContaining('another process holds it locked') as string,
    })
    expect((await client.getExperiment('0')).name).toBe('Default')
    other.exec('rollback')
    other.close()
    expect(await client.createExperiment('one')).toBe('1')
  })

  it('goes on as soon as the other is done, without stopping this process', async () => {
    await using client = await openTracking({ trackingUri: file })
    const other = new DatabaseSync(file)
    other.exec('begin immediate')
    const created = client.createExperiment('one')
    // The other one's turn comes in this very process: a wait that blocked it would never end.
    setTimeout(() => other.exec('commit'), 20)
    expect(await created).toBe('1')
    other.close()
  })

  it('says so when the disk is full, changes nothing, and works again afterwards', async (context) => {
    const disk = smallDisk(folder)
    if (disk === undefined) return context.skip('a small file system cannot be mounted here')
    try {
      const trackingUri = join(disk, 'mlflow.db')
      await using client = await openTracking({ trackingUri })
      const { info } = await client.createRun('0')
      const fill = async (): Promise<void> => {
        for (let i = 0; i < 1000; i++) await client.setTag(info.runId, `k${i}`, 'x'.repeat(8000))
      }
      await expect(fill()).rejects.toMatchObject({
        code: 'STORAGE_FAILED',
        message: expect.stringMatching(/disk/) as string,
      })
      const before = Object.keys((await client.getRun(info.runId)).data.tags).length
      await expect(client.setTag(info.runId, 'another', 'x'.repeat(8000))).rejects.toMatchObject({
        code: 'STORAGE_FAILED',
      })
      expect(Object.keys((await client.getRun(info.runId)).data.tags)).toHaveLength(before)
      system('mount', '-o', 'remount,size=16m', disk)
      await client.setTag(info.runId, 'another', 'x'.repeat(8000))
      expect(Object.keys((await client.getRun(info.runId)).data.tags)).toHaveLength(before + 1)
    } finally {
      system('umount', disk)
    }
  })

  it('says so when the disk is read-only, and still reads a file that MLflow left without WAL', async (context) => {
    const disk = smallDisk(folder)
    if (disk === undefined) return context.skip('a small file system cannot be mounted here')
    try {
      const trackingUri = join(disk, 'mlflow.db')
      await openAndClose(trackingUri)
      await openAndClose(join(disk, 'wal.db'))
      const database = new DatabaseSync(trackingUri)
      database.exec('pragma journal_mode = delete')
      database.close()
      system('mount', '-o', 'remount,ro', disk)
      await using client = await openTracking({ trackingUri })
      expect((await client.getExperiment('0')).name).toBe('Default')
      await expect(client.createExperiment('one')).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
      await expect(openAndClose(join(disk, 'wal.db'))).rejects.toMatchObject({
        code: 'STORAGE_FAILED',
        message: expect.stringContaining('a folder you may write to') as string,
      })
    } finally {
      system('umount', disk)
    }
  })
})

describe('two clients of one process', () => {
  it('take turns', async () => {
    await using first = await openTracking({ trackingUri: file })
    await using second = await openTracking({ trackingUri: file })
    await first.createRegisteredModel('shared')
    const calls = Array.from(
      { length: 40 },
      async (_, i) => await (i % 2 ? first : second).createModelVersion('shared', `s3://${i}`),
    )
    const versions = (await Promise.all(calls)).map(({ version }) => version)
    expect(versions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
  })
})

function schemaOf(database: DatabaseSync): readonly string[] {
  const rows = database
    .prepare("select sql from sqlite_master where sql is not null and name <> 'sqlite_sequence'")
    .all()
  return rows.map((row) => normalized(String(row['sql']))).toSorted((a, b) => (a < b ? -1 : 1))
}

/** DDL with its white space and the quotes that SQLite's own rewriting leaves evened out. */
function normalized(sql: string): string {
  return sql
    .replace(/CREATE TABLE "(\w+)"/, 'CREATE TABLE $1')
    .replace(/\s+/g, ' ')
    .replace(/ ?([(),]) ?/g, '$1')
}
