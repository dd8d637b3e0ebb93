import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readGitCommit } from './git-commit.ts'
import { openTracking, type Run, type TrackingClient, withRun } from './index.ts'

let folder: string
let client: TrackingClient
let now: number

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-run-'))
  now = 1000
  client = await openTracking({ trackingUri: join(folder, 'mlflow.db'), clock: () => now })
})

afterEach(async () => {
  await client[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const onlyRun = async (): Promise<Run> => {
  const { items } = await client.searchRuns({ experimentIds: ['0', '1'] })
  expect(items).toHaveLength(1)
  return items[0]!
}

describe('withRun', () => {
  it('gives back the result and ends the run with what it logged', async () => {
    const result = await withRun(
      client,
      { experiment: 'penguins', name: 'first', tags: { team: 'blue' } },
      async (run) => {
        await run.logParams({ lr: 0.1, layers: [4, 16, 3], name: 'mlp', deep: true })
        await run.logMetrics({ loss: 0.5, accuracy: 0.9 }, 1)
        await run.setTags({ stage: 'test' })
        await run.logInput({
          name: 'penguins',
          digest: 'abc',
          source: 'p.csv',
          schema: { mlflow_colspec: [] },
          context: 'training',
        })
        await run.logText('hello', 'notes/hello.txt')
        now = 2000
        return 42
      },
    )
    expect(result).toBe(42)
    const { info, data, inputs } = await onlyRun()
    expect(info).toMatchObject({
      experimentId: '1',
      runName: 'first',
      status: 'FINISHED',
      startTime: 1000,
      endTime: 2000,
    })
    expect(data.params).toEqual({ lr: '0.1', layers: '[4,16,3]', name: 'mlp', deep: 'true' })
    expect(data.metrics).toEqual({ loss: 0.5, accuracy: 0.9 })
    expect(data.tags).toMatchObject({
      team: 'blue',
      stage: 'test',
      'mlflow.source.type': 'LOCAL',
      'mlflow.user': info.userId,
    })
    expect(inputs.datasets).toEqual([
      {
        dataset: {
          name: 'penguins',
          digest: 'abc',
          source: '{"uri":"p.csv"}',
          sourceType: 'local',
          schema: '{"mlflow_colspec":[]}',
        },
        tags: { 'mlflow.data.context': 'training' },
      },
    ])
  })

  it('ends the run as failed with the message, and lets the error through', async () => {
    const failing = withRun(client, {}, async (run) => {
      await run.logMetrics({ loss: 1 })
      throw new TypeError('the loss is gone')
    })
    await expect(failing).rejects.toThrow(TypeError)
    const { info, data } = await onlyRun()
    expect([info.status, data.tags['millrace.error'], data.metrics]).toEqual([
      'FAILED',
      'the loss is gone',
      { loss: 1 },
    ])
  })

  it('ends the run as killed on abort', async () => {
    const controller = new AbortController()
    const aborted = withRun(client, { signal: controller.signal }, async () => {
      controller.abort()
      controller.signal.throwIfAborted()
      await Promise.resolve()
    })
    await expect(aborted).rejects.toThrow(/aborted/)
    expect((await onlyRun()).info.status).toBe('KILLED')
  })

  it('goes on with a run that was begun elsewhere', async () => {
    const { runId } = await withRun(client, { experiment: 'penguins' }, async (run) => {
      await run.logParams({ lr: 0.1 })
      return run
    })
    now = 5000
    const seen = await withRun(client, { runId }, async (run) => {
      await run.logMetrics({ loss: 0.5 })
      return (await client.getRun(run.runId)).info.status
    })
    expect(seen).toBe('RUNNING')
    const run = await client.getRun(runId)
    expect(run.info).toMatchObject({ status: 'FINISHED', endTime: 5000 })
    expect(run.data).toMatchObject({ params: { lr: '0.1' }, metrics: { loss: 0.5 } })
    await expect(withRun(client, { runId: 'none' }, async () => await Promise.resolve())).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
    })
  })

  it('nests runs below their parent, in its experiment', async () => {
    await withRun(client, { experiment: 'penguins' }, async (parent) => {
      await withRun(client, { parent, name: 'child' }, async () => await Promise.resolve())
      const filter = `tags.mlflow.parentRunId = '${parent.runId}'`
      const { items } = await client.searchRuns({ experimentIds: ['1'], filter })
      expect(items.map(({ info }) => info.runName)).toEqual(['child'])
    })
  })

  it('makes an experiment once when many runs want it', async () => {
    const names = Array.from(
      { length: 5 },
      async () =>
        await withRun(client, { experiment: 'new' }, async (run) => await Promise.resolve(run.info.experimentId)),
    )
    expect(new Set(await Promise.all(names))).toEqual(new Set(['1']))
  })

  it('shows what failed first when the store fails too', async () => {
    const failing = withRun(client, {}, async (run) => {
      await client.deleteRun(run.runId)
      throw new Error('first')
    })
    await expect(failing).rejects.toThrow('first')
  })
})

describe('metrics of an active run', () => {
  it('are written together: many calls, one batch', async () => {
    let batches = 0
    const counting: TrackingClient = {
      ...client,
      logBatch: async (runId, batch) => {
        batches++
        await client.logBatch(runId, batch)
      },
    }
    await withRun(counting, { flushAfterMs: 60_000 }, async (run) => {
      for (let epoch = 0; epoch < 200; epoch++) await run.logMetrics({ loss: epoch, accuracy: epoch }, epoch)
      expect(batches).toBe(0)
    })
    expect(batches).toBe(1)
    const { info } = await onlyRun()
    expect((await client.getMetricHistory(info.runId, 'loss')).items.map(({ step }) => step)).toEqual(
      Array.from({ length: 200 }, (_, i) => i),
    )
  })

  it('are split where there are more than a batch takes', async () => {
    await withRun(client, { flushAfterMs: 60_000 }, async (run) => {
      const many = Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`m${i}`, i]))
      await run.logMetrics(many)
      await run.logParams(Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`p${i}`, i])))
    })
    const { data } = await onlyRun()
    expect([Object.keys(data.metrics).length, Object.keys(data.params).length]).toEqual([1500, 150])
  })

  it('can be seen while the run goes on, after a while or when asked for', async () => {
    await withRun(client, { flushAfterMs: 5 }, async (run) => {
      await run.logMetrics({ a: 1 })
      await expect.poll(async () => (await client.getRun(run.runId)).data.metrics).toEqual({ a: 1 })
      await run.logMetrics({ b: 2 })
      await run.flush()
      expect((await client.getRun(run.runId)).data.metrics).toEqual({ a: 1, b: 2 })
    })
  })

  it('are refused at the call that gets them wrong', async () => {
    await withRun(client, {}, async (run) => {
      await expect(run.logMetrics({ 'bad?': 1 })).rejects.toThrow(/Names may only contain/)
      await expect(run.logMetrics({ a: 1 }, 0.5)).rejects.toThrow(/Step must be a valid long/)
    })
  })

  it('are not lost when writing them in the background fails: a later flush tries again', async () => {
    let failing = true
    const unsteady: TrackingClient = {
      ...client,
      logBatch: async (runId, batch) => {
        if (failing) throw new Error('not now')
        await client.logBatch(runId, batch)
      },
    }
    await withRun(unsteady, { flushAfterMs: 1 }, async (run) => {
      await run.logMetrics({ a: 1 }, 1)
      await expect.poll(async () => await run.logMetrics({ a: 2 }, 2).then(() => 'fine', String)).toBe('Error: not now')
      failing = false
    })
    expect((await onlyRun()).data.metrics).toEqual({ a: 2 })
  })
})

describe('the commit of a run', () => {
  const commit = 'a'.repeat(40)

  it('is read from a branch, loose or packed, and from a detached head', async () => {
    const git = join(folder, '.git')
    await mkdir(join(git, 'refs', 'heads'), { recursive: true })
    await mkdir(join(folder, 'deep', 'er'), { recursive: true })
    await writeFile(join(git, 'HEAD'), 'ref: refs/heads/main\n')
    expect(await readGitCommit(folder)).toBeUndefined()
    await writeFile(join(git, 'packed-refs'), `# pack-refs\n${commit} refs/heads/main\n`)
    expect(await readGitCommit(join(folder, 'deep', 'er'))).toBe(commit)
    await writeFile(join(git, 'refs', 'heads', 'main'), `${'b'.repeat(40)}\n`)
    expect(await readGitCommit(folder)).toBe('b'.repeat(40))
    await writeFile(join(git, 'HEAD'), `${commit}\n`)
    expect(await readGitCommit(folder)).toBe(commit)
  })

  it("agrees with git's own answer, in a work tree beside the main one too", async (context) => {
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', join(folder, 'repo'), ...args], { encoding: 'utf8' }).trim()
    try {
      execFileSync('git', ['init', '-q', join(folder, 'repo')])
    } catch {
      return context.skip('git is not installed')
    }
    git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'first')
    git('worktree', 'add', '-q', '-b', 'other', join(folder, 'beside'))
    expect(await readGitCommit(join(folder, 'repo'))).toBe(git('rev-parse', 'HEAD'))
    expect(await readGitCommit(join(folder, 'beside'))).toBe(git('rev-parse', 'other'))
  })
})
