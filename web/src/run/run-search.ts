/** What the address of a run's page says. */
import { z } from 'zod'

export const runSearch = z.object({
  tab: z.enum(['charts', 'system', 'artifacts', 'logs']).optional().catch(undefined),
  /** The artifact that is looked into. */
  artifact: z.string().optional().catch(undefined),
})
