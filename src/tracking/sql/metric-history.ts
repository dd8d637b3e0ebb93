import { type Metric, type Page } from '../entities.ts'
import { type PageRequest } from '../tracking-store.ts'
import { checkMaxResults } from '../validation.ts'
import { metricOf } from './load-runs.ts'
import { parsePageToken, toPage } from './page.ts'
import { type StoreContext } from './store-context.ts'

/** All points of a metric of a run by time, step and value; without `maxResults` on one page. */
export async function metricHistory(
  db: StoreContext['db'],
  runId: string,
  key: string,
  page: PageRequest,
): Promise<Page<Metric>> {
  const offset = parsePageToken(page.pageToken)
  const maxResults = checkMaxResults(page.maxResults, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER - 1)
  const rows = await db
    .selectFrom('metrics')
    .select(['key', 'value', 'timestamp', 'step', 'is_nan'])
    .where('run_uuid', '=', runId)
    .where('key', '=', key)
    .orderBy('timestamp')
    .orderBy('step')
    .orderBy('value')
    .limit(maxResults + 1)
    .offset(offset)
    .execute()
  return toPage(rows.map(metricOf), maxResults, offset)
}
