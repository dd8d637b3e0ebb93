/** The gate before registration: is the cross-validated score what was asked for? */
import { type Clock, MillraceError } from '../core/index.ts'
import { digest, type Table } from '../data/index.ts'
import type { ModelCrossValidation } from './cross-validate-model.ts'
import type { GateEvidence } from './gate-evidence.ts'

/** What the mean of a cross-validated score must fulfil before a model is registered. */
export interface Gate {
  readonly metric: string
  readonly comparison: GateEvidence['comparison']
  readonly threshold: number
}

/**
 * Holds the mean score against the gate. `table` is what was cross-validated, `runId` the run the evidence is filed under.
 *
 * @throws MillraceError INVALID_DATA when the folds do not all have the score
 */
export function decideGate(
  { metric, comparison, threshold }: Gate,
  { scores, perRow }: ModelCrossValidation,
  { runId, clock, table }: { readonly runId: string; readonly clock: Clock; readonly table: Table },
): GateEvidence {
  const value = scores[metric]?.mean
  if (value === undefined) {
    throw new MillraceError(
      'INVALID_DATA',
      `The gate asks for "${metric}", which could not be measured: not every class occurs in every fold. Ask for another score, or fewer folds.`,
    )
  }
  const passed = { '>': value > threshold, '>=': value >= threshold, '<': value < threshold, '<=': value <= threshold }[
    comparison
  ]
  return {
    gate: metric,
    metric,
    value,
    threshold,
    comparison,
    passed,
    // Accuracy is a mean over rows, so the rows tell how far it can be trusted.
    ...(metric === 'accuracy' ? { interval: accuracyInterval(perRow) } : {}),
    datasetDigest: digest(table),
    runId,
    decidedAt: new Date(clock()).toISOString(),
  }
}

/** Wilson's score interval of a proportion, at 95 % (Wilson 1927): exact enough for any count, and no resampling. */
function accuracyInterval(perRow: Float64Array): { low: number; high: number; level: number } {
  const z = 1.959963984540054
  const n = perRow.length
  const share = perRow.reduce((sum, right) => sum + right, 0) / n
  const center = (share + z ** 2 / (2 * n)) / (1 + z ** 2 / n)
  const half = (z / (1 + z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2))
  return { low: center - half, high: center + half, level: 0.95 }
}
