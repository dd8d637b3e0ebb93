/** What the addresses of the pages of flows say. */
import { z } from 'zod'
import { runStatuses } from '../api/flows.ts'

export const flowsSearch = z.object({
  /** Only runs of this flow. */
  flow: z.string().optional().catch(undefined),
  status: z.enum(runStatuses).optional().catch(undefined),
  /** The program that is about to be started. */
  start: z.string().optional().catch(undefined),
})

export const flowRunSearch = z.object({
  step: z.string().optional().catch(undefined),
  task: z.string().optional().catch(undefined),
  tab: z.enum(['artifacts', 'card']).optional().catch(undefined),
})
