/** How classifiers of images are trained. Unknown keys are refused. */
import { z } from 'zod'
import { imagePreprocessing, type ImagePreprocessingOptions } from '../../images/index.ts'
import { constantSchedule, cosineSchedule, plateauSchedule, type Schedule, stepSchedule } from '../../nn/index.ts'
import { optimizerFields } from '../optimizer-config.ts'

const preprocessingSchema = z
  .custom<ImagePreprocessingOptions>((value) => typeof value === 'object' && value !== null, 'expected an object')
  .transform((options) => imagePreprocessing(options))

const scheduleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant') }),
  /** Down to 0 after `epochs`, by default those of the training; more where the training may go on later. */
  z.strictObject({ kind: z.literal('cosine'), epochs: z.int().positive().optional() }),
  z.strictObject({ kind: z.literal('step'), stepSize: z.int().positive(), gamma: z.number().positive().default(0.1) }),
  z.strictObject({
    kind: z.literal('plateau'),
    patience: z.int().positive().default(10),
    factor: z.number().positive().default(0.1),
  }),
])

export const imageTrainingSchema = z.strictObject({
  /** What every image goes through, while training and when served; nothing in it is random. */
  preprocessing: preprocessingSchema,
  /** What images go through while training, if not the same: with random transforms. */
  augmentation: preprocessingSchema.optional(),
  ...optimizerFields,
  /** How the learning rate changes over the epochs. */
  schedule: scheduleSchema.default({ kind: 'constant' }),
  epochs: z.int().positive().default(10),
  batchSize: z.int().positive().default(64),
  labelSmoothing: z.number().min(0).lt(1).default(0),
  /** Epochs without a lower validation loss that are borne; needs validation images. */
  patience: z.int().positive().optional(),
  clipNorm: z.number().positive().optional(),
  seed: z.int().default(42),
})

/** A complete configuration: every option has its value. */
export type ImageTraining = z.output<typeof imageTrainingSchema>
/** A configuration as users write it: only `preprocessing` is needed. */
export type ImageTrainingOptions = z.input<typeof imageTrainingSchema>

export function scheduleOf({ schedule }: ImageTraining): Schedule {
  switch (schedule.kind) {
    case 'constant':
      return constantSchedule()
    case 'cosine':
      return cosineSchedule(schedule.epochs === undefined ? {} : { epochs: schedule.epochs })
    case 'step':
      return stepSchedule(schedule)
    case 'plateau':
      return plateauSchedule(schedule)
  }
}
