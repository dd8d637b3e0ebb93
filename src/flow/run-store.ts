/**
 * Runs and tasks of flows on disk: one folder a flow, one a run, one a task, each with small JSON files that appear
 * whole.
 */
import type { Dirent } from 'node:fs'
import { mkdir, readdir, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import {
  makeFolders,
  mapLimited,
  MillraceError,
  parseJson,
  suggest,
  systemErrorCode,
  writeSmallFile,
} from '../core/index.ts'
import { fileStorage, type ObjectStorage, openStorage } from '../storage/index.ts'
import { type ArtifactStore, artifactStore } from './artifact-store.ts'
import { isAlive, thisRunner } from './liveness.ts'
import type { RecordKinds } from './record-schemas.ts'
import type { AttemptRecord, RunEnd, RunnerRecord, RunRecord } from './records.ts'

/** Where flows are kept unless something else is said. */
export const DEFAULT_ROOT = '.millrace/flows'

/** Names the storage of artifacts, such as `s3://bucket/flows`, where that is not the folder of the flow. */
const ARTIFACTS_VARIABLE = 'MILLRACE_FLOW_ARTIFACTS'

/** `running` has a runner that lives; one that went away without a word leaves `interrupted`. */
export type RunStatus = RunEnd['status'] | 'running' | 'interrupted'

/** The names of the flows below `root`, sorted. */
export async function listFlows(root: string): Promise<string[]> {
  return await foldersIn(root)
}

/** The runs of one flow. */
export class RunStore {
  readonly flowName: string
  readonly root: string
  readonly artifacts: ArtifactStore
  readonly #storage: ObjectStorage

  constructor(root: string, flowName: string) {
    this.flowName = flowName
    this.root = root
    this.#storage = fileStorage(join(root, flowName))
    const { [ARTIFACTS_VARIABLE]: elsewhere = '' } = process.env
    this.artifacts = artifactStore(elsewhere === '' ? this.#storage : openStorage(`${elsewhere}/${flowName}`))
  }

  /** A path below the folder of the flow, on this machine. */
  localPath(...parts: readonly string[]): string {
    return join(this.root, this.flowName, ...parts)
  }

  /**
   * Makes a run, with this process as its runner. Its id is the time in microseconds, or one more than that of the run
   * before where the clock has gone back; two that start at once get different ones.
   */
  async createRun(record: Omit<RunRecord, 'runId' | 'flowName'>, tags: readonly string[]): Promise<RunRecord> {
    const runId = await this.#claimRunId(record.createdAt)
    const complete: RunRecord = { ...record, flowName: this.flowName, runId }
    this.#write(`${runId}/runner.json`, thisRunner())
    this.writeTags(runId, tags)
    this.#write(`${runId}/run.json`, complete)
    return complete
  }

  /** The ids of the runs, newest first. */
  async runIds(): Promise<string[]> {
    const folders = await foldersIn(this.localPath())
    const ids = folders.filter((name) => /^\d+$/.test(name)).sort((a, b) => Number(b) - Number(a))
    const begun = await mapLimited(ids, async (id) => (await this.#readText(`${id}/run.json`)) ?? '')
    return ids.filter((_, i) => begun[i] !== '')
  }

  /** @throws MillraceError RESOURCE_DOES_NOT_EXIST when there is no such run */
  async readRun(runId: string): Promise<RunRecord> {
    const run = await this.#read(`${runId}/run.json`, 'run')
    if (run !== undefined) return run
    throw new MillraceError(
      'RESOURCE_DOES_NOT_EXIST',
      `There is no run "${runId}" of the flow "${this.flowName}" in ${this.root}. ${suggest(runId, await this.runIds(), 'runs')}`,
    )
  }

  async status(runId: string): Promise<RunStatus> {
    const end = await this.readEnd(runId)
    if (end !== undefined) return end.status
    if ((await this.runner(runId)) !== undefined) return 'running'
    // It may have ended between the two looks.
    return (await this.readEnd(runId))?.status ?? 'interrupted'
  }

  /** The process that runs it, if it lives. */
  async runner(runId: string): Promise<RunnerRecord | undefined> {
    const runner = await this.#read(`${runId}/runner.json`, 'runner')
    if (runner === undefined) return undefined
    const { mtimeMs } = await stat(this.localPath(runId, 'runner.json'))
    return isAlive(runner, mtimeMs) ? runner : undefined
  }

  /** Says that the runner is alive. */
  async beat(runId: string): Promise<void> {
    const now = new Date()
    await utimes(this.localPath(runId, 'runner.json'), now, now)
  }

  async readEnd(runId: string): Promise<RunEnd | undefined> {
    return await this.#read(`${runId}/end.json`, 'end')
  }

  writeEnd(runId: string, end: RunEnd): void {
    this.#write(`${runId}/end.json`, end)
  }

  async readTags(runId: string): Promise<readonly string[]> {
    return (await this.#read(`${runId}/tags.json`, 'tags')) ?? []
  }

  writeTags(runId: string, tags: readonly string[]): void {
    this.#write(`${runId}/tags.json`, [...new Set(tags)].sort())
  }

  /** The ids of the tasks of a step that have begun, in the order of their positions. */
  async taskIds(runId: string, step: string): Promise<string[]> {
    const ids = await foldersIn(this.localPath(runId, step))
    return ids.sort((a, b) => compareTaskIds(a, b))
  }

  /** The names of the steps of which a task has begun. */
  async stepNames(runId: string): Promise<string[]> {
    return await foldersIn(this.localPath(runId))
  }

  /** Lets a task be seen before it has printed or ended. Where that cannot be, it goes on all the same. */
  beginTask(runId: string, step: string, taskId: string): void {
    try {
      makeFolders(this.localPath(runId, step, taskId))
    } catch {
      // What made it impossible will be told when the result is to be stored.
    }
  }

  /** When the first try of a task began, in milliseconds since 1970, where the file system knows. */
  async begunAt(runId: string, step: string, taskId: string): Promise<number | undefined> {
    const { birthtimeMs } = await stat(this.localPath(runId, step, taskId))
    return birthtimeMs > 0 ? birthtimeMs : undefined
  }

  /** The tries of a task that have ended, first to last. */
  async readAttempts(runId: string, step: string, taskId: string): Promise<AttemptRecord[]> {
    const folder = `${runId}/${step}/${taskId}`
    const names = (await entriesIn(this.localPath(folder))).map(({ name }) => name)
    const records = names.filter((name) => /^\d+\.json$/.test(name))
    const attempts = await Promise.all(records.map(async (name) => await this.#read(`${folder}/${name}`, 'attempt')))
    return attempts.filter((one) => one !== undefined).sort((a, b) => a.attempt - b.attempt)
  }

  writeAttempt(runId: string, step: string, taskId: string, record: AttemptRecord): void {
    this.#write(`${runId}/${step}/${taskId}/${record.attempt}.json`, record)
  }

  /** Where the log of a try lies. */
  logPath(runId: string, step: string, taskId: string, attempt: number, stream: 'stdout' | 'stderr'): string {
    return this.localPath(runId, step, taskId, `${attempt}.${stream}.log`)
  }

  /** The card of a try of a task, if it has one. */
  async readCard(runId: string, step: string, taskId: string, attempt: number): Promise<string | undefined> {
    return await this.#readText(cardPath(runId, step, taskId, attempt))
  }

  async writeCard(runId: string, step: string, taskId: string, attempt: number, html: string): Promise<void> {
    await this.#storage.write(cardPath(runId, step, taskId, attempt), html)
  }

  /** A result kept under a key, or undefined. */
  async readCached(key: string): Promise<RecordKinds['cached'] | undefined> {
    return await this.#read(cachePath(key), 'cached')
  }

  writeCached(key: string, result: RecordKinds['cached']): void {
    this.#write(cachePath(key), result)
  }

  async #claimRunId(createdAt: number): Promise<string> {
    makeFolders(this.localPath())
    const taken = (await foldersIn(this.localPath())).filter((name) => /^\d+$/.test(name)).map(Number)
    // A file system makes a folder once only, whoever asks at the same time.
    for (let id = Math.max(Math.trunc(createdAt * 1000), ...taken.map((one) => one + 1)); ; id++) {
      try {
        await mkdir(this.localPath(String(id)))
        return String(id)
      } catch (error) {
        if (systemErrorCode(error) !== 'EEXIST') throw error
      }
    }
  }

  #write(path: string, value: unknown): void {
    writeSmallFile(this.localPath(path), JSON.stringify(value))
  }

  async #read<K extends keyof RecordKinds>(path: string, kind: K): Promise<RecordKinds[K] | undefined> {
    const text = await this.#readText(path)
    // A file that a power cut has left empty is as good as not written.
    if (text === undefined || text === '') return undefined
    const { schemas } = await import('./record-schemas.ts')
    const schema = schemas[kind] as z.ZodType<RecordKinds[K]>
    return parseJson(schema, text, this.localPath(path), 'STORE_CORRUPT')
  }

  async #readText(path: string): Promise<string | undefined> {
    if (!(await this.#storage.exists(path))) return undefined
    return Buffer.from(await this.#storage.read(path)).toString('utf8')
  }
}

function cachePath(key: string): string {
  return `cache/${key.slice(0, 2)}/${key}.json`
}

function cardPath(runId: string, step: string, taskId: string, attempt: number): string {
  return `${runId}/${step}/${taskId}/${attempt}.card.html`
}

/** `2.10` comes after `2.9`. */
function compareTaskIds(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)]
  const position = left.findIndex((part, i) => part !== right[i])
  return position < 0 ? left.length - right.length : left[position]! - (right[position] ?? -1)
}

async function foldersIn(path: string): Promise<string[]> {
  const entries = await entriesIn(path)
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort()
}

async function entriesIn(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw error
  }
}
