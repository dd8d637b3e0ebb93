/** What the address of the comparison of runs says; runs and experiments stand in it as in MLflow's. */
import { z } from 'zod'

export const compareSearch = z.object({
  /** Ids of the runs. */
  runs: z.array(z.coerce.string()).catch([]),
  /** Their experiments, for MLflow's page. */
  experiments: z.array(z.coerce.string()).optional().catch(undefined),
  tab: z.enum(['differences', 'parallel', 'scatter', 'confusion', 'images']).optional().catch(undefined),
  /** Whether values that are the same in all runs show too. */
  all: z.literal(true).optional().catch(undefined),
  /** Axes of the parallel coordinates, such as `metrics.accuracy`. */
  axes: z.array(z.string()).optional().catch(undefined),
  x: z.string().optional().catch(undefined),
  y: z.string().optional().catch(undefined),
  z: z.string().optional().catch(undefined),
})

export type CompareTab = NonNullable<z.output<typeof compareSearch>['tab']> | 'metrics'
