/** What the address of a model's page says. */
import { z } from 'zod'

export const modelSearch = z.object({
  tab: z.enum(['history']).optional().catch(undefined),
  /** Metrics of the runs that have a column. */
  metrics: z.array(z.string()).optional().catch(undefined),
})
