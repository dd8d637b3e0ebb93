/** How multilayer perceptrons on tables are configured. Unknown keys are refused. */
import { z } from 'zod'
import { optimizerFields } from '../optimizer-config.ts'
import { scalings } from '../tabular-features.ts'

export const activations = ['relu', 'leakyRelu', 'gelu', 'silu', 'tanh', 'sigmoid'] as const

export const mlpConfigSchema = z.strictObject({
  /** The column to predict. */
  target: z.string().min(1),
  /** The columns to learn from. Default: all others. */
  features: z.array(z.string().min(1)).min(1).optional(),
  /** What is done to numbers after imputation. */
  scaling: z.enum(scalings).default('standard'),
  /** Widths of the hidden layers; none makes a linear model. */
  hidden: z.array(z.int().positive()).default([16]),
  activation: z.enum(activations).default('relu'),
  /** Initial weights: PyTorch's default, or Xavier's with biases of 0, the default of Keras. */
  initializer: z.enum(['torch', 'xavier']).default('torch'),
  /** Share of hidden values left out while training. */
  dropout: z.number().min(0).lt(1).default(0),
  normalization: z.enum(['none', 'batch', 'layer']).default('none'),
  ...optimizerFields,
  epochs: z.int().positive().default(50),
  batchSize: z.int().positive().default(32),
  /** Epochs without a lower validation loss that are borne; needs validation rows. */
  patience: z.int().positive().optional(),
  /** Weights the classes so that each counts alike, however rare. */
  balanced: z.boolean().default(false),
  labelSmoothing: z.number().min(0).lt(1).default(0),
  clipNorm: z.number().positive().optional(),
  seed: z.int().default(42),
})

/** A complete configuration: every option has its value. */
export type MlpConfig = z.output<typeof mlpConfigSchema>
/** A configuration as users write it: only `target` is needed. */
export type MlpOptions = z.input<typeof mlpConfigSchema>
