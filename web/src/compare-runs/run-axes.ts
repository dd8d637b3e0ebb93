/** Metrics and parameters of runs as axes of a chart. */
import type { Run } from '../api/runs.ts'

/** Such as `metrics.accuracy` or `params.lr`. */
export type AxisId = string

/** The value of each run, undefined where it has none that can be drawn. */
export type Axis =
  | { readonly kind: 'numbers'; readonly values: readonly (number | undefined)[] }
  | { readonly kind: 'categories'; readonly names: readonly string[]; readonly values: readonly (string | undefined)[] }

/** All axes that `runs` can be laid along: parameters first, then metrics, by name. */
export function axisIds(runs: readonly Run[]): readonly AxisId[] {
  return [
    ...keysOf(runs.map(({ params }) => params)).map((key) => `params.${key}`),
    ...keysOf(runs.map(({ metrics }) => metrics))
      .filter((key) => !key.startsWith('system/'))
      .map((key) => `metrics.${key}`),
  ]
}

function keysOf(things: readonly object[]): readonly string[] {
  return [...new Set(things.flatMap((thing) => Object.keys(thing)))].toSorted()
}

/** The key of an axis without its group. */
export function axisName(id: AxisId): string {
  return id.slice(id.indexOf('.') + 1)
}

/** Parameters are texts: they count as numbers where every run that has the parameter has a number there. */
export function axisOf(runs: readonly Run[], id: AxisId): Axis {
  const key = axisName(id)
  if (id.startsWith('metrics.')) {
    return { kind: 'numbers', values: runs.map(({ metrics }) => finite(metrics[key]?.value)) }
  }
  const texts = runs.map(({ params }) => (Object.hasOwn(params, key) ? params[key] : undefined))
  const numbers = texts.map((text) => finite(text === undefined || text.trim() === '' ? undefined : Number(text)))
  if (texts.every((text, place) => text === undefined || numbers[place] !== undefined)) {
    return { kind: 'numbers', values: numbers }
  }
  const names = [...new Set(texts.filter((text) => text !== undefined))].toSorted(byName)
  return { kind: 'categories', names, values: texts }
}

const byName = new Intl.Collator('en', { numeric: true }).compare

function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined
}

/** Whether the runs differ along an axis. */
function isTelling(axis: Axis): boolean {
  return new Set<unknown>(axis.values).size > 1
}

/** What is drawn until somebody chooses: the first parameters and metrics that tell the runs apart. */
export function usualAxes(runs: readonly Run[], ids: readonly AxisId[]): readonly AxisId[] {
  const telling = ids.filter((id) => isTelling(axisOf(runs, id)))
  const params = telling.filter((id) => id.startsWith('params.'))
  const metrics = telling.filter((id) => id.startsWith('metrics.'))
  return [...params.slice(0, 5), ...metrics.slice(0, 3)]
}

/** What to call runs where their names meet: the name, with the beginning of the id where others have the same. */
export function runLabels(runs: readonly Pick<Run, 'name' | 'runId'>[]): readonly string[] {
  const counts = Map.groupBy(runs, ({ name }) => name)
  return runs.map(({ name, runId }) => (counts.get(name)!.length > 1 ? `${name} (${runId.slice(0, 6)})` : name))
}

/** Whether a surface can be laid over the points: three of them that are not in one line. */
export function spansPlane(points: readonly (readonly [number, number])[]): boolean {
  const [first, ...others] = points
  if (first === undefined) return false
  const steps = others.map(([x, y]) => [x - first[0], y - first[1]] as const)
  const along = steps.find(([x, y]) => x !== 0 || y !== 0)
  return along !== undefined && steps.some(([x, y]) => x * along[1] !== y * along[0])
}
