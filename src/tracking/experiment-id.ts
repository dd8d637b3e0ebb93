import { hasCode } from '../core/index.ts'
import { type TrackingClient } from './open-tracking.ts'

/** The experiment of that name, made when there is none; without a name that of the parent run, or "Default". */
export async function experimentIdFor(
  client: TrackingClient,
  {
    experiment,
    parent,
  }: { readonly experiment?: string | undefined; readonly parent?: { readonly runId: string } | undefined },
): Promise<string> {
  if (experiment === undefined)
    return parent === undefined ? '0' : (await client.getRun(parent.runId)).info.experimentId
  const found = await client.getExperimentByName(experiment)
  if (found !== undefined) return found.experimentId
  try {
    return await client.createExperiment(experiment)
  } catch (error) {
    // Another process was quicker.
    if (!hasCode(error, 'RESOURCE_ALREADY_EXISTS')) throw error
    const theirs = await client.getExperimentByName(experiment)
    if (theirs === undefined) throw error
    return theirs.experimentId
  }
}
