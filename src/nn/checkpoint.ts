/** Checkpoints: everything a training needs to go on as if it had never stopped, in one safetensors file. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { MillraceError, parseJson } from '../core/index.ts'
import type { StateDict } from './module.ts'
import { loadSafetensors, saveSafetensors } from './safetensors.ts'
import type { EpochReport } from './train-options.ts'

/** What a training has reached; checkpoints store it. */
export interface TrainingState {
  step: number
  epoch: number
  /** Steps of the epoch under way that are done, and their losses times rows so far. */
  stepInEpoch: number
  lossSum: number
  metricSums: Record<string, number>
  history: EpochReport[]
  bestEpoch: number
  bestLoss: number
}

export interface Checkpoint {
  readonly model: StateDict
  /** The optimiser's vectors. */
  readonly slots: readonly Float32Array[]
  readonly state: TrainingState
  /** What must be the same for the training that goes on from here, by option. */
  readonly fingerprint: Readonly<Record<string, string>>
}

const MODEL = 'model.'
const SLOT = 'optimizer.'

// Infinity, the best loss before the first epoch, is no JSON number; nor is a metric that a batch has no value of.
const numberOr = (missing: number): z.ZodType<number> => z.union([z.number(), z.null().transform(() => missing)])
const metricsSchema = z.record(z.string(), numberOr(NaN))
const epochReportSchema = z.object({
  epoch: z.number(),
  epochs: z.number(),
  trainLoss: z.number(),
  validationLoss: z.number().optional(),
  metrics: metricsSchema,
  rateFactor: z.number(),
  rowsPerSecond: z.number(),
})
const stateSchema = z.object({
  step: z.number(),
  epoch: z.number(),
  stepInEpoch: z.number(),
  lossSum: z.number(),
  metricSums: metricsSchema,
  history: z.array(epochReportSchema.transform((report) => report as EpochReport)),
  bestEpoch: z.number(),
  bestLoss: numberOr(Infinity),
})
const metadataSchema = z.object({ state: stateSchema, fingerprint: z.record(z.string(), z.string()) })

/** Writes `<folder>/<name>.safetensors` atomically. */
export async function saveCheckpoint(folder: string, name: 'last' | 'best', checkpoint: Checkpoint): Promise<void> {
  const { model, slots, state, fingerprint } = checkpoint
  const tensors = new Map([
    ...[...model].map(([key, value]) => [`${MODEL}${key}`, value] as const),
    ...slots.map((data, i) => [`${SLOT}${i}`, { shape: [data.length], data }] as const),
  ])
  // Speed differs from run to run; without it, equal trainings have equal checkpoints.
  const history = state.history.map((report) => ({ ...report, rowsPerSecond: 0 }))
  const millrace = JSON.stringify({ state: { ...state, history }, fingerprint })
  await saveSafetensors(pathOf(folder, name), { tensors, metadata: { format: 'pt', millrace } })
}

/**
 * Reads a checkpoint; undefined when there is none.
 *
 * @throws MillraceError INVALID_MODEL when it belongs to a training with other options, naming them
 */
export async function loadCheckpoint(
  folder: string,
  name: 'last' | 'best',
  expected: Checkpoint['fingerprint'],
): Promise<Checkpoint | undefined> {
  const path = pathOf(folder, name)
  if (!existsSync(path)) return undefined
  const { tensors, metadata } = await loadSafetensors(path)
  const { state, fingerprint } = parseJson(
    metadataSchema,
    metadata['millrace'] ?? '{}',
    `The checkpoint ${path}`,
    'INVALID_MODEL',
  )
  const differences = Object.keys(expected)
    .filter((key) => fingerprint[key] !== expected[key])
    .map((key) => `${key} ${fingerprint[key]} there, ${expected[key]} now`)
  if (differences.length > 0) {
    throw new MillraceError(
      'INVALID_MODEL',
      `Cannot resume from ${path}: it belongs to another training (${differences.join('; ')}). Use the same options, or another checkpoint folder.`,
    )
  }
  const withPrefix = (prefix: string): [string, { shape: readonly number[]; data: Float32Array }][] =>
    [...tensors].filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key.slice(prefix.length), value])
  const slots = withPrefix(SLOT).toSorted(([a], [b]) => Number(a) - Number(b))
  return { model: new Map(withPrefix(MODEL)), slots: slots.map(([, { data }]) => data), state, fingerprint }
}

/** Puts the optimiser's vectors back. @throws MillraceError INVALID_MODEL when the checkpoint of `folder` lacks some */
export function restoreSlots(slots: readonly Float32Array[], { slots: saved }: Checkpoint, folder: string): void {
  const fits = saved.length === slots.length && slots.every(({ length }, i) => saved[i]!.length === length)
  if (!fits) {
    throw new MillraceError(
      'INVALID_MODEL',
      `Cannot resume from ${folder}: the optimiser's numbers in last.safetensors are not complete. Start in another folder.`,
    )
  }
  slots.forEach((slot, i) => slot.set(saved[i]!))
}

export function missingBest(folder: string): MillraceError {
  return new MillraceError(
    'INVALID_MODEL',
    `Cannot resume from ${folder}: best.safetensors is missing. Put it back, use keep: 'last', or start in another folder.`,
  )
}

function pathOf(folder: string, name: 'last' | 'best'): string {
  return join(folder, `${name}.safetensors`)
}
