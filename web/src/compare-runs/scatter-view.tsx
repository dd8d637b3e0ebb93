/** Runs as points along two axes, over the contour of a third. */
import { Group, Select, Stack, Text } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { type ReactNode, useMemo } from 'react'
import type { Run } from '../api/runs.ts'
import { useLineColors } from '../charts/line-colors.ts'
import { strings } from '../strings.ts'
import { type PlotPoint, PlotView } from './plot-view.tsx'
import { axisIds, axisName, axisOf, spansPlane, usualAxes } from './run-axes.ts'

const text = strings.compare
const route = getRouteApi('/compare-runs')

export function ScatterView({ runs }: { readonly runs: readonly Run[] }): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const colors = useLineColors()
  const known = useMemo(() => axisIds(runs), [runs])
  const usual = useMemo(() => usualAxes(runs, known), [runs, known])
  const x = search.x ?? usual[0] ?? known[0]
  const y = search.y ?? usual.at(-1) ?? known.at(-1)
  const { z } = search
  const points = useMemo(() => pointsOf(runs, { x, y, z }, colors), [runs, x, y, z, colors])
  const hasContour = z !== undefined && canContour(points)
  const choose = (axis: 'x' | 'y' | 'z') => (value: string | null) =>
    void navigate({ search: (old) => ({ ...old, [axis]: value ?? undefined }), replace: true })
  const select = { size: 'xs', searchable: true, limit: 200, data: [...known] } as const
  return (
    <Stack>
      <Group>
        <Select {...select} label={text.x} allowDeselect={false} value={x ?? null} onChange={choose('x')} />
        <Select {...select} label={text.y} allowDeselect={false} value={y ?? null} onChange={choose('y')} />
        <Select {...select} label={text.z} clearable value={z ?? null} onChange={choose('z')} />
      </Group>
      {z !== undefined && !hasContour && (
        <Text size="sm" c="dimmed">
          {text.noContour}
        </Text>
      )}
      {x !== undefined && y !== undefined && (
        <PlotView
          points={points}
          xName={axisName(x)}
          yName={axisName(y)}
          zName={hasContour ? axisName(z) : undefined}
        />
      )}
    </Stack>
  )
}

interface Axes {
  readonly x: string | undefined
  readonly y: string | undefined
  readonly z: string | undefined
}

/** The runs that have a place on both axes. */
function pointsOf(runs: readonly Run[], { x, y, z }: Axes, colors: readonly string[]): readonly PlotPoint[] {
  const [along, up, over] = [x, y, z].map((id) => (id === undefined ? undefined : axisOf(runs, id)))
  return runs.flatMap(({ name }, place) => {
    const [x, y, z] = [along, up, over].map((axis) => axis?.values[place])
    return x === undefined || y === undefined ? [] : [{ name, x, y, z, color: colors[place % colors.length]! }]
  })
}

function canContour(points: readonly PlotPoint[]): boolean {
  const numbers = points.filter(({ z }) => z !== undefined)
  if (numbers.some(({ x, y, z }) => [x, y, z].some((value) => typeof value !== 'number'))) return false
  return spansPlane(numbers.map(({ x, y }) => [Number(x), Number(y)] as const))
}
