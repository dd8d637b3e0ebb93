/** What the address of the runs' page says: everything that makes the table look as it does. */
import { z } from 'zod'

export const runsSearch = z.object({
  /** In MLflow's grammar. */
  filter: z.string().optional().catch(undefined),
  /** Such as `metrics.accuracy DESC`. */
  order: z.string().optional().catch(undefined),
  /** Ids of the columns in their order; the table chooses where it is left out. */
  columns: z.array(z.string()).optional().catch(undefined),
  stage: z.enum(['active', 'deleted']).optional().catch(undefined),
  /** Whether nested runs are listed beside all others rather than folded into theirs. */
  flat: z.boolean().optional().catch(undefined),
})

export type RunsSearch = z.output<typeof runsSearch>

/** The key of a run's own property, metric, parameter or tag, as the filter writes it. */
export type ColumnId = `${'attributes' | 'metrics' | 'params' | 'tags'}.${string}`

/** `name` as it has to stand in filters and orders: odd characters want backticks. */
export function quoteKey(columnId: string): string {
  const dot = columnId.indexOf('.')
  const [group, name] = [columnId.slice(0, dot), columnId.slice(dot + 1)]
  return /^[\w.]+$/.test(name) ? columnId : `${group}.\`${name}\``
}
