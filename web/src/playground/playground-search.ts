/** What the address of a playground says. */
import { z } from 'zod'

export const playgroundSearch = z.object({
  /** The values that were asked about last. */
  row: z
    .record(z.string(), z.union([z.string(), z.number(), z.null()]))
    .optional()
    .catch(undefined),
  /** Whether the model runs in the browser too. */
  here: z.boolean().optional().catch(undefined),
})
