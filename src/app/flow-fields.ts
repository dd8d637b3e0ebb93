/** What the endpoints of flows have in common. */
import { z } from 'zod'
import { requiredText } from '../tracking/server/index.ts'

export const FLOWS_PATH = '/api/2.0/millrace/flows'

/** What names a run. Its id is a time: anything else could be a path. */
export const runFields = { flow: requiredText, run_id: z.string().regex(/^\d+$/) }
