/** How configurations name an optimiser and its settings. */
import { z } from 'zod'
import { adam, adamW, type Optimizer, rmsprop, sgd } from '../nn/index.ts'

/** The keys that every configuration with an optimiser has. */
export const optimizerFields = {
  optimizer: z.enum(['adam', 'adamW', 'sgd', 'rmsprop']).default('adam'),
  learningRate: z.number().positive().default(0.001),
  /** For sgd and rmsprop. */
  momentum: z.number().min(0).lt(1).default(0),
  /** Default: the optimiser's own. */
  weightDecay: z.number().min(0).optional(),
}

const optimizerSchema = z.object(optimizerFields)

export function optimizerOf(config: z.output<typeof optimizerSchema>): Optimizer {
  const { optimizer, learningRate: lr, momentum, weightDecay } = config
  const common = { lr, ...(weightDecay === undefined ? {} : { weightDecay }) }
  switch (optimizer) {
    case 'adam':
      return adam(common)
    case 'adamW':
      return adamW(common)
    case 'sgd':
      return sgd({ ...common, momentum })
    case 'rmsprop':
      return rmsprop({ ...common, momentum })
  }
}
