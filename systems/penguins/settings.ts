/** What all flows of the penguins share: parameters, configuration, and what is opened by them. */
import { fileURLToPath } from 'node:url'
import { type Backend, openBackend } from 'millrace/backend'
import { defaultTrackingUri, openTracking, type TrackingClient } from 'millrace/tracking'
import { z } from 'zod'

/** The name of the experiment and of the registered model. */
export const NAME = 'penguins'

/** Parameters that every flow has. */
export const commonParameters = {
  dataset: z
    .string()
    .default(fileURLToPath(new URL('data/penguins.csv', import.meta.url)))
    .describe('the CSV file of penguins'),
  mlflowTrackingUri: z.string().default(defaultTrackingUri).describe('where runs and models are kept'),
  endpoint: z.url().optional().describe('where the model answers (default: the target of the backend)'),
}

/** What else a configuration file may hold. */
export const configSchema = z.object({
  project: z.string().default(NAME),
  backend: z.looseObject({ module: z.string().optional() }).default({ database: 'penguins.db' }),
})

/** The tracking store. @throws MillraceError naming the URI when it cannot be opened */
export async function openTrackingOf({ mlflowTrackingUri }: { mlflowTrackingUri: string }): Promise<TrackingClient> {
  return await openTracking({ trackingUri: mlflowTrackingUri })
}

/** The backend of the configuration: where production rows are, and what answers them. */
export async function openBackendOf(
  { backend }: z.infer<typeof configSchema>,
  { endpoint }: { endpoint?: string | undefined },
): Promise<Backend> {
  return await openBackend({ ...backend, ...(endpoint !== undefined && { target: endpoint }) })
}
