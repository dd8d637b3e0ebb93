/** The card of a task while its step runs: collects components, and writes the page beside the task's record. */
import { asError } from '../core/index.ts'
import type { Component } from '../report/index.ts'
import { type Card, REFRESH_MS, renderTaskCard, type TaskFacts } from './card.ts'

export interface TaskCard extends Card {
  /** Writes the page for the last time, if there is one to write. */
  readonly finish: (facts: () => Promise<TaskFacts>) => Promise<void>
}

export interface TaskCardOptions {
  /** True for a page even when the step puts nothing on it. */
  readonly isWanted: boolean
  /** What is known while the step runs. */
  readonly facts: () => Promise<TaskFacts>
  readonly write: (html: string) => Promise<void>
  /** Takes a line for the log of the task. */
  readonly log: (message: string) => void
}

/** A card that never throws: what goes wrong with it is in the log. */
export function taskCard({ isWanted, facts, write, log }: TaskCardOptions): TaskCard {
  const components: Component[] = []
  let refreshedAt = -Infinity

  const save = async (current: () => Promise<TaskFacts>): Promise<void> => {
    try {
      await write(await renderTaskCard(await current(), components))
    } catch (error) {
      log(`[millrace: the card could not be made: ${asError(error).message}]`)
    }
  }
  return {
    append: (...more) => void components.push(...more),
    clear: () => void components.splice(0),
    refresh: async () => {
      const now = Date.now()
      if (now - refreshedAt < REFRESH_MS) return
      refreshedAt = now
      await save(facts)
    },
    finish: async (final) => {
      if (isWanted || components.length > 0) await save(final)
    },
  }
}
