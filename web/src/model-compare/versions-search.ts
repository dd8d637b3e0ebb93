/** What the address of the comparison of two versions says. */
import { z } from 'zod'

export const versionsSearch = z.object({
  from: z.number().catch(0),
  to: z.number().catch(0),
  /** Whether what is the same in both shows too. */
  all: z.literal(true).optional().catch(undefined),
})
