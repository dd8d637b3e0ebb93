/** Who moved which alias or stage, and why: an interface of Millrace's own. */
import { z } from 'zod'
import { ask, ServerError } from './http.ts'

const changeField = z.object({
  /** Milliseconds since 1970. */
  timestamp: z.number(),
  user: z.string().default(''),
  reason: z.string().default(''),
  /** Such as `alias_set`; a later server may know more. */
  action: z.string(),
  version: z.number().optional(),
  alias: z.string().optional(),
  /** The stage, name or version before and afterwards. */
  from: z.string().optional(),
  to: z.string().optional(),
})

export type RegistryChange = z.output<typeof changeField>

const historyAnswer = z.object({ changes: z.array(changeField).default([]) })

/** The newest 1000 changes of a model, newest first; undefined of a server that keeps no history. */
export async function registryHistory(
  name: string,
  signal?: AbortSignal,
): Promise<readonly RegistryChange[] | undefined> {
  const query = { name, max_results: 1000 }
  try {
    return (await ask(historyAnswer, 'GET', 'api/2.0/millrace/registered-models/history', { query, signal })).changes
  } catch (error) {
    const isUnknown = error instanceof ServerError && error.status === 404 && error.code !== 'RESOURCE_DOES_NOT_EXIST'
    if (isUnknown) return undefined
    throw error
  }
}
