/** What there is to compare of a run, as texts. */
import type { Run } from '../api/runs.ts'
import { formatDuration, formatNumber, formatTime } from '../shell/times.ts'
import { strings } from '../strings.ts'

type Values = Readonly<Record<string, string | undefined>>

export function metricValues(run: Run | undefined): Values {
  const points = Object.values(run?.metrics ?? {}).filter(({ key }) => !key.startsWith('system/'))
  return Object.fromEntries(points.map(({ key, value }) => [key, formatNumber(value)]))
}

/** The tags that people and programs gave, without MLflow's own. */
export function tagValues(tags: Readonly<Record<string, string>>): Values {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith('mlflow.')))
}

/** Data, code and times of a run; of the data sets their digests, since they say whether the rows were the same. */
export function runFacts(run: Run | undefined): Values {
  if (run === undefined) return {}
  const { startTime, endTime, tags, datasets } = run
  const { created, duration, user, source, dataset } = strings.runs
  return {
    [strings.model.status]: strings.runs.status[run.status],
    [created]: startTime === undefined ? undefined : formatTime(startTime),
    [duration]: startTime === undefined || endTime === undefined ? undefined : formatDuration(endTime - startTime),
    [user]: run.userId,
    [source]: tags['mlflow.source.name'],
    [strings.run.commit]: tags['mlflow.source.git.commit'],
    ...Object.fromEntries(
      datasets.map(({ name, digest, context }) => [
        `${dataset}: ${name}${context === '' ? '' : ` (${context})`}`,
        `${strings.run.digest} ${digest}`,
      ]),
    ),
  }
}
