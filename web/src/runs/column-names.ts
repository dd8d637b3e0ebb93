import { strings } from '../strings.ts'

const text = strings.runs

const attributes: Readonly<Record<string, string>> = {
  'attributes.start_time': text.created,
  'attributes.duration': text.duration,
  'attributes.user_id': text.user,
  'attributes.dataset': text.dataset,
  'attributes.source': text.source,
}

/** The name of a column as people read it: metrics, parameters and tags without their group. */
export function columnName(id: string): string {
  return attributes[id] ?? id.slice(id.indexOf('.') + 1)
}

/** `columns` with `column` in the place of `target`. */
export function moveColumn(columns: readonly string[], column: string, target: string): readonly string[] {
  const to = columns.indexOf(target)
  if (to === -1 || !columns.includes(column)) return columns
  return columns.filter((id) => id !== column).toSpliced(to, 0, column)
}
