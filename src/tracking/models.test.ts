/** Artifacts, the URIs of models, and the evidence of gates. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type GateEvidence,
  gateEvidence,
  openTracking,
  parseModelUri,
  recordGate,
  resolveModelUri,
  type TrackingClient,
} from './index.ts'

let folder: string
let client: TrackingClient
let runId: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-models-'))
  client = await openTracking({ trackingUri: join(folder, 'mlflow.db') })
  runId = (await client.createRun('0', { runName: 'trained' })).info.runId
})

afterEach(async () => {
  await client[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

describe('artifacts of a run', () => {
  it('are files, folders, text and values, listed by folder', async () => {
    await mkdir(join(folder, 'model'))
    await writeFile(join(folder, 'model', 'MLmodel'), 'flavors: {}')
    await client.logArtifact(runId, join(folder, 'model'))
    await client.logArtifact(runId, join(folder, 'model', 'MLmodel'), 'copies')
    await client.logArtifacts(runId, join(folder, 'model'), 'flat/deep')
    await client.logArtifacts(runId, join(folder, 'model'))
    await client.logText(runId, 'text', 'a.txt')
    await client.logDict(runId, { a: [1] }, 'a.json')
    await client.logDict(runId, { a: [1] }, 'a.yaml')
    const names = async (path?: string): Promise<readonly string[]> =>
      (await client.listArtifacts(runId, path)).map((entry) => entry.path)
    expect(await names()).toEqual(['MLmodel', 'a.json', 'a.txt', 'a.yaml', 'copies', 'flat', 'model'])
    expect(await names('copies')).toEqual(['copies/MLmodel'])
    expect(await names('flat/deep')).toEqual(['flat/deep/MLmodel'])
    const read = async (path: string): Promise<string> =>
      await readFile(await client.downloadArtifacts(runId, path), 'utf8')
    expect(JSON.parse(await read('a.json'))).toEqual({ a: [1] })
    expect(await read('a.yaml')).toBe('a:\n  - 1\n')
  })

  it('are downloaded into a folder, or named where they lie', async () => {
    await client.logText(runId, 'text', 'model/a.txt')
    const copy = await client.downloadArtifacts(runId, 'model', join(folder, 'out'))
    expect(await readFile(join(copy, 'a.txt'), 'utf8')).toBe('text')
    expect(copy).toBe(join(folder, 'out', 'model'))
    expect(await client.downloadArtifacts(runId, 'model')).toContain(
      join('mlartifacts', '0', runId, 'artifacts', 'model'),
    )
    await expect(client.downloadArtifacts(runId, 'nothing')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
  })

  it('stay below their run', async () => {
    for (const path of ['../x', '/x', '%2e%2e/x']) {
      await expect(client.logText(runId, 'x', path)).rejects.toThrow(/Invalid path/)
      await expect(client.listArtifacts(runId, path)).rejects.toThrow(/Invalid path/)
    }
  })
})

describe('model URIs', () => {
  it('are read in all their forms', () => {
    expect(parseModelUri('models:/iris/3')).toEqual({ kind: 'version', name: 'iris', version: 3 })
    expect(parseModelUri('models:/iris/production')).toEqual({ kind: 'stage', name: 'iris', stage: 'Production' })
    expect(parseModelUri('models:/iris/latest')).toEqual({ kind: 'latest', name: 'iris' })
    expect(parseModelUri('models:/a@b@champion')).toEqual({ kind: 'alias', name: 'a@b', alias: 'champion' })
    expect(parseModelUri('runs:/abc/model/x')).toEqual({ kind: 'run', runId: 'abc', path: 'model/x' })
    expect(parseModelUri('s3://b/x')).toEqual({ kind: 'location', uri: 's3://b/x' })
  })

  it.each([
    'models:/',
    'models:/iris',
    'models:/iris/',
    'models:/iris/1/x',
    'models:/iris/Live',
    'models://host/iris/1',
    'runs:/',
    'models:/@x',
  ])('%s is refused with the forms there are', (uri) => {
    expect(() => parseModelUri(uri)).toThrow(/Write it as|Value must be one of/)
  })

  it('never leave the artifacts of the run they name', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('..', '%2e%2e', 'a', '.'), { minLength: 1, maxLength: 4 }), (parts) => {
        const escapes = parts.includes('..') || parts.includes('%2e%2e')
        const parse = (): unknown => parseModelUri(`runs:/abc/${parts.join('/')}`)
        if (escapes) expect(parse).toThrow(/Invalid path/)
        else expect(parse()).toMatchObject({ runId: 'abc' })
      }),
    )
  })

  describe('that are resolved', () => {
    beforeEach(async () => {
      await client.logText(runId, 'flavors: {}', 'my model/MLmodel')
      await mkdir(join(folder, 'loose'))
      await client.createRegisteredModel('iris')
      await client.createModelVersion('iris', `runs:/${runId}/my model`)
      await client.createModelVersion('iris', join(folder, 'loose'))
      await client.createModelVersion('iris', 's3://bucket/model')
      await client.transitionModelVersionStage('iris', 2, 'Production')
      await client.setRegisteredModelAlias('iris', 'champion', 1)
    })

    it('give the folder, the version and the run', async () => {
      const path = join(folder, 'mlartifacts', '0', runId, 'artifacts', 'my model')
      const first = await resolveModelUri(client, 'models:/iris/1')
      expect(first).toEqual({ uri: `file://${path.replace(' ', '%20')}`, path, name: 'iris', version: 1, runId })
      expect(await resolveModelUri(client, 'models:/iris@champion')).toEqual(first)
      expect(await resolveModelUri(client, `runs:/${runId}/my model`)).toEqual({ uri: first.uri, path, runId })
      expect(await resolveModelUri(client, 'models:/iris/Production')).toMatchObject({
        version: 2,
        path: join(folder, 'loose'),
      })
      expect(await resolveModelUri(client, 'models:/iris/latest')).toEqual({
        uri: 's3://bucket/model',
        name: 'iris',
        version: 3,
      })
      expect(await resolveModelUri(client, join(folder, 'loose'))).toEqual({
        uri: `file://${folder}/loose`,
        path: join(folder, 'loose'),
      })
    })

    it.each([
      ['models:/irsi/1', /name=irsi not found\. Did you mean "iris"\? There are these models: iris\./],
      ['models:/iris/9', /version=9\) not found\. There are these versions: 3, 2 \(Production\), 1 \(@champion\)\./],
      ['models:/iris@champoin', /no alias "champoin"\. Did you mean "champion"\?/],
      ['models:/iris/Staging', /no version in stage Staging\. There are these versions: 3/],
      ['runs:/0123/model', /Run with id=0123 not found\. There are these latest runs: [0-9a-f]{32} \(trained\)\./],
      ['/nowhere/at/all', /There is no model at \/nowhere\/at\/all/],
    ])('say what there is instead of %s', async (uri, message) => {
      await expect(resolveModelUri(client, uri)).rejects.toMatchObject({
        code: 'RESOURCE_DOES_NOT_EXIST',
        message: expect.stringMatching(message) as string,
      })
    })

    it('say which artifacts a run has, and when the files of a version are gone', async () => {
      await expect(resolveModelUri(client, `runs:/${runId}/my modle`)).rejects.toThrow(/Did you mean "my model"\?/)
      await rm(join(folder, 'loose'), { recursive: true })
      await expect(resolveModelUri(client, 'models:/iris/2')).rejects.toThrow(
        /knows version 2 of iris, but not its files/,
      )
    })
  })
})

describe('evidence of gates', () => {
  const evidence: GateEvidence = {
    gate: 'accuracy',
    metric: 'accuracy',
    value: 0.97,
    threshold: 0.9,
    comparison: '>=',
    passed: true,
    interval: { low: 0.93, high: 0.99, level: 0.95 },
    datasetDigest: 'abc',
    runId: 'r1',
    decidedAt: '2026-01-31T12:00:00.000Z',
  }

  beforeEach(async () => {
    await client.createRegisteredModel('iris')
    await client.createModelVersion('iris', 's3://b/1')
  })

  it('is kept with its version, the earliest decision first', async () => {
    const later = { ...evidence, gate: 'calibration', decidedAt: '2026-02-01T00:00:00Z' }
    await recordGate(client, 'iris', 1, later)
    await recordGate(client, 'iris', 1, { ...evidence, passed: false })
    await recordGate(client, 'iris', '1', evidence)
    expect(await gateEvidence(client, 'iris', 1)).toEqual([evidence, later])
    expect(Object.keys((await client.getModelVersion('iris', 1)).tags)).toContain('millrace.gate.accuracy')
  })

  it('keeps a value that is no number too', async () => {
    const { interval: _, ...failed } = { ...evidence, value: NaN, threshold: Infinity, passed: false }
    await recordGate(client, 'iris', 1, failed)
    expect(await gateEvidence(client, 'iris', 1)).toEqual([failed])
  })

  it('is empty where no gate has decided', async () => {
    expect(await gateEvidence(client, 'iris', 1)).toEqual([])
  })

  it('is refused when incomplete, and where there is no such version', async () => {
    const incomplete = { ...evidence, decidedAt: 'yesterday' }
    await expect(recordGate(client, 'iris', 1, incomplete)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('"decidedAt"') as string,
    })
    await expect(recordGate(client, 'iris', 9, evidence)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
  })

  it('that was tampered with is named', async () => {
    await client.setModelVersionTag('iris', 1, 'millrace.gate.accuracy', '{"passed": true}')
    await expect(gateEvidence(client, 'iris', 1)).rejects.toMatchObject({
      code: 'INVALID_DATA',
      message: expect.stringContaining('Tag millrace.gate.accuracy of iris 1') as string,
    })
  })
})
