/** Checks around a training step whose failure would otherwise show late or never. */
import { DataError, MillraceError } from '../core/index.ts'
import { type FlatVector, firstNonFinite } from './flat-state.ts'
import type { Loss } from './losses.ts'
import type { Parameter } from './module.ts'
import type { Program } from './program.ts'

/**
 * Checks the targets in `program.batch`, which came from `rows` of `data`.
 *
 * @throws DataError naming the row whose target the loss cannot take
 */
export function checkTarget(loss: Loss, { batch, graph }: Program, rows: Uint32Array, data: string): void {
  const invalid = loss.findInvalidTarget?.(batch.target, graph.output.shape)
  if (invalid === undefined) return
  const row = rows[Math.floor((invalid.position * rows.length) / batch.target.length)]!
  throw new DataError(
    { row: row + 1 },
    `${invalid.problem}, in ${data}. Check the target, or the size of the last layer.`,
  )
}

/** Checks the weights after an update that no later loss may ever show. @throws MillraceError NON_FINITE naming them */
export function checkWeights({ data, slots }: FlatVector<Parameter>, place: string): void {
  const name = firstNonFinite(data, slots)
  if (name === undefined) return
  throw new MillraceError(
    'NON_FINITE',
    `Training stopped at ${place}: the weights "${name}" are no longer finite. Lower the learning rate, or set clipNorm.`,
  )
}
