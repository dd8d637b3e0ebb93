/** Runs as a list shows them: nested ones within their parents. */
import type { Run, RunSearchRequest, TrackingClient } from '../tracking/index.ts'

/** A run with what was found of the runs nested in it, in the order of the search. */
export interface ListedRun {
  readonly run: Run
  readonly nested: readonly ListedRun[]
}

type Request = Pick<RunSearchRequest, 'experimentIds' | 'filter' | 'orderBy'>

/**
 * The first `max` runs of a search that are nested in no other run it finds. One whose parent is not found stands for
 * itself: a filter may fit only the nested ones.
 */
export async function listRuns(client: TrackingClient, request: Request, max: number): Promise<readonly ListedRun[]> {
  const { runs, elsewhere } = await findRuns(client, request, max)
  const found = new Set(runs.map(({ info }) => info.runId))
  const nestedIn = Map.groupBy(runs, parentOf)
  const within = (run: Run, above: ReadonlySet<string>): ListedRun => {
    const path = new Set([...above, run.info.runId])
    // Tags can say anything, also that a run is nested in itself.
    const nested = (nestedIn.get(run.info.runId) ?? []).filter(({ info }) => !path.has(info.runId))
    return { run, nested: nested.map((one) => within(one, path)) }
  }
  const isOnTop = (run: Run): boolean => {
    const parent = parentOf(run)
    return parent === undefined || parent === run.info.runId || !(found.has(parent) || elsewhere.has(parent))
  }
  return runs
    .filter(isOnTop)
    .slice(0, max)
    .map((run) => within(run, new Set()))
}

/** How many runs are nested in this one, at any depth. */
export function countNested({ nested }: ListedRun): number {
  return nested.reduce((sum, one) => sum + 1 + countNested(one), 0)
}

/** The id of the run that this one is nested in. */
export function parentOf({ data }: Run): string | undefined {
  return data.tags['mlflow.parentRunId']
}

interface Found {
  readonly runs: readonly Run[]
  /** Parents of these that the search would find, but later. */
  readonly elsewhere: ReadonlySet<string>
}

async function findRuns(client: TrackingClient, request: Request, max: number): Promise<Found> {
  // Newest first, whatever is nested in a run comes before it, and so the rest need not be looked at.
  const isNewestFirst = request.filter === undefined && request.orderBy === undefined
  const runs: Run[] = []
  let onTop = 0
  let pageToken: string | undefined
  for (;;) {
    const page = await client.searchRuns({ ...request, ...(pageToken !== undefined && { pageToken }) })
    runs.push(...page.items)
    onTop += page.items.filter((run) => parentOf(run) === undefined).length
    pageToken = page.nextPageToken
    if (pageToken === undefined) return { runs, elsewhere: new Set() }
    if (isNewestFirst && onTop >= max) return { runs, elsewhere: await olderParents(client, request, runs) }
  }
}

async function olderParents(
  client: TrackingClient,
  { experimentIds }: Request,
  runs: readonly Run[],
): Promise<ReadonlySet<string>> {
  const found = new Set(runs.map(({ info }) => info.runId))
  const parents = new Set(runs.map(parentOf).filter((id) => id !== undefined && /^\w+$/.test(id) && !found.has(id)))
  if (parents.size === 0) return new Set()
  const filter = `attributes.run_id IN (${[...parents].map((id) => `'${id}'`).join(', ')})`
  const { items } = await client.searchRuns({ experimentIds, filter })
  return new Set(items.map(({ info }) => info.runId))
}
