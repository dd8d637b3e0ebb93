/** The card of a task while its step runs: collects components, and writes the page beside the task's record. */
import { asError } from '../core/index.ts'
import type { Component } from '../report/index.ts'
import type { References } from './artifact-store.ts'
import { type Card, REFRESH_MS, renderTaskCard, type TaskFacts } from './card.ts'
import type { FlowDefinition } from './definition.ts'
import type { Outcome, TaskAttempt } from './execute-task.ts'
import { pathspecOf } from './records.ts'
import type { RunStore } from './run-store.ts'
import { logLine } from './task-context.ts'

export interface TaskCard extends Card {
  /** Whether there is a page to write at the end. */
  readonly isWanted: () => boolean
  /** Writes the page for the last time. */
  readonly end: (outcome: Outcome) => Promise<void>
}

/** The card of one try of a task. It never throws: what goes wrong with it is in the log. */
export function taskCard(flow: FlowDefinition, store: RunStore, given: TaskAttempt, startedAt: number): TaskCard {
  const components: Component[] = []
  const { run, request, options, attempt } = given
  let refreshedAt = -Infinity

  const save = async (written: References, ending: Pick<TaskFacts, 'endedAt' | 'error'>): Promise<void> => {
    try {
      const facts = { ...(await gatherFacts(flow, store, given, written)), startedAt, ...ending }
      const html = await renderTaskCard(facts, components)
      await store.writeCard(run.runId, request.step, request.taskId, attempt, html)
    } catch (error) {
      logLine(`[millrace: the card could not be made: ${asError(error).message}]`)
    }
  }
  return {
    append: (...more) => void components.push(...more),
    clear: () => void components.splice(0),
    refresh: async () => {
      const now = Date.now()
      if (now - refreshedAt < REFRESH_MS) return
      refreshedAt = now
      await save({}, {})
    },
    isWanted: () => options.card === true || components.length > 0,
    end: async (outcome) => {
      if (outcome.status === 'failed') return await save({}, { endedAt: outcome.endedAt, error: outcome.error })
      await save(outcome.record.artifacts, { endedAt: outcome.record.endedAt })
    },
  }
}

/** What is known of a try; `written` are its artifacts so far. */
async function gatherFacts(
  { name, graph }: FlowDefinition,
  { artifacts }: RunStore,
  { run, request, attempt }: TaskAttempt,
  written: References,
): Promise<Omit<TaskFacts, 'startedAt'>> {
  const { step, taskId } = request
  const { parameters } = await artifacts.lazy(request.artifacts)
  const values = await artifacts.lazy(written)
  return {
    pathspec: pathspecOf({ flowName: name, runId: run.runId }, step, taskId),
    step,
    attempt,
    graph,
    parameters,
    artifacts: Object.entries(written).map(([name, { sizeBytes }]) => ({ name, sizeBytes, value: values[name] })),
  }
}
