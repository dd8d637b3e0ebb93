/** A model's life by command, from a CSV file to the end of a version, in one folder: each test goes on from the last. */
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readTable } from '../../src/data/index.ts'
import { type Outcome, runMillrace, temporaryFolder } from './run-millrace.ts'

const MODEL = 'models:/penguins@champion'
const TRAIN = ['train', 'penguins.csv', '--target', 'species', '--missing', 'NA,.', '--epochs', '4', '--folds', '2']
const folder = await temporaryFolder()
const first: { runId?: string } = {}

const millrace = (args: string[], input?: string): Promise<Outcome> =>
  runMillrace(args, { cwd: folder.path, ...(input === undefined ? {} : { input }) })

/** What the command prints with --json. */
async function answer<T>(args: string[]): Promise<T> {
  const { code, stdout, stderr } = await millrace([...args, '--json'])
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as T
}

interface Trained {
  readonly runId: string
  readonly scores: Readonly<Record<string, { readonly mean: number }>>
  readonly version?: { readonly version: number }
}

interface ShownModel {
  readonly aliases: Readonly<Record<string, number>>
  readonly versions: readonly { readonly version: number; readonly currentStage: string; readonly gates: unknown[] }[]
}

describe('a life by command', () => {
  afterAll(() => folder[Symbol.asyncDispose]())

  it('describes a table for people', async () => {
    const { code, stdout } = await millrace(['data', 'describe', 'penguins.csv'])
    expect(code).toBe(0)
    expect(stdout).toContain('penguins.csv: 344 rows, 7 columns')
    expect(stdout).toMatch(/body_mass_g +long +2 +94 +4201\.75 +801\.955 +2700 +4050 +6300/)
    expect(stdout).toMatch(/species +string +0 +3 +Adelie \(152\), Gentoo \(124\), Chinstrap \(68\)/)
  })

  it('describes a table for scripts, and writes its schema', async () => {
    const described = await answer(['data', 'describe', 'penguins.csv', '--missing', 'NA,.', '--write-schema'])
    expect(described).toMatchObject({ rowCount: 344 })
    expect(existsSync(join(folder.path, 'penguins.csv.schema.json'))).toBe(true)
    expect(await answer(['data', 'check', 'penguins.csv', '--missing', 'NA,.'])).toMatchObject({
      fits: true,
      problems: [],
    })
  })

  it('says which rows do not fit the schema, and fails', async () => {
    const { code, stdout, stderr } = await millrace(['data', 'check', 'penguins.csv'])
    expect(code).toBe(1)
    expect(stdout).toContain('row 337, column "sex"')
    expect(stderr).toContain('[SCHEMA_MISMATCH]')
  })

  it('trains, gates and registers, with the result on standard output and progress beside it', async () => {
    const registered = ['--gate', 'accuracy>=0.2', '--register', 'penguins', '--alias', 'champion']
    const { code, stdout, stderr } = await millrace([...TRAIN, ...registered])
    expect(code, stderr).toBe(0)
    expect(stderr).toContain('fold 2 of 2: accuracy')
    expect(stderr).toMatch(/epoch 4\/4 {2}loss/)
    expect(stderr).toContain('Registered penguins, version 1')
    expect(stdout).toMatch(/^accuracy +0\.\d+ +0\.?\d* +0\.\d+$/m)
    expect(stdout).toContain(`next   millrace predict ${MODEL} --input new.csv`)
    expect(stdout).not.toMatch(/epoch|fold/)
    first.runId = /^run +([0-9a-f]{32})/m.exec(stdout)?.[1] ?? ''
  })

  it('trains for scripts', async () => {
    const result = await answer<Trained>([...TRAIN, '--seed', '7', '--register', 'penguins'])
    expect(result.scores['accuracy']!.mean).toBeGreaterThan(0)
    expect(result.version).toMatchObject({ version: 2 })
  })

  it('exits with 1 when the gate fails, keeps the run and registers nothing', async () => {
    const { code, stderr } = await millrace([...TRAIN, '--gate', 'accuracy>=1.01', '--register', 'penguins'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/not registered: accuracy is 0\.\d+, the gate asks for >= 1\.01.*\[GATE_FAILED\]/)
    const { versions } = await answer<ShownModel>(['models', 'show', 'penguins'])
    expect(versions.map(({ version }) => version)).toEqual([2, 1])
  })

  it('lists, shows and compares runs', async () => {
    const { stdout: list } = await millrace(['runs', 'list', '--experiment', 'penguins'])
    expect(list).toContain(first.runId)
    expect(list).toContain('test_accuracy')
    const parents = await answer<readonly { runId: string; nestedRuns: number }[]>(['runs', 'list'])
    expect(parents).toHaveLength(3)
    const { stdout: shown } = await millrace(['runs', 'show', first.runId!.slice(0, 8)])
    expect(shown).toContain(`${first.runId}  FINISHED`)
    expect(shown).toMatch(/^epochs +4$/m)
    const [, withOtherSeed] = parents
    const { stdout: compared } = await millrace(['runs', 'compare', first.runId!, withOtherSeed!.runId])
    expect(compared).toContain('metric training_loss')
    expect(compared).not.toContain('parameter epochs')
  })

  it('lists models and shows the evidence of the gate', async () => {
    const { stdout: list } = await millrace(['models', 'list'])
    expect(list).toMatch(/^penguins +2 +@champion 1/m)
    const { stdout: shown } = await millrace(['models', 'show', 'penguins'])
    expect(shown).toMatch(/^ +1 +None +@champion .*accuracy 0\.\d+ >= 0\.2 passed +[0-9a-f]{32}$/m)
  })

  it('predicts as CSV and as JSON on standard output', async () => {
    const rows = (await readFile(join(folder.path, 'penguins.csv'), 'utf8')).split('\n').slice(0, 3).join('\n')
    const { code, stdout } = await millrace(['predict', MODEL, '--input', '-', '--missing', 'NA,.'], `${rows}\n`)
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(3)
    expect(lines[0]).toBe('prediction,confidence,probability_Adelie,probability_Chinstrap,probability_Gentoo')
    const all = await answer<readonly { prediction: string }[]>(['predict', MODEL, '--input', 'penguins.csv'])
    expect(all).toHaveLength(344)
    expect(all[0]!.prediction).toBe(lines[1]!.split(',')[0])
  })

  it('writes rows with predictions as CSV, JSON Lines and Parquet, and reads them as input again', async () => {
    let input = 'penguins.csv'
    for (const output of ['made/out.csv', 'out.jsonl', 'out.parquet', 'again.csv']) {
      const { code, stdout, stderr } = await millrace(['predict', MODEL, '--input', input, '--output', output])
      expect(code, stderr).toBe(0)
      expect(stdout).toBe('')
      expect(stderr).toBe(`344 rows with their predictions are in ${output}.\n`)
      input = output
    }
    const [before, after] = await Promise.all(
      ['made/out.csv', 'again.csv'].map((name) => readTable(join(folder.path, name))),
    )
    expect(after!.toRecords()).toEqual(before!.toRecords())
  })

  it('finds the store of another folder by MLFLOW_TRACKING_URI or --tracking-uri', async () => {
    await using elsewhere = await temporaryFolder()
    const store = `sqlite:///${join(folder.path, 'mlflow.db')}`
    const byName = await runMillrace(['models', 'list'], { cwd: elsewhere.path, env: { MLFLOW_TRACKING_URI: store } })
    const byOption = await runMillrace(['models', 'list', '--tracking-uri', store], { cwd: elsewhere.path })
    expect(byName.stdout).toContain('@champion 1')
    expect(byOption.stdout).toBe(byName.stdout)
    expect(existsSync(join(elsewhere.path, 'mlflow.db'))).toBe(false)
  })

  it('predicts from a run and from a model folder', async () => {
    const { artifactUri } = await answer<{ artifactUri: string }>(['runs', 'show', first.runId!])
    const byRun = await millrace(['predict', `runs:/${first.runId}/model`, '--input', 'penguins.csv'])
    const byFolder = await millrace(['predict', `${artifactUri}/model`, '--input', 'penguins.csv'])
    expect(byRun.code, byRun.stderr).toBe(0)
    expect(byFolder.stdout).toBe(byRun.stdout)
  })

  it('moves aliases and stages, and deletes versions and models', async () => {
    expect((await millrace(['models', 'alias', 'penguins', 'champion', '2'])).stdout).toContain('is version 2 now')
    const moved = await answer(['models', 'stage', 'penguins', '1', 'Archived'])
    expect(moved).toMatchObject({ name: 'penguins', version: 1, currentStage: 'Archived' })
    const { aliases, versions } = await answer<ShownModel>(['models', 'show', 'penguins'])
    expect(aliases).toEqual({ champion: 2 })
    expect(versions.map(({ currentStage }) => currentStage)).toEqual(['None', 'Archived'])
    const champion = { name: 'penguins', alias: 'champion' }
    expect(await answer(['models', 'alias', 'penguins', 'champion', '1'])).toEqual({ ...champion, version: 1 })
    expect(await answer(['models', 'alias', 'penguins', 'champion', '--delete'])).toEqual({
      ...champion,
      version: null,
    })
    expect(await answer(['models', 'delete', 'penguins', '1'])).toEqual({ name: 'penguins', version: 1, deleted: true })

    const refused = await millrace(['models', 'delete', 'penguins'])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('Add --yes')
    expect(await answer(['models', 'delete', 'penguins', '--yes'])).toEqual({ name: 'penguins', deleted: true })
    expect(await answer(['models', 'list'])).toEqual([])
  })

  it('trains a regressor from a configuration file', async () => {
    const config = join(folder.path, 'model.yml')
    await writeFile(config, 'target: body_mass_g\nepochs: 2\nscaling: robust\n')
    const rows = (await readFile(join(folder.path, 'penguins.csv'), 'utf8')).split('\n')
    const known = rows.filter((row) => row.split(',')[4] !== 'NA').join('\n')
    const { code, stdout, stderr } = await millrace(
      ['train', '-', '--kind', 'mlp-regressor', '--config', 'model.yml', '--epochs', '3', '--folds', '0'],
      known,
    )
    expect(code, stderr).toBe(0)
    expect(stderr).toMatch(/epoch 3\/3/)
    expect(stdout).toMatch(/^rmse +\d+/m)
  })
})
