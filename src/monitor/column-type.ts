/** What a column is to the monitor: numbers, categories, texts, or nothing that is scored. */
import type { Column } from '../data/index.ts'

/** Columns of dates and of missing values only are described but not scored. */
export const monitoredTypes = ['numerical', 'categorical', 'text', 'datetime', 'unknown'] as const

export type MonitoredType = (typeof monitoredTypes)[number]

/**
 * The type that the values suggest: double is numerical; long too, or categorical with 10 distinct values or fewer;
 * boolean is categorical; strings are text when more than half of those present are distinct, else categorical.
 */
export function inferColumnType(column: Column): MonitoredType {
  switch (column.type) {
    case 'double':
      return column.values.every(Number.isNaN) ? 'unknown' : 'numerical'
    case 'long':
      return longType(column.values)
    case 'boolean':
      return column.values.some((code) => code <= 1) ? 'categorical' : 'unknown'
    case 'datetime':
      return 'datetime'
    case 'string':
      return stringType(column.codes, column.categories.length)
  }
}

function longType(values: Float64Array): MonitoredType {
  const distinct = new Set<number>()
  for (const value of values) {
    if (Number.isNaN(value)) continue
    distinct.add(value)
    if (distinct.size > 10) return 'numerical'
  }
  return distinct.size === 0 ? 'unknown' : 'categorical'
}

function stringType(codes: Int32Array, categoryCount: number): MonitoredType {
  const used = new Uint8Array(categoryCount)
  let [present, distinct] = [0, 0]
  for (const code of codes) {
    if (code < 0) continue
    present++
    if (used[code] === 0) distinct++
    used[code] = 1
  }
  if (present === 0) return 'unknown'
  return distinct > present / 2 ? 'text' : 'categorical'
}
