/** `millrace store` and `millrace gc`: whole stores moved, old ones imported, deleted things erased. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTracking } from '../../src/tracking/index.ts'
import { writeFileStore } from '../file-store.ts'
import { type Outcome, runMillrace } from './run-millrace.ts'

let folder: string
const millrace = async (...args: string[]): Promise<Outcome> => await runMillrace(args, { cwd: folder })

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-store-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** A store with a run that has a metric and a file. Returns its id and where its files are. */
async function fill(file: string): Promise<{ readonly runId: string; readonly artifacts: string }> {
  await using client = await openTracking({ trackingUri: join(folder, file) })
  const { info } = await client.createRun(await client.createExperiment('birds'), { runName: 'first' })
  await client.logMetric(info.runId, 'acc', 0.5)
  await client.logText(info.runId, 'hello', 'notes.txt')
  return { runId: info.runId, artifacts: fileURLToPath(info.artifactUri) }
}

describe('millrace store', () => {
  it('exports to a new file and imports from it', async () => {
    const { runId } = await fill('mlflow.db')
    const exported = await millrace('store', 'export', 'backup.db')
    expect(exported).toMatchObject({ code: 0, stderr: '' })
    expect(exported.stdout).toContain('Copied 2 experiments, 1 runs with 1 metric points')
    const imported = await millrace('store', 'import', 'backup.db', '--tracking-uri', 'new.db', '--json')
    expect(JSON.parse(imported.stdout)).toEqual({ experiments: 2, runs: 1, metricPoints: 1, registeredModels: 0 })
    const shown = await millrace('runs', 'show', runId, '--tracking-uri', 'new.db', '--json')
    expect(JSON.parse(shown.stdout)).toMatchObject({ metrics: { acc: 0.5 } })
  })

  it('imports a folder of the old file store, and copies artifacts when asked', async () => {
    await writeFileStore(join(folder, 'mlruns'))
    const linked = await millrace('store', 'import', './mlruns', '--tracking-uri', 'linked.db')
    expect(linked).toMatchObject({ code: 0, stderr: '' })
    expect(linked.stdout).toContain('Imported 3 experiments, 4 runs with 8 metric points')
    expect(linked.stdout).toContain('2 experiments have a new number')
    expect(linked.stdout).toContain('Artifacts stay in ./mlruns.')
    const copied = await millrace('store', 'import', 'mlruns', '--copy-artifacts')
    expect(copied.stdout).toContain('mlruns is needed no more')
    await rm(join(folder, 'mlruns'), { recursive: true })
    const listed = await millrace('runs', 'list', '--experiment', 'alpha', '--json')
    expect(JSON.parse(listed.stdout)).toMatchObject([{ runName: 'first' }])
    expect(existsSync(join(folder, 'mlartifacts', '1'))).toBe(true)
  })

  it('says what is wrong with a source or a target, and how to go on', async () => {
    await fill('mlflow.db')
    await fill('other.db')
    const full = await millrace('store', 'import', 'other.db')
    expect(full).toMatchObject({ code: 2, stdout: '' })
    expect(full.stderr).toContain('is not empty. Name a new one')
    const missing = await millrace('store', 'import', 'missing.db', '--tracking-uri', 'new.db')
    expect(missing).toMatchObject({ code: 4, stdout: '' })
    const empty = await millrace('store', 'import', '.', '--tracking-uri', 'new.db')
    expect(empty.code).not.toBe(0)
    await writeFileStore(join(folder, 'mlruns'))
    const damaged = join(folder, 'mlruns', 'models', 'iris', 'meta.yaml')
    await writeFile(damaged, 'name: [')
    const bad = await millrace('store', 'import', 'mlruns', '--tracking-uri', 'new.db')
    expect(bad).toMatchObject({ code: 1, stdout: '' })
    expect(bad.stderr).toContain(damaged)
    expect(bad.stderr).toContain('[STORE_CORRUPT]')
  })
})

describe('millrace gc', () => {
  it('says what it would erase, then erases it with its files', async () => {
    const { runId, artifacts } = await fill('mlflow.db')
    {
      await using client = await openTracking({ trackingUri: join(folder, 'mlflow.db') })
      await client.deleteRun(runId)
    }
    const tried = await millrace('gc', '--dry-run')
    expect(tried.stdout).toBe(`Would erase 0 experiments, 1 runs and 0 logged models.\nrun         ${runId}\n`)
    expect(existsSync(artifacts)).toBe(true)
    const waited = await millrace('gc', '--older-than', '1d', '--json')
    expect(JSON.parse(waited.stdout)).toEqual({ experiments: [], runs: [], loggedModels: [] })
    const erased = await millrace('gc', '--json')
    expect(JSON.parse(erased.stdout)).toEqual({ experiments: [], runs: [runId], loggedModels: [] })
    expect(existsSync(artifacts)).toBe(false)
    expect((await millrace('runs', 'show', runId)).code).toBe(4)
  })

  it('refuses what is not deleted, a time it cannot read, and a store there is none of', async () => {
    const { runId } = await fill('mlflow.db')
    const active = await millrace('gc', '--run-ids', runId)
    expect(active).toMatchObject({ code: 2, stdout: '' })
    expect(active.stderr).toContain(`not deleted, or not for so long: ${runId}`)
    expect((await millrace('gc', '--older-than', 'soon')).stderr).toContain('30d, 12h or 1d12h30m')
    expect((await millrace('gc', '--tracking-uri', 'missing.db')).code).toBe(4)
    expect(existsSync(join(folder, 'missing.db'))).toBe(false)
  })
})
