/** What the address of the monitoring page says. */
import { z } from 'zod'

export const monitoringSearch = z.object({
  /** Which checks are shown: those of one experiment and model. */
  watch: z.string().optional().catch(undefined),
  /** The run whose report is looked at. */
  check: z.string().optional().catch(undefined),
})
