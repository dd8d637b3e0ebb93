/** What the address of the models' page says. */
import { z } from 'zod'

export const modelsSearch = z.object({
  /** Part of the names that are shown. */
  name: z.string().optional().catch(undefined),
})
