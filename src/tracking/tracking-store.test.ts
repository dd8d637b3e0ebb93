/** The contract of a tracking store, held against a new SQLite file and against one that MLflow 3.17.2 has migrated. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { type TrackingPlace, trackingStoreContract } from '../../test/tracking-store-contract.ts'
import { trackingStoreProcesses } from '../../test/tracking-store-processes.ts'
import { openTracking } from './index.ts'

const migratedSchema = new URL('../../../shared/contracts/mlflow/schema-dc11669786a5.sql', import.meta.url)

trackingStoreContract('a new SQLite file', async () => await sqlitePlace())
trackingStoreProcesses('a SQLite file', async () => await sqlitePlace())

describe.skipIf(!existsSync(migratedSchema))('where the schema of MLflow 3.17.2 is at hand (skipped elsewhere)', () => {
  trackingStoreContract('a file that MLflow 3.17.2 has migrated', async () => await sqlitePlace(migrate))
})

describe('a deleted version in SQLite', () => {
  it('no longer says what it pointed to', async () => {
    const place = await sqlitePlace()
    const client = await place.open({})
    await client.createRegisteredModel('iris')
    await client.createModelVersion('iris', 's3://secret/1', { runId: 'r1', description: 'd' })
    await client.deleteModelVersion('iris', '1')
    await client[Symbol.asyncDispose]()
    const database = new DatabaseSync(place.trackingUri)
    const row = database
      .prepare('select current_stage, source, storage_location, run_id, description from model_versions')
      .get()
    database.close()
    await place.remove()
    expect({ ...row }).toEqual({
      current_stage: 'Deleted_Internal',
      source: 'REDACTED-SOURCE-PATH',
      storage_location: null,
      run_id: 'REDACTED-RUN-ID',
      description: null,
    })
  })
})

describe('times in nanoseconds, which MLflow lets be written', () => {
  it('hide neither their run nor others', async () => {
    const place = await sqlitePlace()
    const client = await place.open({})
    const { runId } = (await client.createRun('0', { runName: 'odd', startTime: 2 })).info
    await client.createRun('0', { runName: 'plain', startTime: 1 })
    await client.logMetric(runId, 'acc', 0.5, { timestamp: 7 })
    const database = new DatabaseSync(place.trackingUri)
    database.exec("update runs set start_time = 1795710701396289735 where name = 'odd'")
    for (const table of ['metrics', 'latest_metrics']) {
      database.exec(`update ${table} set timestamp = 1795710701396289735`)
    }
    database.close()
    const { items } = await client.searchRuns({ experimentIds: ['0'] })
    const history = await client.getMetricHistory(runId, 'acc')
    await client[Symbol.asyncDispose]()
    await place.remove()
    expect(items.map(({ info }) => [info.runName, info.startTime])).toEqual([
      ['odd', Number(1_795_710_701_396_289_735n)],
      ['plain', 1],
    ])
    expect(items[0]?.data.metrics).toEqual({ acc: 0.5 })
    expect(history.items).toMatchObject([{ value: 0.5, timestamp: Number(1_795_710_701_396_289_735n) }])
  })
})

async function sqlitePlace(
  prepare: (file: string) => void = () => {},
): Promise<TrackingPlace & { trackingUri: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-tracking-'))
  const file = join(folder, 'mlflow.db')
  prepare(file)
  return {
    trackingUri: file,
    open: async (options) => await openTracking({ trackingUri: file, ...options }),
    remove: async () => await rm(folder, { recursive: true, force: true }),
  }
}

function migrate(file: string): void {
  const database = new DatabaseSync(file)
  database.exec('begin')
  database.exec(readFileSync(migratedSchema, 'utf8'))
  database.exec("insert into alembic_version values ('dc11669786a5')")
  database.exec(
    "insert into experiments (experiment_id, name, lifecycle_stage, artifact_location) values (0, 'Default', 'active', 'file:///tmp/0')",
  )
  database.exec('commit')
  database.close()
}
