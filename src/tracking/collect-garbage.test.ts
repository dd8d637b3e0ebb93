/** What garbage collection erases and what it leaves alone, on every kind of database. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SqlPlace, sqlPlaces } from '../../test/sql-places.ts'
import { collectGarbage, openTracking, type TrackingClient } from './index.ts'
import { findGarbage, type Garbage, stillGarbage } from './sql/garbage.ts'
import { openDatabase } from './sql/open-database.ts'

describe.each(sqlPlaces)('garbage in $kind (skipped where missing: $missing)', ({ missing, prepare }) => {
  describe.skipIf(missing !== undefined)('is erased', () => {
    let place: SqlPlace
    let folder: string
    let client: TrackingClient

    beforeEach(async () => {
      place = await prepare()
      folder = await mkdtemp(join(tmpdir(), 'millrace-garbage-'))
      client = await openTracking({ trackingUri: place.trackingUri, artifactRoot: folder })
    })

    afterEach(async () => {
      await client[Symbol.asyncDispose]()
      await place.remove()
      await rm(folder, { recursive: true, force: true })
    })

    const loggedRun = async (experimentId: string): Promise<string> => {
      const { info } = await client.createRun(experimentId, { tags: { k: 'v' } })
      await client.logBatch(info.runId, {
        metrics: [{ key: 'a', value: 1, timestamp: 1, step: 1 }],
        params: [{ key: 'p', value: '1' }],
      })
      const dataset = { name: 'iris', digest: 'abc', sourceType: 'local', source: '' }
      await client.logInputs(info.runId, [{ dataset, tags: { context: 'training' } }])
      await client.logText(info.runId, 'x', 'notes.txt')
      return info.runId
    }

    it('with experiments, whose names are free again', async () => {
      const id = await client.createExperiment('birds', { tags: { k: 'v' } })
      const runId = await loggedRun(id)
      const { modelId } = await client.createLoggedModel(id, { params: { p: '1' }, sourceRunId: runId })
      await client.logModelOutputs(runId, [{ modelId, step: 0 }])
      const kept = await loggedRun('0')
      await client.deleteExperiment(id)

      const wouldBe = await collectGarbage({ trackingUri: place.trackingUri, dryRun: true })
      expect(wouldBe).toEqual({ experiments: [id], runs: [runId], loggedModels: [modelId] })
      expect((await client.getRun(runId)).info.lifecycleStage).toBe('deleted')
      expect(await collectGarbage({ trackingUri: place.trackingUri })).toEqual(wouldBe)

      await expect(client.getExperiment(id)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
      await expect(client.getRun(runId)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
      await client.createExperiment('birds')
      expect(existsSync(join(folder, id, runId))).toBe(false)
      expect((await client.getRun(kept)).inputs.datasets).toHaveLength(1)
      expect(existsSync(join(folder, '0', kept, 'artifacts', 'notes.txt'))).toBe(true)
      expect((await collectGarbage({ trackingUri: place.trackingUri })).runs).toEqual([])
    })

    it('with the files of their traces', async () => {
      const id = await client.createExperiment('traced')
      const [erased, kept] = [await tracedIn(id), await tracedIn('0')]
      await client.deleteExperiment(id)
      await collectGarbage({ trackingUri: place.trackingUri })
      expect(existsSync(join(folder, id, 'traces', erased))).toBe(false)
      expect((await client.getTrace(kept)).spans).toMatchObject([{ name: 'ask', attributes: { answer: 42 } }])
    })

    /** A trace whose spans are in a file, as MLflow 3.1 writes them. */
    const tracedIn = async (experimentId: string): Promise<string> => {
      const { traceId, tags } = await client.startTrace({ experimentId, requestTime: 1 })
      const span = {
        trace_id: Buffer.from(traceId.slice(3), 'hex').toString('base64'),
        span_id: 'AAAAAAAAAAE=',
        name: 'ask',
        start_time_unix_nano: 1,
        end_time_unix_nano: 2,
        status: { code: 'STATUS_CODE_OK' },
        attributes: { answer: '42' },
      }
      const files = client.openArtifacts(tags['mlflow.artifactLocation']!)
      await files.write('traces.json', JSON.stringify({ spans: [span] }))
      return traceId
    }

    it('run by run, when it is old enough or named', async () => {
      const [first, second, third] = [await loggedRun('0'), await loggedRun('0'), await loggedRun('0')]
      await client.deleteRun(first)
      await client.deleteRun(second)
      const { trackingUri } = place
      expect((await collectGarbage({ trackingUri, olderThanMs: 3_600_000 })).runs).toEqual([])
      expect((await collectGarbage({ trackingUri, runIds: [second] })).runs).toEqual([second])
      expect((await client.getRun(first)).info.lifecycleStage).toBe('deleted')
      await expect(collectGarbage({ trackingUri, runIds: [first, third] })).rejects.toThrow(
        `These runs are not deleted, or not for so long: ${third}.`,
      )
      await client.restoreRun(first)
      expect(existsSync(join(folder, '0', first, 'artifacts', 'notes.txt'))).toBe(true)
    })

    it('but for what has been restored since it was found', async () => {
      const [birds, fish] = [await client.createExperiment('birds'), await client.createExperiment('fish')]
      const made = async (id: string): Promise<readonly string[]> => [
        id,
        await loggedRun(id),
        (await client.createLoggedModel(id)).modelId,
        await tracedIn(id),
      ]
      const [ofBirds, ofFish] = [await made(birds), await made(fish)]
      const run = await loggedRun('0')
      await client.deleteRun(run)
      for (const id of [birds, fish]) await client.deleteExperiment(id)
      const { db, close } = await openDatabase(place.trackingUri)
      const found = await findGarbage(db, { deletedBefore: Date.now() })
      expect(idsIn(found).toSorted()).toEqual([...ofBirds, ...ofFish, run].toSorted())
      await client.restoreRun(run)
      await client.restoreExperiment(birds)
      expect(idsIn(await stillGarbage(db, found))).toEqual(ofFish)
      await close()
    })

    it('with files that a server keeps, when it is told where they are', async () => {
      const id = await client.createExperiment('served', { artifactLocation: 'mlflow-artifacts:/7' })
      const { info } = await client.createRun(id)
      await client.deleteRun(info.runId)
      const { trackingUri } = place
      await expect(collectGarbage({ trackingUri })).rejects.toThrow(/--artifacts-destination FOLDER/)
      expect((await client.getRun(info.runId)).info.lifecycleStage).toBe('deleted')
      expect((await collectGarbage({ trackingUri, artifactsDestination: folder })).runs).toEqual([info.runId])
    })
  })
})

function idsIn({ experiments, runs, loggedModels, traces }: Garbage): readonly string[] {
  return [...experiments.map(String), ...[...runs, ...loggedModels, ...traces].map(({ id }) => id)]
}
