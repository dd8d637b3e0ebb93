/** What surrounds a step while it runs: its description of itself, its folder, its variables. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Card } from './card.ts'
import type { FlowDefinition } from './definition.ts'
import type { TaskAttempt } from './execute-task.ts'
import { pathspecOf } from './records.ts'
import type { Task } from './task.ts'

/** Writes a line to the log of the task. */
export function logLine(message: string): void {
  process.stderr.write(`${message}\n`)
}

interface Surroundings {
  readonly signal: AbortSignal
  readonly card: Card
  readonly temporary: { readonly path: () => string }
}

/** The second argument of a step. */
export function describeTask(
  { name }: FlowDefinition,
  { run, request, attempt }: TaskAttempt,
  { signal, temporary, card }: Surroundings,
): Task {
  return {
    flowName: name,
    runId: run.runId,
    stepName: request.step,
    taskId: request.taskId,
    pathspec: pathspecOf({ flowName: name, runId: run.runId }, request.step, request.taskId),
    attempt,
    stack: request.stack,
    tags: run.tags,
    originRunId: run.originRunId,
    seed: createHash('sha256').update(`${name}/${request.step}/${request.taskId}`).digest().readUInt32BE(0),
    signal,
    get tempDir() {
      return temporary.path()
    },
    card,
    log: logLine,
  }
}

/** A folder that is made when it is first asked for. */
export function temporaryFolder(): { readonly path: () => string; readonly remove: () => void } {
  let folder: string | undefined
  return {
    path: () => (folder ??= mkdtempSync(join(tmpdir(), 'millrace-task-'))),
    remove: () => {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Sets variables and gives back what undoes that. */
export function setEnvironment(variables: Readonly<Record<string, string>> = {}): () => void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, variables)
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}
