/**
 * Which runs of tracking stores the tasks of a flow have open. Kept beside the runs of the flow until the task ends, so
 * that whoever finds its process gone can end them: the runner, or the next one.
 */
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode, jsonOf, makeFolders, type OpenedRun } from '../core/index.ts'
import type { TaskAttempt } from './execute-task.ts'
import { isAlive, thisRunner } from './liveness.ts'
import type { OpenedRunRecord, RunnerRecord } from './records.ts'
import type { RunStore } from './run-store.ts'

const FOLDER = 'open-runs'

export interface OpenedRuns {
  /** Keeps a run that the task has opened. */
  readonly add: (run: OpenedRun) => void
  /** The task has ended in order: its runs are as its code left them. */
  readonly forget: () => void
  /**
   * Ends those that still run, with `reason` as their error.
   *
   * @throws MillraceError when a store cannot be opened or written; then they are kept for the next runner
   */
  readonly end: (status: LostStatus, reason: string) => Promise<void>
}

type LostStatus = 'FAILED' | 'KILLED'

/** Those of one try of a task. */
export function openedRuns(store: RunStore, { run, request, attempt }: TaskAttempt): OpenedRuns {
  return openedRunsIn(store, `${run.runId}.${request.step}.${request.taskId}.${attempt}.jsonl`)
}

/** Ends what tasks have left open whose process is gone. What a store does not let be ended stays for the next time. */
export async function endAbandonedRuns(store: RunStore): Promise<void> {
  const folder = store.localPath(FOLDER)
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    try {
      const [first] = await readRecords(join(folder, name))
      // A file without a line is one that a task is just beginning.
      if (first === undefined || (await isRunning(store, name, first.process))) continue
      await openedRunsIn(store, name).end('KILLED', 'The process of the task was gone when the flow was run again.')
    } catch {
      // The run that is under way has another thing to do.
    }
  }
}

function openedRunsIn(store: RunStore, name: string): OpenedRuns {
  const path = store.localPath(FOLDER, name)
  const forget = (): void => rmSync(path, { force: true })
  return {
    add: (run) => {
      const record: OpenedRunRecord = { ...run, process: thisRunner() }
      try {
        makeFolders(store.localPath(FOLDER))
        // For the user alone: a URI may hold a password.
        appendFileSync(path, `${JSON.stringify(record)}\n`, { mode: 0o600 })
      } catch {
        // What made it impossible will be told when the result is to be stored.
      }
    },
    forget,
    end: async (status, reason) => {
      for (const run of await readRecords(path)) await endLostRun(run, status, reason)
      forget()
    },
  }
}

/** Of a process on another machine only the run it works for is known. */
async function isRunning(store: RunStore, name: string, process: RunnerRecord): Promise<boolean> {
  const [runId = ''] = name.split('.')
  return isAlive(process, (await store.status(runId)) === 'running' ? Date.now() : 0)
}

async function readRecords(path: string): Promise<readonly OpenedRunRecord[]> {
  if (!existsSync(path)) return []
  const { schemas } = await import('./record-schemas.ts')
  const lines = readFileSync(path, 'utf8').split('\n')
  // A line that a crash has cut off says nothing.
  return lines.flatMap((line) => schemas.openedRun.safeParse(jsonOf(line)).data ?? [])
}

async function endLostRun({ trackingUri, runId }: OpenedRun, status: LostStatus, reason: string): Promise<void> {
  const { openTracking } = await import('../tracking/index.ts')
  try {
    await using client = await openTracking({ trackingUri, create: false })
    const { info } = await client.getRun(runId)
    if (info.status !== 'RUNNING' || info.lifecycleStage !== 'active') return
    await client.setTag(runId, 'millrace.error', reason)
    await client.setTerminated(runId, status)
  } catch (error) {
    // A run that was erased, or its whole store, needs no end.
    if (!hasCode(error, 'RESOURCE_DOES_NOT_EXIST')) throw error
  }
}
