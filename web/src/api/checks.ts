/** Checks of data: runs with the tag `millrace.check`, whoever wrote them. docs/monitoring.md lists what they hold. */
import { searchExperiments } from './experiments.ts'
import { type Run, searchRuns } from './runs.ts'

/** Further back the page does not look. */
const maxChecks = 1000

/** A run that is a check, with the name of its experiment. */
export interface CheckRun {
  readonly run: Run
  readonly experiment: string
}

/** The checks of all experiments, newest first. */
export async function listChecks(signal?: AbortSignal): Promise<readonly CheckRun[]> {
  const experiments = await searchExperiments({ stage: 'active' }, signal)
  const names = new Map(experiments.map(({ experimentId, name }) => [experimentId, name]))
  if (names.size === 0) return []
  const search = {
    experimentIds: [...names.keys()],
    filter: "tags.`millrace.check` LIKE '%'",
    orderBy: 'attributes.start_time DESC',
    stage: 'active',
    maxResults: maxChecks,
  } as const
  const { runs } = await searchRuns(search, undefined, signal)
  return runs.map((run) => ({ run, experiment: names.get(run.experimentId) ?? run.experimentId }))
}
