/** The one configuration file that every stage is run with. */
import { parseWith, readConfiguration } from 'millrace/core'
import { z } from 'zod'

/** A path of this machine, or `s3://bucket/…`. */
const place = z.string().min(1)

const settingsSchema = z.strictObject({
  /** Fixes which rows are kept back, first weights, order of rows and everything else that is drawn. */
  seed: z.int(),
  data: z.strictObject({
    path: place,
    target_column: z.string().min(1),
    /** Share of the rows that are kept back from learning. */
    valid_size: z.number().positive().lt(1),
  }),
  preprocessing: z.strictObject({
    scaling: z.enum(['standardize', 'min-max']),
    output_dir: place,
  }),
  model: z.strictObject({
    /** A kind of models of Millrace, or a model of one's own in models/own.ts. */
    name: z.string().min(1),
    params: z.record(z.string(), z.unknown()),
  }),
  training: z.strictObject({
    experiment_name: z.string().min(1),
    run_name: z.string().min(1),
    /** Models are kept at this path with `_best` and `_final` behind it. */
    model_path: place,
    tracking: z.enum(['on', 'off']),
    lr: z.number().positive(),
    weight_decay: z.number().min(0),
    max_epochs: z.int().positive(),
    batch_size: z.int().positive(),
    /** The validation rows are measured after every so many epochs. */
    val_frequency: z.int().positive(),
    /** Measurements without a lower validation loss that are borne; -1 for no early stop. */
    patience: z.int().refine((value) => value === -1 || value > 0, 'expected -1 for no early stop, or above 0'),
  }),
})

export type Settings = z.output<typeof settingsSchema>

/** @throws MillraceError INVALID_CONFIG naming every key that is missing, unknown or has a wrong value */
export async function readSettings(file: string): Promise<Settings> {
  return parseWith(settingsSchema, await readConfiguration(file), `The configuration ${file}`)
}

/** The place `name` in a folder that may be anywhere. */
export function inside(folder: string, name: string): string {
  return `${folder.replace(/\/+$/, '')}/${name}`
}

/** Where the model is with the lowest validation loss, and where the one of the last epoch. */
export function modelPlace({ training }: Settings, which: 'best' | 'final'): string {
  return `${training.model_path.replace(/\/+$/, '')}_${which}`
}
