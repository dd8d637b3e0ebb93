/** How gradient boosting on tables is configured. Unknown keys are refused. */
import { z } from 'zod'

export const boostingConfigSchema = z.strictObject({
  /** The column to predict. */
  target: z.string().min(1),
  /** The columns to learn from. Default: all others. */
  features: z.array(z.string().min(1)).min(1).optional(),
  /** Rounds of boosting. A round grows a tree, or one for each class where there are more than two. */
  nEstimators: z.int().positive().default(100),
  /** How much of what a tree would correct it does correct. */
  learningRate: z.number().positive().default(0.1),
  /** Leaves of a tree at most. Trees grow where the loss falls most, not level by level. */
  maxLeaves: z.int().min(2).default(31),
  /** Divisions from the root to a leaf at most. Default: no limit. */
  maxDepth: z.int().positive().optional(),
  /** The least sum of second derivatives of the loss in a leaf; for regression the least number of rows. */
  minChildWeight: z.number().min(0).default(1),
  /** Draws the values of leaves towards 0. */
  l2: z.number().min(0).default(1),
  /** Intervals the values of a feature are put into at most. */
  maxBins: z.int().min(2).max(255).default(255),
  /** Share of the rows that a round learns from, drawn anew for each. */
  subsample: z.number().positive().max(1).default(1),
  /** Share of the features that a tree may divide by, drawn anew for each. */
  featureFraction: z.number().positive().max(1).default(1),
  /** Rounds without a lower validation loss that are borne; needs validation rows. */
  patience: z.int().positive().optional(),
  /** Weights the classes so that each counts alike, however rare. */
  balanced: z.boolean().default(false),
  seed: z.int().default(42),
})

/** A complete configuration: every option has its value. */
export type BoostingConfig = z.output<typeof boostingConfigSchema>
/** A configuration as users write it: only `target` is needed. */
export type BoostingOptions = z.input<typeof boostingConfigSchema>
