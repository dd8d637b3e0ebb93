/** When a model that drifts is trained anew: not before there is enough to learn from, and not again and again. */

/** How eager retraining is. */
export interface RetrainingPolicy {
  /** Labelled rows that have come since the last training, at least. */
  readonly minimumRows: number
  /** Milliseconds that pass between two trainings, at least. */
  readonly coolDownMs: number
}

/** What is known when the monitor has looked. */
export interface RetrainingFacts {
  /** Whether the monitor tripped. */
  readonly drift: boolean
  /** Labelled rows that have come since the last training. */
  readonly newRows: number
  /** Milliseconds since 1970. */
  readonly lastTrainedMs: number
  readonly nowMs: number
}

export interface RetrainingDecision {
  readonly retrain: boolean
  /** For people: why, and what would have to change. */
  readonly reason: string
}

/** Whether to retrain now. A clock that was set back counts as no time passed. */
export function decideRetraining(
  { drift, newRows, lastTrainedMs, nowMs }: RetrainingFacts,
  { minimumRows, coolDownMs }: RetrainingPolicy,
): RetrainingDecision {
  const restMs = coolDownMs - Math.max(0, nowMs - lastTrainedMs)
  if (!drift) return { retrain: false, reason: 'Nothing drifts.' }
  if (newRows < minimumRows) {
    return {
      retrain: false,
      reason: `Production drifts, but there are ${newRows} new labelled rows; retraining asks for ${minimumRows}.`,
    }
  }
  if (restMs > 0) {
    return { retrain: false, reason: `Production drifts, but the model cools down for another ${minutes(restMs)}.` }
  }
  return { retrain: true, reason: `Production drifts, and there are ${newRows} new labelled rows to learn from.` }
}

function minutes(ms: number): string {
  const count = Math.ceil(ms / 60_000)
  return count === 1 ? 'minute' : `${count} minutes`
}
