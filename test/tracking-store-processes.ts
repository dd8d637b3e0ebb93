/** What every tracking store keeps to when several processes use it at once. */
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTracking } from 'millrace/tracking'

/** Runs the suite on stores that `prepare` names, a new one for each test. */
export function trackingStoreProcesses(
  name: string,
  prepare: () => Promise<{ readonly trackingUri: string; readonly remove: () => Promise<void> }>,
): void {
  describe(`several processes with ${name}`, () => {
    let folder: string
    let trackingUri: string
    let remove: () => Promise<void>

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'millrace-processes-'))
      ;({ trackingUri, remove } = await prepare())
    })

    afterEach(async () => {
      await remove()
      await rm(folder, { recursive: true, force: true })
    })

    it('lose no metric, and number model versions without gap or repetition', { timeout: 60_000 }, async () => {
      const module = new URL('../src/tracking/open-tracking.ts', import.meta.url).href
      const script = join(folder, 'writer.mjs')
      await writeFile(
        script,
        `import { openTracking } from ${JSON.stringify(module)}
         const [trackingUri, name] = process.argv.slice(2)
         const client = await openTracking({ trackingUri })
         await client.createRegisteredModel('shared').catch((error) => {
           if (error.code !== 'RESOURCE_ALREADY_EXISTS') throw error
         })
         const { info } = await client.createRun('0', { runName: name })
         const versions = []
         for (let i = 0; i < 25; i++) {
           await client.logMetric(info.runId, 'single', i, { step: i })
           const metrics = Array.from({ length: 20 }, (_, j) => ({ key: 'batch', value: j, timestamp: 1, step: i * 20 + j }))
           await client.logBatch(info.runId, { metrics, params: [{ key: 'p' + i, value: name }] })
           versions.push((await client.createModelVersion('shared', 's3://' + name + '/' + i)).version)
         }
         await client[Symbol.asyncDispose]()
         console.log(JSON.stringify(versions))`,
      )
      const names = ['a', 'b', 'c', 'd']
      const run = promisify(execFile)
      const outputs = await Promise.all(
        names.map(async (name) => await run(process.execPath, ['--no-warnings', script, trackingUri, name])),
      )
      const versions = outputs.flatMap(({ stdout }) => JSON.parse(stdout) as number[])
      expect(versions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))

      await using client = await openTracking({ trackingUri })
      const { items } = await client.searchRuns({ experimentIds: ['0'], orderBy: ['run_name'] })
      expect(items.map(({ info }) => info.runName)).toEqual(names)
      for (const { info, data } of items) {
        expect((await client.getMetricHistory(info.runId, 'single')).items).toHaveLength(25)
        expect((await client.getMetricHistory(info.runId, 'batch')).items).toHaveLength(500)
        expect(data.metrics).toEqual({ single: 24, batch: 19 })
        expect(Object.keys(data.params)).toHaveLength(25)
      }
    })

    it('keep every batch that was acknowledged, and no half of one, when a process is killed', async () => {
      const module = new URL('../src/tracking/open-tracking.ts', import.meta.url).href
      const script = join(folder, 'killed.mjs')
      await writeFile(
        script,
        `import { openTracking } from ${JSON.stringify(module)}
         const client = await openTracking({ trackingUri: process.argv[2] })
         const { info } = await client.createRun('0')
         for (let i = 0; ; i++) {
           await client.logBatch(info.runId, {
             metrics: Array.from({ length: 50 }, (_, j) => ({ key: 'a', value: j, timestamp: 1, step: i * 50 + j })),
           })
           console.log(i + 1)
         }`,
      )
      const child = spawn(process.execPath, ['--no-warnings', script, trackingUri], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let acknowledged = 0
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged = Number(line)
        if (acknowledged === 20) child.kill('SIGKILL')
      }
      await using client = await openTracking({ trackingUri })
      const [run] = (await client.searchRuns({ experimentIds: ['0'] })).items
      const { items } = await client.getMetricHistory(run!.info.runId, 'a')
      expect(items.length).toBeGreaterThanOrEqual(acknowledged * 50)
      expect(items.length % 50).toBe(0)
      expect(run?.info.status).toBe('RUNNING')
    })
  })
}
