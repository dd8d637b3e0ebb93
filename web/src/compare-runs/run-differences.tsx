/** Where runs differ: data, code, parameters, metrics, tags. */
import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useMemo } from 'react'
import type { Run } from '../api/runs.ts'
import { Differences } from '../differences/differences.tsx'
import { metricValues, runFacts, tagValues } from '../differences/run-values.ts'
import { strings } from '../strings.ts'

const route = getRouteApi('/compare-runs')

export function RunDifferences({ runs }: { readonly runs: readonly Run[] }): ReactNode {
  const { all = false } = route.useSearch()
  const navigate = route.useNavigate()
  const names = useMemo(() => runs.map(({ name }) => name), [runs])
  const groups = useMemo(
    () => [
      { title: strings.runs.params, things: runs.map(({ params }) => params) },
      { title: strings.runs.metrics, things: runs.map(metricValues) },
      { title: strings.runs.tags, things: runs.map(({ tags }) => tagValues(tags)) },
      { title: strings.differences.facts, things: runs.map(runFacts) },
    ],
    [runs],
  )
  return (
    <Differences
      names={names}
      groups={groups}
      all={all}
      onAll={(value) => void navigate({ search: (old) => ({ ...old, all: value || undefined }), replace: true })}
    />
  )
}
